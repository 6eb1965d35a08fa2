/**
 * The sweep: verifies what has completed and was not verified yet, the longest waiting first, each at its plan's
 * level, until its time is used up; the next sweep goes on. Nothing that one backup does (fail, stall, kill the
 * function) keeps the others from being verified: a backup goes to the end of the list before its turn begins.
 */
import { asHoldfastError, hasCode } from '../errors.ts';
import type { BackupRow } from '../ports/catalog.ts';
import { tryToVerify, type VerifyDeps, type VerifyRequest } from './verify.ts';

/** A verification is not begun with less than this left, seconds. */
export const leastSecondsForOne = 120;

/** Backups looked at in one sweep; there is no time for more. */
const mostInOneSweep = 100;

export interface SweepOptions {
  readonly correlationId: string;
  readonly secondsLeft: () => number;
  readonly signal: AbortSignal;
}

export interface SweepResult {
  readonly verified: number;
  readonly failed: number;
  readonly left: number;
}

/** Throws, at its end, the first failure that could neither be recorded nor told. */
export async function verifyDue(deps: VerifyDeps, options: SweepOptions): Promise<SweepResult> {
  const listedAt = deps.clock.now().toISOString();
  const due = await deps.catalog.listUnverified(mostInOneSweep);
  let verified = 0;
  let failed = 0;
  let untold: unknown;
  for (const [index, row] of due.entries()) {
    if (options.secondsLeft() < leastSecondsForOne) break;
    const { planId, backupId } = row;
    const now = deps.clock.now().toISOString();
    // Another sweep has it, or it has been verified by hand meanwhile.
    if (!(await deps.catalog.claimVerification(planId, backupId, listedAt, now))) continue;
    try {
      // Only the first has the whole time: a later one that is stopped gets its whole time in a later sweep.
      const whole = index === 0;
      const outcome = await tryToVerify(
        await requestFor(row, options.correlationId, deps),
        whole ? deps : silentAboutDeadline(deps, options.signal),
        options.signal,
      );
      if ('report' in outcome && outcome.report.result === 'passed') verified += 1;
      else if ('report' in outcome || outcome.error.code !== 'DEADLINE') failed += 1;
    } catch (thrown) {
      // Gone or expired meanwhile: nothing is left to verify.
      if (!hasCode(thrown, 'BACKUP_NOT_FOUND', 'BACKUP_NOT_RESTORABLE')) untold ??= thrown;
      failed += 1;
      const error = asHoldfastError(thrown);
      deps.log.warn('the sweep goes on after a failure', { planId, backupId, error });
    }
    if (options.signal.aborted) break;
  }
  if (untold) throw untold;
  return { verified, failed, left: due.length - verified - failed };
}

async function requestFor(row: BackupRow, correlationId: string, deps: VerifyDeps): Promise<VerifyRequest> {
  const { planId, backupId, verification } = row;
  const plan = await deps.catalog.getPlan(planId);
  const level = plan?.plan.verification.level ?? 'readable';
  const outOfTime =
    level === 'restored' &&
    verification?.status === 'error' &&
    verification.level === 'restored' &&
    verification.detail.startsWith('DEADLINE');
  if (!outOfTime) return { planId, backupId, level, correlationId };
  const remark =
    'A restore drill did not end within the time that the function has, so it was verified as readable instead.';
  return { planId, backupId, level: 'readable', correlationId, remark };
}

/** Being stopped because others came first is no finding: it is not recorded. */
function silentAboutDeadline(deps: VerifyDeps, signal: AbortSignal): VerifyDeps {
  const { catalog } = deps;
  return {
    ...deps,
    catalog: {
      ...catalog,
      recordVerification: async (planId, backupId, state) => {
        const isStopped = signal.aborted && hasCode(signal.reason, 'DEADLINE');
        if (state.status === 'error' && isStopped) return;
        await catalog.recordVerification(planId, backupId, state);
      },
    },
  };
}
