/** `holdfast catalog rebuild`: makes the catalog again out of the vault alone, with the caller's own rights. */
import { HoldfastError, hasCode, InvalidInput } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { pause } from '../../core/pause.ts';
import { rebuildCatalog } from '../../core/recovery/rebuild.ts';
import type { Recovered } from '../../core/recovery/tally.ts';
import { readState } from '../../core/state.ts';
import { auditedIfPossible } from '../audited.ts';
import type { Cli, CliContext } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { argument } from '../lookup.ts';
import { ProgressLine } from '../progress.ts';
import { printable } from '../table.ts';

export interface CatalogRebuildOptions {
  readonly plan?: string;
  readonly dryRun: boolean;
  readonly createTable: boolean;
  /** A folder or bucket whose backups are copied into the vault first. */
  readonly copyFrom?: string;
  readonly yes: boolean;
}

/** So many problems are printed; `--json` has up to 1000. */
const mostPrinted = 50;

/** 0, or 7 when something could not be read: everything else is in the catalog then. */
export async function catalogRebuild(cli: Cli, options: CatalogRebuildOptions): Promise<number> {
  const planId = options.plan === undefined ? undefined : argument(planIdSchema, options.plan, '--plan');
  const context = await cli.connect();
  if (options.createTable) await createTable(cli, context, options);
  if (options.copyFrom !== undefined) await copyInto(cli, context, options.copyFrom, options.dryRun);
  const line = new ProgressLine(cli.out, cli.clock);
  line.show({ step: `reading ${context.vault.location}` });
  const by = options.dryRun ? 'nobody' : await context.caller();
  const deps = { vault: context.vault, keyRing: context.keys, catalog: context.catalog, clock: cli.clock };
  let result: Recovered;
  let paused = false;
  const rebuild = () =>
    rebuildCatalog(deps, {
      planId,
      dryRun: options.dryRun,
      by,
      beforeDue: async () => {
        paused = await pauseAll(cli, context, by);
      },
      onPlan: (plan, { backups }) =>
        line.show({ step: `plan ${plan} read, ${backups.adopted + backups.present} backups so far` }),
    });
  const entry = {
    action: 'catalog.rebuild',
    target: planId === undefined ? 'all plans' : `plan/${planId}`,
    detail: `from ${context.vault.location}`,
  };
  try {
    result = options.dryRun
      ? await rebuild()
      : await auditedIfPossible(cli, context, entry, async () => {
          const made = await rebuild();
          return { result: made, detail: adoptedDetail(made) };
        });
  } catch (thrown) {
    throw withAdvice(thrown, context);
  } finally {
    line.clear();
  }
  cli.out.result({ dryRun: options.dryRun, paused, ...result }, () =>
    printable([summary(result, options.dryRun), ...(paused ? pausedAdvice : [])].join('\n')),
  );
  return result.unreadable.count > 0 ? exitCodes.integrity : 0;
}

const pausedAdvice = [
  '',
  'EVERYTHING IS PAUSED, since pauses are not in the vault and some of these backups may be past their policy: cleanup',
  'marks nothing and no schedule makes a backup. Look, pin what must stay, pause plans, then: holdfast resume',
];

/** Whether it is paused by this; a pause of somebody else stays as it is. */
async function pauseAll(cli: Cli, context: CliContext, by: string): Promise<boolean> {
  const { catalog } = context;
  if ((await readState(catalog, 'pause')).value) return false;
  const at = cli.clock.now().toISOString();
  const reason = `catalog rebuilt at ${at}: look at what was adopted, then holdfast resume`;
  const entry = { action: 'everything.pause', target: 'everything', detail: reason };
  await auditedIfPossible(cli, context, entry, async () => ({
    result: await pause(catalog, { at, by, reason }),
  }));
  return true;
}

/** A rebuild alone reads only what lies in the vault. */
async function copyInto(cli: Cli, context: CliContext, copyFrom: string, dryRun: boolean): Promise<void> {
  if (dryRun) {
    throw new InvalidInput('command line', [
      { field: '--copy-from', allowed: 'not together with --dry-run' },
    ]);
  }
  const { copyIntoVault } = await import('../copy-into.ts');
  await copyIntoVault(cli, context, copyFrom);
}

const adoptedDetail = ({ plans, backups, unreadable }: Recovered) =>
  `${plans.adopted} plans and ${backups.adopted} backups adopted, ${backups.present} were present, ${unreadable.count} unreadable`;

