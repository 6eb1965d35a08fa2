/**
 * What a person asked of one backup. To let it go is a cleanup of its plan with that wish (plan.ts): decided by the
 * same rules, in the same transaction with what justifies it. To take it back is for what S3 has not hidden yet;
 * what lies behind delete markers needs an operator's rights (undelete.ts). Both wait for the lease of cleanup, and a
 * repeated request finishes what an earlier one began.
 */
import { HoldfastError, hasCode } from '../errors.ts';
import type { BackupRow, Pin } from '../ports/catalog.ts';
import type { CleanupDeps, CleanupOptions, CleanupResult, Run } from './context.ts';
import { newTally } from './context.ts';
import { giveBackLease, keepLease, takeLease } from './lease.ts';
import { lacksNow, unmarkObjects } from './marks.ts';
import { noteNeededAgain } from './needed-objects.ts';
import { policyEnd } from './plan.ts';
import { cleanUp } from './round.ts';

export interface OneBackup extends Omit<CleanupOptions, 'planId' | 'wishes' | 'dryRun' | 'restarts'> {
  readonly planId: string;
  readonly backupId: string;
}

/** Between two looks at a lease that another one holds. */
const pollMs = 5_000;
/** Waiting ends with this much left, for the work itself. */
const secondsForTheWork = 180;

export interface ExpiredOne {
  readonly planId: string;
  readonly backupId: string;
  readonly decidedAt: string;
  /** When all its objects carried the mark. */
  readonly markedAt?: string;
  readonly objects?: number;
  readonly bytes?: number;
}

/**
 * Throws BACKUP_NOT_FOUND; RUN_IN_PROGRESS, CONFLICT when it is neither completed nor expired; BACKUP_KEPT with the
 * rule that keeps it; CLEANUP_RUNNING when the lease was held all the time; and what kept cleanup from its plan.
 */
export async function expireOne(deps: CleanupDeps, asked: OneBackup): Promise<ExpiredOne> {
  const { planId, backupId } = asked;
  const before = await found(deps, asked);
  if (before.status !== 'completed' && before.status !== 'expired') throw notCompleted(before);
  const isDone = before.status === 'expired' && before.expiry?.markedAt !== undefined;
  if (isDone) return expired(before);
  const result = await whenFree(deps, asked, () =>
    cleanUp(deps, { ...asked, planId, wishes: new Set([backupId]) }),
  );
  const after = await found(deps, asked);
  // What failed elsewhere in the plan is told as such; this one went.
  if (after.status === 'expired') return expired(after);
  throw whyNot(asked, result);
}

function expired({ planId, backupId, expiry }: BackupRow): ExpiredOne {
  const { decidedAt = '', markedAt, objects, bytes } = expiry ?? {};
  return { planId, backupId, decidedAt, markedAt, objects, bytes };
}

function whyNot({ planId, backupId }: OneBackup, result: CleanupResult): HoldfastError {
  const why = result.wishesRefused?.[backupId];
  if (why !== undefined) {
    return new HoldfastError(
      'BACKUP_KEPT',
      `Backup ${backupId} of plan ${planId} stays: ${sentences[why] ?? why}`,
      {
        details: { planId, backupId, why },
      },
    );
  }
  const [failed] = result.failed;
  if (failed)
    return new HoldfastError(
      'CONFLICT',
      `Cleanup of plan ${planId} failed: ${failed.message} (${failed.code})`,
    );
  const [skipped] = result.skipped;
  return new HoldfastError(
    'CONFLICT',
    `Backup ${backupId} of plan ${planId} was left alone: ${skipped?.why ?? 'it changed meanwhile'}`,
  );
}

/** By what `explain` says of a decision. */
const sentences: Readonly<Record<string, string>> = {
  'last good': 'it is the last good one',
  'last proven': 'it is the last one that a restore has proven',
  'last verified': 'it is the last one that passed a verification',
  'last completed': 'it is the last one there is',
  pinned: 'it is pinned',
  paused: 'its plan, or everything, is paused, and nothing is marked meanwhile',
};

