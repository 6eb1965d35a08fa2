/** A backup that a person asks for: what may be wished, having it made, and watching it to its end. */
import { z } from 'zod';
import { HoldfastError, hasCode } from '../core/errors.ts';
import { labelSchema } from '../core/events.ts';
import { type Api, answer } from './api/client.ts';
import { getBackup } from './api/lookup.ts';
import type { Backup } from './api/rows.ts';
import type { Cli } from './context.ts';
import { argument, rowFailure, wholeNumber } from './lookup.ts';
import type { Step } from './progress.ts';
import { watch } from './watch.ts';

/** Lambda may keep an event back while the account has no free concurrency; longer than this a person should know. */
const startWithinMilliseconds = 5 * 60_000;
/** A run repeats a passing failure by itself after at most 13 s (core/backup/run.ts); until then it may not be over. */
const repeatWithinMilliseconds = 20_000;
/** A run says every few seconds how far it is; one that is silent for longer than a function can run is dead. */
const silentWithinMilliseconds = 16 * 60_000;

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
  readonly only?: string[];
  readonly keepDays?: number;
}

/** INVALID_INPUT names the option. */
export function wishOf(options: WishOptions, trigger: Wish['trigger'] = 'manual'): Wish {
  const { label, only, keepDays } = options;
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
export async function startBackup(api: Api, plan: string, wish: Wish): Promise<StartedBackup> {
  const { trigger, label, only, keepDays } = wish;
  const body = { plan, ...(only && { only }), ...(keepDays !== undefined && { keepDays }) };
  if (trigger === 'restore-point' && label !== undefined) {
    return answer(await api.POST('/v1/restore-points', { body: { ...body, label } }));
  }
  return answer(await api.POST('/v1/backups', { body: { ...body, ...(label !== undefined && { label }) } }));
}

/** Its completed row; throws as it failed, and Interrupted when the person stopped watching. */
export async function awaitBackup(cli: Cli, api: Api, started: StartedBackup): Promise<Backup> {
  return requireMade(await watch(cli, { look: lookAtBackup(cli, api, started) }));
}

type Ended = Pick<Backup, 'status' | 'planId' | 'backupId' | 'attempt' | 'error'>;

/** The row of a run that has ended, if it ended well. */
export function requireMade<T extends Ended>(row: T): T {
  if (row.status === 'completed') return row;
  const { planId, backupId, attempt } = row;
  throw rowFailure(row.error, { planId, backupId, attempt });
}

/** A look at the row for `watch`: its end, or how far it is; throws when it cannot end any more. */
export function lookAtBackup(
  cli: Cli,
  api: Api,
  { backupId }: StartedBackup,
): () => Promise<{ readonly end: Backup } | Step> {
  const askedAt = cli.clock.now().getTime();
  let failedSince: number | undefined;
  let heard = { what: '', at: askedAt };
  return async () => {
    const row = await orNotBegun(() => getBackup(api, backupId));
    const now = cli.clock.now().getTime();
    if (!row || row.status === 'pending') {
      if (now - askedAt > startWithinMilliseconds) throw notStarted(backupId);
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
    const what = JSON.stringify([row.attempt, row.progress]);
    if (what !== heard.what) heard = { what, at: now };
    if (now - heard.at > silentWithinMilliseconds) throw died(row);
    const attempt = row.attempt > 1 ? ` (attempt ${row.attempt})` : '';
    const { step = 'starting', plainBytes, estimatedBytes } = row.progress ?? {};
    return { step: step + attempt, doneBytes: plainBytes, totalBytes: estimatedBytes };
  };
}

/** Its row comes with its beginning. */
async function orNotBegun(look: () => Promise<Backup>): Promise<Backup | undefined> {
  try {
    return await look();
  } catch (thrown) {
    if (hasCode(thrown, 'BACKUP_NOT_FOUND')) return undefined;
    throw thrown;
  }
}

function mayRepeat(row: Pick<Backup, 'error'>): boolean {
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

function died({ backupId, progress }: Backup): HoldfastError {
  return new HoldfastError(
    'CRASHED',
    `backup ${backupId}: nothing was heard of its function for 16 minutes`,
    {
      details: { backupId, step: progress?.step },
    },
  );
}