/** The table is the one thing that a deployment does not bring back: the stack believes that it is there. */
async function createTable(
  cli: Cli,
  { table, stack }: CliContext,
  options: CatalogRebuildOptions,
): Promise<void> {
  if (!table) throw new HoldfastError('INTERNAL', 'this command line cannot create tables');
  if (await table.exists()) {
    cli.out.note(`The table ${stack.CatalogTable} is there: nothing to create.`);
    return;
  }
  if (options.dryRun) {
    throw new InvalidInput('command line', [
      { field: '--create-table', allowed: 'not together with --dry-run: there is no table to compare with' },
    ]);
  }
  cli.out.note(
    `The table ${stack.CatalogTable} does not exist. It is created under that name, empty, with point-in-time recovery and deletion protection.`,
  );
  if (!options.yes && !(cli.out.terminal.interactive && (await cli.questions.confirm('Create it?')))) {
    throw new HoldfastError('CANCELLED', 'the table was not created', {
      next: 'Confirm it, or add --yes. If it was deleted within 35 days, DynamoDB may still restore it with all its rows: see docs/recovery.md.',
    });
  }
  await table.create();
  cli.out.note('Created.');
}

function withAdvice(thrown: unknown, { stack }: CliContext): unknown {
  if (!hasCode(thrown, 'CATALOG_UNAVAILABLE') || !/ResourceNotFound|not found/i.test(causes(thrown)))
    return thrown;
  return new HoldfastError('CATALOG_UNAVAILABLE', `the table ${stack.CatalogTable} does not exist`, {
    cause: thrown,
    next: 'Create it with `holdfast catalog rebuild --create-table`; a deployment does not, since CloudFormation believes that it is there.',
  });
}

function causes(thrown: Error): string {
  const names: string[] = [];
  for (let each: unknown = thrown; each instanceof Error && names.length < 5; each = each.cause)
    names.push(`${each.name} ${each.message}`);
  return names.join(' ');
}

function summary({ plans, backups, reports, pins, audit, unreadable }: Recovered, dryRun: boolean): string {
  const would = dryRun ? 'would be adopted' : 'adopted';
  const lines = [
    `Plans:   ${plans.adopted} ${would}, ${plans.present} present.`,
    `Backups: ${backups.adopted} ${would}, ${backups.present} present; ${reports} of the adopted with a verification, ${pins} pins.`,
    `Audit:   ${audit.adopted} entries ${would}, ${audit.present} present.`,
  ];
  if (backups.lackingParts > 0) {
    lines.push(
      `         ${backups.lackingParts} lack objects and count as FAILED in verification: \`holdfast show\` says which.`,
    );
  }
  if (backups.marked > 0) {
    lines.push(
      `         ${backups.marked} are marked for expiry and are listed as expired (\`holdfast undelete\` brings one back): ${some(backups.markedNamed, 5)}.`,
    );
  }
  if (backups.withoutManifest > 0) {
    lines.push(
      `         ${backups.withoutManifest} folders have no manifest: leftovers of failed runs, or behind a delete marker.`,
    );
  }
  if (unreadable.count > 0) {
    lines.push('', `Could not be read (${unreadable.count}):`);
    for (const { key, code, why } of unreadable.named.slice(0, mostPrinted))
      lines.push(`  ${key}: ${why} (${code})`);
    if (unreadable.count > mostPrinted) lines.push('  … --json has more of them.');
  }
  if (plans.adopted > 0) lines.push('', ...schedulesAdvice(plans.named, plans.adopted));
  return lines.join('\n');
}

/** Rows alone start nothing: a plan is as it was in its newest backup, and its schedule is another thing. */
function schedulesAdvice(named: Recovered['plans']['named'], count: number): string[] {
  const enabled = named.filter((plan) => plan.enabled).map(({ planId }) => planId);
  const disabled = named.filter((plan) => !plan.enabled).map(({ planId }) => planId);
  return [
    `The ${count === 1 ? 'plan is' : 'plans are'} as in the newest backup; a later change is not known. NO SCHEDULE WAS MADE.`,
    ...(enabled.length > 0 ? [`  enabled: ${some(enabled, 20)}`] : []),
    ...(disabled.length > 0 ? [`  switched off: ${some(disabled, 20)}`] : []),
    'Make the schedules by applying each plan: your plan files, or',
    '  holdfast plan show PLAN > plan.yaml && holdfast plan apply -f plan.yaml',
  ];
}

function some(names: readonly string[], most: number): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return names.slice(0, most).join(', ') + more;
}
