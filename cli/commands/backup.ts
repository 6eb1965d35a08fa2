/** `holdfast backup PLAN` and `holdfast restore-point [PLAN] LABEL`: has a backup made now and watches it to its end. */
import { chosenSources } from '../../core/backup/sources.ts';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { labelSchema } from '../../core/events.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { type Api, answer } from '../api/client.ts';
import type { Backup } from '../api/rows.ts';
import { awaitBackup, startBackup, type Wish, type WishOptions, wishOf } from '../backup-run.ts';
import { kindText } from '../backup-view.ts';
import type { Cli } from '../context.ts';
import { argument, findPlan } from '../lookup.ts';
import { formatBytes, formatDuration, formatRatio } from '../units.ts';

export interface BackupOptions extends WishOptions {
  readonly wait: boolean;
  readonly here: boolean;
}

export async function backup(cli: Cli, name: string, options: BackupOptions): Promise<void> {
  const planId = argument(planIdSchema, name, 'PLAN');
  const wish = wishOf(options);
  if (!options.here) return made(cli, await cli.api(), planId, wish, options.wait);
  if (!options.wait) {
    throw new InvalidInput('command line', [
      { field: '--no-wait', allowed: 'not together with --here: this process makes the backup' },
    ]);
  }
  const context = await cli.connect();
  const { plan } = await findPlan(context.catalog, planId);
  if (wish.only) chosenSources(plan, wish.only);
  const { backupHere } = await import('../backup-here.ts');
  tell(cli, await backupHere(cli, context, plan, wish));
}

/** With one argument it is the label, of the only plan. */
export async function restorePoint(
  cli: Cli,
  planOrLabel: string,
  label: string | undefined,
  options: Pick<BackupOptions, 'only' | 'keepDays'>,
): Promise<void> {
  const named = argument(labelSchema, label ?? planOrLabel, 'LABEL');
  const given = label === undefined ? undefined : argument(planIdSchema, planOrLabel, 'PLAN');
  const wish = wishOf({ ...options, label: named }, 'restore-point');
  const api = await cli.api();
  await made(cli, api, given ?? (await onlyPlan(api)), wish, true);
}

async function onlyPlan(api: Api): Promise<string> {
  const { items } = answer(await api.GET('/v1/plans', { params: { query: { limit: 20 } } }));
  const [row] = items;
  if (row && items.length === 1) return row.plan.id;
  if (!row) throw new HoldfastError('PLAN_NOT_FOUND', 'there is no plan yet');
  throw new InvalidInput('command line', [
    { field: 'PLAN', allowed: `one of ${items.map(({ plan }) => plan.id).join(', ')}, before the label` },
  ]);
}

async function made(cli: Cli, api: Api, plan: string, wish: Wish, wait: boolean): Promise<void> {
  const started = await startBackup(api, plan, wish);
  const { planId, backupId } = started;
  if (!wait) {
    cli.out.result({ planId, backupId, status: 'started', correlationId: cli.correlationId }, () =>
      [`Started backup ${backupId}.`, `Follow it with \`holdfast show ${backupId}\`.`].join('\n'),
    );
    return;
  }
  cli.out.note(`Backup ${backupId} of plan ${planId}; ctrl-C stops watching, not the backup.`);
  tell(cli, await awaitBackup(cli, api, started));
}

type Told = Pick<
  Backup,
  | 'planId'
  | 'backupId'
  | 'slot'
  | 'startedAt'
  | 'completedAt'
  | 'sourceBytes'
  | 'storedBytes'
  | 'compressionRatio'
  | 'kind'
  | 'tier'
  | 'label'
> & { readonly only?: readonly string[]; readonly warnings?: readonly string[] };

function tell(cli: Cli, row: Told): void {
  for (const warning of row.warnings ?? []) cli.out.warn(warning);
  cli.out.result(row, () => summary(row));
}

function summary(row: Told): string {
  const took = formatDuration(
    Date.parse(row.completedAt ?? row.slot) - Date.parse(row.startedAt ?? row.slot),
  );
  const sizes = `${formatBytes(row.sourceBytes ?? 0)} of ${kindText(row.kind)} in ${formatBytes(row.storedBytes ?? 0)}`;
  const { backupId, planId, label, only } = row;
  return [
    `Completed backup ${backupId} in ${took}: ${sizes} (${formatRatio(row.compressionRatio ?? 0)}), tier ${row.tier}.`,
    ...(only ? [`It holds ${only.join(', ')} only: it is no recovery point of the whole plan.`] : []),
    label === undefined
      ? `Prove it with \`holdfast verify ${backupId}\`.`
      : `Go back to it with \`holdfast restore ${planId}@"${label}"\`.`,
  ].join('\n');
}
