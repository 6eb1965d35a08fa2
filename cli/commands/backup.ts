/** `holdfast backup PLAN` and `holdfast restore-point [PLAN] LABEL`: has a backup made now and watches it to its end. */
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { labelSchema } from '../../core/events.ts';
import type { BackupRow, Catalog, PlanRow } from '../../core/ports/catalog.ts';
import { awaitBackup, startBackup, type Wish, type WishOptions, wishOf } from '../backup-run.ts';
import { kindText } from '../backup-view.ts';
import type { Cli, CliContext } from '../context.ts';
import { argument, findPlan } from '../lookup.ts';
import { formatBytes, formatDuration, formatRatio } from '../units.ts';

export interface BackupOptions extends WishOptions {
  readonly wait: boolean;
  readonly here: boolean;
}

export async function backup(cli: Cli, planId: string, options: BackupOptions): Promise<void> {
  const context = await cli.connect();
  const { plan } = await findPlan(context.catalog, planId);
  const wish = wishOf(plan, options);
  if (!options.here) return made(cli, context, plan, wish, options.wait);
  if (!options.wait) {
    throw new InvalidInput('command line', [
      { field: '--no-wait', allowed: 'not together with --here: this process makes the backup' },
    ]);
  }
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
  const context = await cli.connect();
  const { plan } =
    label === undefined ? await onlyPlan(context.catalog) : await findPlan(context.catalog, planOrLabel);
  await made(cli, context, plan, wishOf(plan, { ...options, label: named }, 'restore-point'), true);
}

async function onlyPlan(catalog: Catalog): Promise<PlanRow> {
  const { rows } = await catalog.listPlans({ limit: 20 });
  const [row] = rows;
  if (row && rows.length === 1) return row;
  if (!row) throw new HoldfastError('PLAN_NOT_FOUND', 'there is no plan yet');
  throw new InvalidInput('command line', [
    { field: 'PLAN', allowed: `one of ${rows.map(({ plan }) => plan.id).join(', ')}, before the label` },
  ]);
}

async function made(
  cli: Cli,
  context: CliContext,
  plan: PlanRow['plan'],
  wish: Wish,
  wait: boolean,
): Promise<void> {
  const started = await startBackup(cli, context, plan, wish);
  const { planId, backupId } = started;
  if (!wait) {
    cli.out.result({ planId, backupId, status: 'started', correlationId: cli.correlationId }, () =>
      [`Started backup ${backupId}.`, `Follow it with \`holdfast show ${backupId}\`.`].join('\n'),
    );
    return;
  }
  cli.out.note(`Backup ${backupId} of plan ${planId}; ctrl-C stops watching, not the backup.`);
  tell(cli, await awaitBackup(cli, context, started));
}

function tell(cli: Cli, row: BackupRow): void {
  for (const warning of row.warnings ?? []) cli.out.warn(warning);
  cli.out.result(row, () => summary(row));
}

function summary(row: BackupRow): string {
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
