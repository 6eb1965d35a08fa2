/** The commands about the trail. */
import { type Command, Option } from 'commander';
import { type Does, examples } from './frame.ts';

export function addAuditCommands(program: Command, does: Does): void {
  const audit = program.command('audit').description('who did what');
  const filtered = (command: Command) =>
    command
      .option('--from <time>', 'from this day, instant or age (default: 31 days ago)')
      .option('--to <time>', 'before it (default: now)')
      .option('--by <name>', 'of this person')
      .option('--action <action>', 'whole (plan.replace), or its first part (plan)')
      .option('--target <target>', 'done to this, like plan/shop')
      .option('--result <result>', 'ok, refused, failed or unknown')
      .addOption(new Option('--via <way>', 'api, cli or schedule'));
  examples(
    filtered(audit.command('list').description('entries, newest first'))
      .option('--limit <n>', 'at most so many, 1 to 1000', '50')
      .action(does(() => import('../commands/audit.ts').then((on) => on.auditList))),
    'audit list --action backup.delete --from 7d',
  );
  examples(
    filtered(audit.command('export').description('entries as JSON, one a line'))
      .option('--out <file>', 'into this file, which must not exist (default: stdout)')
      .action(does(() => import('../commands/audit.ts').then((on) => on.auditExport))),
    'audit export --from 2026-01-01 --out audit-2026.jsonl',
  );
  examples(
    audit
      .command('verify')
      .description('compare the list with the sealed objects in the vault (with AWS credentials)')
      .option('--from <time>', 'from this day, instant or age (default: 31 days ago)')
      .option('--to <time>', 'before it (default: now)')
      .action(does(() => import('../commands/audit-verify.ts').then((on) => on.auditVerify))),
    'audit verify --from 90d',
  );
}
