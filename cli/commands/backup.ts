/** `holdfast backup PLAN`: starts a run now and watches it to its end. */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import type { BackupEvent } from '../../core/events.ts';
import { backupIdFor } from '../../core/format/layout.ts';
import type { BackupRow, Catalog } from '../../core/ports/catalog.ts';
import type { Cli } from '../context.ts';
import { findPlan, rowFailure } from '../lookup.ts';
import type { Step } from '../progress.ts';
import { formatBytes, formatDuration, formatRatio } from '../units.ts';
import { watch } from '../watch.ts';

/** Lambda may keep an event back while the account has no free concurrency; longer than this a person should know. */
const startWithinMilliseconds = 5 * 60_000;
/** A run repeats a passing failure by itself after at most 13 s (core/backup/run.ts); until then it may not be over. */
const repeatWithinMilliseconds = 20_000;
/** How long after the end of its lease a running row is given up; the clocks of two machines differ. */
const leaseGraceMilliseconds = 60_000;

export interface BackupOptions {
  readonly wait: boolean;
}

export async function backup(cli: Cli, planId: string, options: BackupOptions): Promise<void> {
  const context = await cli.connect();
  const { plan } = await findPlan(context.catalog, planId);
  const requestedAt = cli.clock.now().toISOString();
  const token = randomUUID();
  const backupId = backupIdFor(plan.id, requestedAt, token);
  const event: BackupEvent = {
    task: 'backup-now',
    planId: plan.id,
    requestedAt,
    token,
    createdBy: await context.caller(),
    correlationId: cli.correlationId,
  };
  await context.functions.start(context.stack.BackupFunction, event);
  if (!options.wait) {
    cli.out.result({ planId: plan.id, backupId, status: 'started', correlationId: cli.correlationId }, () =>
      [`Started backup ${backupId}.`, `Follow it with \`holdfast show ${backupId}\`.`].join('\n'),
    );
    return;
  }
  cli.out.note(`Backup ${backupId} of plan ${plan.id}; ctrl-C stops watching, not the backup.`);
  const row = await watch(cli, {
    look: lookAtBackup(cli, context.catalog, plan.id, backupId, Date.parse(requestedAt)),
  });
  if (row.status !== 'completed')
    throw rowFailure(row.error, { planId: plan.id, backupId, attempt: row.attempt });
  for (const warning of row.warnings ?? []) cli.out.warn(warning);
  cli.out.result(row, () => summary(row));
}

/** A look at the row for `watch`: its end, or how far it is; throws when it cannot end any more. */
export function lookAtBackup(
  cli: Cli,
  catalog: Catalog,
  planId: string,
  backupId: string,
  requestedAtMilliseconds: number,
): () => Promise<{ readonly end: BackupRow } | Step> {
  let failedSince: number | undefined;
  return async () => {
    const row = await catalog.getBackup(planId, backupId);
    const now = cli.clock.now().getTime();
    if (!row || row.status === 'pending') {
      if (now - requestedAtMilliseconds > startWithinMilliseconds) throw notStarted(backupId);
      return { step: 'waiting for the function to start' };
    }
    if (row.status === 'failed') {
      failedSince ??= now;
      if (!mayRepeat(row) || now - failedSince > repeatWithinMilliseconds) return { end: row };
      return {
        step: `attempt ${row.attempt} failed (${row.error?.code}), which may pass: waiting for the next`,
      };
    }
    failedSince = undefined;
    if (row.status !== 'running') return { end: row };
    if (row.leaseUntil && now > Date.parse(row.leaseUntil) + leaseGraceMilliseconds) throw died(row);
    const attempt = row.attempt > 1 ? ` (attempt ${row.attempt})` : '';
    const { step = 'starting', plainBytes, estimatedBytes } = row.progress ?? {};
    return { step: step + attempt, doneBytes: plainBytes, totalBytes: estimatedBytes };
  };
}

function mayRepeat(row: BackupRow): boolean {
  return rowFailure(row.error, {}).retryable;
}

function notStarted(backupId: string): HoldfastError {
  return new HoldfastError(
    'CRASHED',
    `backup ${backupId} was not started within 5 minutes of being asked for`,
    {
      next: 'Look at the log of the backup function and at the concurrency of the account; it may still start by itself.',
      details: { backupId },
    },
  );
}

function died(row: BackupRow): HoldfastError {
  return new HoldfastError('CRASHED', `backup ${row.backupId}: the function stopped renewing its lease`, {
    details: { backupId: row.backupId, step: row.progress?.step },
  });
}

function summary(row: BackupRow): string {
  const took = formatDuration(
    Date.parse(row.completedAt ?? row.slot) - Date.parse(row.startedAt ?? row.slot),
  );
  return [
    `Completed backup ${row.backupId} in ${took}: ${formatBytes(row.sourceBytes ?? 0)} of database in ${formatBytes(row.storedBytes ?? 0)} (${formatRatio(row.compressionRatio ?? 0)}), tier ${row.tier}.`,
    `Prove it with \`holdfast verify ${row.backupId}\`.`,
  ].join('\n');
}
