/**
 * One run of a plan. What it promises: the same slot delivered any number of times makes one backup; `completed` is
 * set last, after every object is confirmed and the manifest is written; anything less is `failed`, says why, and a
 * person is told (once a day while the plan keeps failing). A crash between any two steps leaves a row that the next
 * delivery takes over.
 */
import { alertForFailure } from '../alerts.ts';
import { asHoldfastError, HoldfastError, hasCode, rowErrorOf } from '../errors.ts';
import { backupIdFor } from '../format/layout.ts';
import { tellFailedRun, tellWellAgain } from '../health/run-alerts.ts';
import type { BackupRow, Claim, Owner } from '../ports/catalog.ts';
import { chooseTier } from '../retention.ts';
import { scheduleTimeZone } from '../schedule.ts';
import { segmentProgress } from '../segment-progress.ts';
import { noteSteps } from '../steps.ts';
import { runAttempt } from './attempt.ts';
import { type Attempt, type BackupDeps, type BackupRequest, beginStep } from './context.ts';
import { leaseUntil } from './lease.ts';
import { chosenSources, kindOf, partialNames } from './sources.ts';

export { type BackupDeps, type BackupRequest, type BackupStep, backupSteps } from './context.ts';

/** In-run repetitions after a failure that may pass by itself; each is a new attempt. */
export const maxAttemptsInRun = 3;

/**
 * Runs the backup to its end and returns its row (`completed` or `failed`). Throws RUN_IN_PROGRESS when another
 * attempt is alive, and whatever kept the failure itself from being recorded or told.
 */
export async function runBackup(
  request: BackupRequest,
  deps: BackupDeps,
  signal: AbortSignal,
): Promise<BackupRow> {
  const backupId = backupIdFor(request.plan.id, request.slot, request.token);
  const log = deps.log.with({ planId: request.plan.id, backupId, correlationId: request.correlationId });
  let withoutBase = false;
  for (let tries = 1; ; tries += 1) {
    const steps = noteSteps(deps.clock);
    await beginStep({ deps, track: steps }, 'claim');
    const claim = await claimRun(request, backupId, deps);
    if (claim.outcome === 'completed') {
      log.info('backup is completed already');
      return claim.row;
    }
    if (claim.outcome === 'running') {
      throw new HoldfastError(
        'RUN_IN_PROGRESS',
        `Backup ${backupId} is being made by attempt ${claim.row.attempt}`,
      );
    }
    const owner: Owner = { planId: request.plan.id, backupId, attempt: claim.row.attempt };
    const attempt = {
      request,
      row: claim.row,
      owner,
      deps,
      signal,
      log: log.with({ attempt: owner.attempt }),
      withoutBase,
      steps,
      track: steps,
      segments: segmentProgress(deps.clock),
    };
    try {
      const made = await runAttempt(attempt);
      await tellWellAgain(made, { ...deps, log });
      return made;
    } catch (thrown) {
      const error = asHoldfastError(signal.aborted ? signal.reason : thrown);
      log.error('backup attempt failed', { code: error.code, message: error.message, error });
      // Damage can only be in an earlier index: without it the run has nothing to do with what is damaged.
      const isDamaged: boolean = error.code.startsWith('INTEGRITY_') && !withoutBase;
      const mayPass = (error.retryable && !hasCode(error, 'CONFLICT')) || isDamaged;
      const again = mayPass && tries < maxAttemptsInRun && !signal.aborted;
      withoutBase ||= isDamaged;
      if (!again) return await recordFailure(attempt, error);
      await failQuietly(attempt, error);
      // Full jitter, so that several plans of one server do not come back together.
      await deps.clock.sleep(1000 + Math.random() * 4000 * tries, signal).catch(() => undefined);
      if (signal.aborted) return await recordFailure(attempt, asHoldfastError(signal.reason));
    }
  }
}

async function claimRun(request: BackupRequest, backupId: string, deps: BackupDeps): Promise<Claim> {
  const { plan, trigger, slot } = request;
  const sources = chosenSources(plan, request.only);
  const completed = await deps.catalog.newestOfEachTier(plan.id);
  const { tier } = chooseTier({
    trigger,
    slot,
    timeZone: scheduleTimeZone(plan.schedule),
    retention: plan.retention,
    completed,
  });
  return deps.catalog.claimRun({
    planId: plan.id,
    backupId,
    source: sources.map((source) => source.name).join(','),
    kind: kindOf(sources.map(deps.categoryOf)),
    trigger,
    createdBy: request.createdBy,
    slot,
    correlationId: request.correlationId,
    tier,
    label: request.label,
    only: partialNames(plan, request.only),
    keepDays: request.keepDays,
    now: deps.clock.now().toISOString(),
    leaseUntil: leaseUntil(deps.clock),
  });
}

async function recordFailure(
  { request, owner, deps, log, steps }: Attempt,
  error: HoldfastError,
): Promise<BackupRow> {
  const now = deps.clock.now();
  const at = now.toISOString();
  let row: BackupRow | undefined;
  let unrecorded: unknown;
  try {
    row = await deps.catalog.failRun(owner, rowErrorOf(error), at, steps.notes());
    // The reply to the last step may have been lost, or another attempt may have made it: then nothing has failed.
    if (row.status === 'completed') return row;
  } catch (thrown) {
    unrecorded = thrown;
  }
  const alert = alertForFailure({
    kind: 'backup-failed',
    planId: owner.planId,
    backupId: owner.backupId,
    error,
    correlationId: request.correlationId,
    at,
  });
  if (row) {
    await tellFailedRun(alert, row, { ...deps, log });
    return row;
  }
  // What could not be recorded watch cannot see either: it is told each time.
  await deps.alerts.publish(alert);
  throw unrecorded;
}

async function failQuietly({ owner, deps, log, steps }: Attempt, error: HoldfastError): Promise<void> {
  try {
    const at = deps.clock.now().toISOString();
    await deps.catalog.failRun(owner, rowErrorOf(error), at, steps.notes());
  } catch (thrown) {
    // The lease ends by itself; the next claim then takes the row over.
    log.warn('the failure of an attempt was not recorded', { error: thrown });
  }
}