export interface UndeletedOne {
  readonly planId: string;
  readonly backupId: string;
  readonly pinned: boolean;
}

const reason = 'brought back on request; its policy has ended';

/**
 * Throws BACKUP_NOT_FOUND; RUN_IN_PROGRESS, CONFLICT when it is neither expired nor completed; UNDELETE_HIDDEN when something of it is
 * hidden or gone; CLEANUP_RUNNING as above.
 */
export async function undeleteOne(deps: CleanupDeps, asked: OneBackup): Promise<UndeletedOne> {
  const owner = `undelete/${asked.correlationId}`;
  return whenFree(deps, asked, async () => {
    if (!(await takeLease(deps, owner)))
      throw new HoldfastError('CLEANUP_RUNNING', 'A cleanup, or an undelete, holds the lease');
    try {
      return await bringBack(deps, asked, owner);
    } finally {
      await giveBackLease(deps, owner);
    }
  });
}

async function bringBack(deps: CleanupDeps, asked: OneBackup, owner: string): Promise<UndeletedOne> {
  const { planId, backupId, by } = asked;
  const now = deps.clock.now().toISOString();
  const keep = () => keepLease(deps, owner);
  const run: Run = { deps, options: asked, now, tally: newTally(), keepLease: keep, roundStartedAt: now };
  const row = await found(deps, asked);
  if (row.status !== 'expired' && row.status !== 'completed') throw notCompleted(row);
  await requireThere(row, deps);
  await noteNeededAgain(row, deps.catalog);
  await unmarkObjects(row, run);
  // The night may have begun in between: S3 hides what was marked when it looked.
  await requireThere(row, deps);
  await keep();
  const pin: Pin = { at: now, by, reason };
  if (row.status === 'expired') {
    await deps.catalog.reviveBackup(planId, row, now, pin);
    return { planId, backupId, pinned: true };
  }
  if (row.missingSince !== undefined) await deps.catalog.noteMissing(planId, backupId, undefined);
  const plan = (await deps.catalog.getPlan(planId))?.plan;
  const isDue = (policyEnd(row, plan) ?? now) < now;
  if (isDue && !row.pin) await deps.catalog.setPin(planId, backupId, pin);
  return { planId, backupId, pinned: isDue || row.pin !== undefined };
}

async function requireThere(row: BackupRow, deps: CleanupDeps): Promise<void> {
  const lacking = await lacksNow(row, deps);
  if (lacking === undefined) return;
  const { planId, backupId } = row;
  throw new HoldfastError(
    'UNDELETE_HIDDEN',
    `Backup ${backupId} of plan ${planId} cannot be taken back here: S3 has hidden ${lacking}`,
    {
      details: { planId, backupId },
    },
  );
}

async function found({ catalog }: CleanupDeps, { planId, backupId }: OneBackup): Promise<BackupRow> {
  const row = await catalog.getBackup(planId, backupId);
  if (row) return row;
  throw new HoldfastError('BACKUP_NOT_FOUND', `There is no backup ${backupId} of plan ${planId}`);
}

function notCompleted({ backupId, status }: BackupRow): HoldfastError {
  const isAlive = status === 'pending' || status === 'running';
  return new HoldfastError(isAlive ? 'RUN_IN_PROGRESS' : 'CONFLICT', `Backup ${backupId} is ${status}`, {
    ...(!isAlive && { next: 'What a failed run left is collected by cleanup, a week after it failed.' }),
  });
}

/** Again and again while somebody else has the lease, as long as there is time. */
async function whenFree<T>(deps: CleanupDeps, asked: OneBackup, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      if (!hasCode(thrown, 'CLEANUP_RUNNING') || asked.secondsLeft() < secondsForTheWork) throw thrown;
    }
    await deps.clock.sleep(pollMs, asked.signal);
  }
}
