/** The commands about how long backups are kept. */
import type { Command } from 'commander';
import { type Does, examples } from './frame.ts';

export function addKeepingCommands(program: Command, does: Does): void {
  for (const [word, what, example] of [
    ['pin', 'keep a backup for as long as it is pinned', 'pin shop@"before 4.2" --reason "audit 2026"'],
    [
      'unpin',
      "let the plan's retention decide again",
      'unpin shop@"before 4.2" --reason "the audit is over"',
    ],
  ] as const) {
    examples(
      program
        .command(`${word} <backup>`)
        .description(what)
        .requiredOption('--reason <text>', 'why, for whoever asks later')
        .action(does(() => import('../commands/pin.ts').then((on) => on[word]))),
      example,
    );
  }
  examples(
    program
      .command('delete <backup>')
      .description('let a backup expire now; it can be brought back for some days')
      .option('--yes', 'do not ask', false)
      .option('--no-wait', 'return once it is asked for')
      .action(does(() => import('../commands/delete.ts').then((on) => on.deleteBackup))),
    'delete 20261121T020000Z-6fb80b81',
  );
  examples(
    program
      .command('undelete <backup>')
      .description('bring an expired backup back, while its versions exist; it is pinned then')
      .option('--as-operator', 'with your own AWS credentials: also what lies behind delete markers', false)
      .action(does(() => import('../commands/undelete.ts').then((on) => on.undeleteBackup))),
    'undelete 20261121T020000Z-6fb80b81',
  );
  examples(
    program
      .command('cleanup [plan]')
      .description('mark what has expired now, of one plan or of all')
      .option('--dry-run', 'show what would be marked, change nothing', false)
      .action(does(() => import('../commands/cleanup.ts').then((on) => on.cleanup))),
    'cleanup --dry-run',
    'cleanup shop',
  );
  const retention = program.command('retention').description('how long backups are kept');
  examples(
    retention
      .command('preview <plan>')
      .description('what a policy would keep of the real history; changes nothing')
      .option('-f, --file <path>', "the policy of this plan in a file (default: the plan's own)")
      .option('--hourly <n>', 'hours that hourly backups are kept')
      .option('--daily <n>', 'days that daily backups are kept')
      .option('--weekly <n>', 'weeks that weekly backups are kept')
      .option('--monthly <n>', 'months that monthly backups are kept')
      .option('--yearly <n>', 'years that yearly backups are kept')
      .option('--days <n>', 'days that every scheduled backup is kept at least')
      .option('--manual-days <n>', 'days that manual backups are kept')
      .action(does(() => import('../commands/retention-preview.ts').then((on) => on.previewOfRetention))),
    'retention preview shop --daily 7',
  );
}
