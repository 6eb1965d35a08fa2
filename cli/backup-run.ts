/** A backup that a person asks for: what may be wished, having the function make it, and watching it to its end. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { chosenSources } from '../core/backup/sources.ts';
import { HoldfastError } from '../core/errors.ts';
import { type BackupEvent, labelSchema } from '../core/events.ts';
import { backupIdFor } from '../core/format/layout.ts';
import type { Plan } from '../core/plan.ts';
import type { BackupRow, Catalog } from '../core/ports/catalog.ts';
import type { Cli, CliContext } from './context.ts';
import { argument, rowFailure, wholeNumber } from './lookup.ts';
import type { Step } from './progress.ts';
import { watch } from './watch.ts';

/** Lambda may keep an event back while the account has no free concurrency; longer than this a person should know. */
const startWithinMilliseconds = 5 * 60_000;
/** A run repeats a passing failure by itself after at most 13 s (core/backup/run.ts); until then it may not be over. */
const repeatWithinMilliseconds = 20_000;
/** How long after the end of its lease a running row is given up; the clocks of two machines differ. */
const leaseGraceMilliseconds = 60_000;

/** As commander gives them. */
export interface WishOptions {
  readonly only: readonly string[];
  readonly label?: string;
  readonly keepDays?: string;
}

/** What is asked for beside the plan. */
export interface Wish {
  readonly trigger: 'manual' | 'restore-point';
  readonly label?: string;
  readonly only?: readonly string[];
  readonly keepDays?: number;
}

/** INVALID_INPUT names the option; of sources that are not there also those that are. */
export function wishOf(plan: Plan, options: WishOptions, trigger: Wish['trigger'] = 'manual'): Wish {
  const { label, only, keepDays } = options;
  if (only.length > 0) chosenSources(plan, only);
  return {
    trigger,
    ...(label !== undefined && { label: argument(labelSchema, label, '--label') }),
    ...(only.length > 0 && { only: argument(z.array(z.string()).max(20, 'at most 20'), only, '--only') }),
    ...(keepDays !== undefined && { keepDays: argument(wholeNumber(1, 36_500), keepDays, '--keep-days') }),
  };
}

export interface StartedBackup {
  readonly planId: string;
  readonly backupId: string;
  readonly requestedAt: string;
}

/** Has the function make it; the id is known before it begins. */
export async function startBackup(
  cli: Cli,
  context: CliContext,
  plan: Plan,
  wish: Wish,
): Promise<StartedBackup> {
  const { trigger, label, only, keepDays } = wish;
  const requestedAt = cli.clock.now().toISOString();
  const token = randomUUID();
  const event: BackupEvent = {
    task: 'backup-now',
    planId: plan.id,
    requestedAt,
    token,
    trigger,
    ...(label !== undefined && { label }),
    ...(only && { only: [...only] }),
    ...(keepDays !== undefined && { keepDays }),
    createdBy: await context.caller(),
    correlationId: cli.correlationId,
  };
  await context.functions.start(context.stack.BackupFunction, event);
  return { planId: plan.id, backupId: backupIdFor(plan.id, requestedAt, token), requestedAt };
}

/** Its completed row; throws as it failed, and Interrupted when the person stopped watching. */
export async function awaitBackup(
  cli: Cli,
  { catalog }: Pick<CliContext, 'catalog'>,
  { planId, backupId, requestedAt }: StartedBackup,
): Promise<BackupRow> {
  const row = await watch(cli, {
    look: lookAtBackup(cli, catalog, planId, backupId, Date.parse(requestedAt)),
  });
  return requireMade(row);
}

/** The row of a run that has ended, if it ended well. */
export function requireMade(row: BackupRow): BackupRow {
  if (row.status === 'completed') return row;
  const { planId, backupId, attempt } = row;
  throw rowFailure(row.error, { planId, backupId, attempt });
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
