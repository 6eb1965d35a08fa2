/** The commands about whether everything is well, and how it went. */
import type { Command } from 'commander';
import { type Does, examples } from './frame.ts';

export function addHealthCommands(program: Command, does: Does): void {
  examples(
    program
      .command('status')
      .description('is everything well, in one screen; exit code 9 when it is not')
      .option('--plan <plan>', 'only this plan, and the stack')
      .action(does(() => import('../commands/status.ts').then((on) => on.status))),
    'status',
    'status --plan shop',
  );
  examples(
    program
      .command('stats [plan]')
      .description('how backups went, what they take up and cost, and when the next are due')
      .option('--days <n>', 'days of the totals and the trend, 1 to 365', '30')
      .action(does(() => import('../commands/stats.ts').then((on) => on.stats))),
    'stats',
    'stats shop --days 90',
  );
  examples(
    program
      .command('drills [plan]')
      .description('restore drills, newest first: what was compared, and how long each took')
      .option('--from <time>', 'ended from this day, instant or age on')
      .option('--to <time>', 'ended before it')
      .option('--result <result>', 'passed, failed or error')
      .option('--limit <n>', 'at most so many, 1 to 1000', '50')
      .action(does(() => import('../commands/drills.ts').then((on) => on.drills))),
    'drills',
    'drills shop --result failed --from 90d',
  );
  examples(
    program
      .command('evidence [plan]')
      .description('for an auditor: what was to be backed up in a period, what was, and what proves it')
      .option('--from <time>', 'from this day, instant or age (default: 31 days before --to)')
      .option('--to <time>', 'before it (default: now); at most 400 days')
      .action(does(() => import('../commands/evidence.ts').then((on) => on.evidence))),
    'evidence --from 90d',
    'evidence shop --from 2026-01-01 --to 2026-07-01 --json',
  );
  const runs = program.command('runs').description('work that was started by hand');
  examples(
    runs
      .command('show <task>')
      .description('what came of a task: a plan test, a verification, a cleanup, a deletion')
      .action(does(() => import('../commands/runs.ts').then((on) => on.runsShow))),
    'runs show t-20261121t091203z-3f9a1c22',
  );
  examples(
    runs
      .command('start <task> [plan]')
      .description('backup, verify or cleanup, of one plan or of all that are on')
      .option('--level <level>', 'of verify: stored, readable or restored (default: as the plan says)')
      .action(does(() => import('../commands/runs.ts').then((on) => on.runsStart))),
    ['runs start backup', 'of every plan'],
    'runs start verify shop --level restored',
  );
  examples(
    program
      .command('watch')
      .description('do the hourly round of watch now (with AWS credentials)')
      .action(does(() => import('../commands/watch.ts').then((on) => on.watchNow))),
    'watch',
  );
  examples(
    program
      .command('doctor')
      .description('look at every part of the stack and say what is wrong (with AWS credentials)')
      .action(does(() => import('../commands/doctor.ts').then((on) => on.doctor))),
    'doctor',
  );
}
