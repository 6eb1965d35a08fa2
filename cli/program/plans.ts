/** The commands about plans. */
import type { Command } from 'commander';
import { type Does, examples } from './frame.ts';

export function addPlanCommands(program: Command, does: Does): void {
  const plan = program.command('plan').description('what is backed up, and when');
  examples(
    plan
      .command('apply')
      .description('make the plans what the files say; repeating it changes nothing')
      .requiredOption('-f, --file <path>', 'YAML or JSON file, or a folder of them')
      .option('--dry-run', 'show what would change, change nothing', false)
      .option('--prune', 'delete the plans that are in none of the files; their backups stay', false)
      .option('--yes', 'with --prune: do not ask', false)
      .action(does(() => import('../commands/plan-apply.ts').then((on) => on.planApply))),
    'plan apply -f plans/ --dry-run',
    'plan apply -f shop.yaml',
    ['plan apply -f plans/ --prune', 'what is not in the folder goes'],
  );
  examples(
    plan
      .command('list')
      .description('all plans and their next runs')
      .action(does(() => import('../commands/plan-list.ts').then((on) => on.planList))),
    'plan list',
  );
  examples(
    plan
      .command('show <plan>')
      .description('one plan, as YAML that can be applied again')
      .action(does(() => import('../commands/plan-show.ts').then((on) => on.planShow))),
    'plan show shop > shop.yaml',
  );
  examples(
    plan
      .command('next <plan>')
      .description('its next runs')
      .action(does(() => import('../commands/plan-show.ts').then((on) => on.planNext))),
    'plan next shop',
  );
  examples(
    plan
      .command('test [plan]')
      .description('try every source from where backups run; nothing is changed')
      .option('-f, --file <path>', 'test the plans in this file instead of an applied one')
      .option('--notify', 'also send a test notification to everybody whom the plan names', false)
      .action(does(() => import('../commands/plan-test.ts').then((on) => on.planTest))),
    'plan test shop',
    ['plan test -f shop.yaml --notify', 'before it is applied'],
  );
  for (const [word, what] of [
    ['enable', 'have it run by its schedule'],
    ['disable', 'stop its schedule; backups by hand still run'],
  ] as const) {
    examples(
      plan
        .command(`${word} <plan>`)
        .description(what)
        .action(does(() => import('../commands/plan-switch.ts').then((on) => on[word]))),
      `plan ${word} shop`,
    );
  }
  examples(
    plan
      .command('delete <plan>')
      .description('delete a plan and its schedule; its backups stay')
      .option('--yes', 'do not ask', false)
      .action(does(() => import('../commands/plan-switch.ts').then((on) => on.planDelete))),
    'plan delete shop',
  );
  examples(
    program
      .command('pause [plan]')
      .description('no scheduled backups and no expiry, of one plan or of everything')
      .requiredOption('--reason <text>', 'why, for the audit and the daily reminder')
      .action(does(() => import('../commands/pause.ts').then((on) => on.pausePlan))),
    'pause shop --reason "the server moves on Saturday"',
    ['pause --reason "a restore of the catalog"', 'everything'],
  );
  examples(
    program
      .command('resume [plan]')
      .description('end a pause')
      .action(does(() => import('../commands/pause.ts').then((on) => on.resumePlan))),
    'resume shop',
  );
}
