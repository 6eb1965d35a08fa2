/**
 * What of a run is told to people, and how often. A message that cannot be published stops nothing that protects or
 * frees data: the run goes on and ends with that failure, so that the crash itself is told by another way.
 */
import type { Alert } from '../alerts.ts';
import { asHoldfastError, hasCode } from '../errors.ts';
import { cleanupFailed, lastGoodMarked, moreFailed, unusual } from './alerts.ts';
import type { Run } from './context.ts';
import type { CleanupState } from './memory.ts';
import type { PlanOutcome } from './one-plan.ts';
import { isUnusual } from './plan.ts';

/** Failed plans that are told of one by one. */
const mostTold = 10;
const dayMs = 24 * 3_600_000;

/** Backups of the plans that a round has been through. */
export interface InAll {
  readonly expired: number;
  readonly kept: number;
}

export interface Teller {
  /** Runs it: true when it ended well, false when it failed (told and counted), undefined when the time was up. */
  guard(planId: string | undefined, work: () => Promise<void>): Promise<boolean | undefined>;
  fail(planId: string | undefined, thrown: unknown): Promise<void>;
  unusual(planId: string, outcome: PlanOutcome): Promise<void>;
  /** Of all plans of the round together, unless it was told of one of them; gives the sums. */
  unusualInAll(before: InAll & { readonly isTold: boolean }): Promise<InAll>;
  /** Tells of plans that are beyond reprieve, once in 24 hours; what the state remembers of that. */
  afterReprieve(
    state: CleanupState,
    done: ReadonlySet<string>,
  ): Promise<Pick<CleanupState, 'beyondReprieve'>>;
  /** Throws the first failure to publish. */
  throwUntold(): void;
}

export function tellerOf(run: Run): Teller {
  const { deps, options, tally, now } = run;
  const about = { correlationId: options.correlationId, at: now };
  const all = { expired: 0, kept: 0, isTold: false };
  let untold: unknown;
  let failures = 0;

  async function publish(alert: Alert): Promise<boolean> {
    try {
      await deps.alerts.publish(alert);
      return true;
    } catch (thrown) {
      untold ??= thrown;
      deps.log.error('an alert of cleanup could not be published', { kind: alert.kind, error: thrown });
      return false;
    }
  }

  /** Told now, and remembered until nothing of it can be brought back any more. */
  async function tellUnusual(found: { planId?: string; expired: number; kept: number }): Promise<void> {
    const isTold = await publish(unusual({ ...found, undeleteDays: deps.undeleteDays }, about));
    const until = new Date(Date.parse(now) + deps.undeleteDays * dayMs).toISOString();
    tally.unusual.push({ ...found, at: now, until, ...(isTold && { toldAt: now }) });
  }

  async function fail(planId: string | undefined, thrown: unknown): Promise<void> {
    const error = asHoldfastError(thrown);
    deps.log.error('cleanup failed', { planId, code: error.code, message: error.message, error });
    failures += 1;
    if (tally.failed.length < 100) tally.failed.push({ planId, code: error.code, message: error.message });
    if (failures <= mostTold) await publish(cleanupFailed(error, planId, about));
    else if (failures === mostTold + 1) await publish(moreFailed(about));
  }

  return {
    fail,
    async guard(planId, work) {
      try {
        await work();
        return true;
      } catch (thrown) {
        if (options.signal.aborted || hasCode(thrown, 'DEADLINE')) return undefined;
        await fail(planId, thrown);
        return false;
      }
    },
    async unusual(planId, { expired, kept }) {
      all.expired += expired;
      all.kept += kept;
      if (!isUnusual(expired, kept)) return;
      all.isTold = true;
      await tellUnusual({ planId, expired, kept });
    },
    async unusualInAll(before) {
      const sum = { expired: before.expired + all.expired, kept: before.kept + all.kept };
      if (!before.isTold && !all.isTold && isUnusual(sum.expired, sum.kept)) await tellUnusual(sum);
      return sum;
    },
    async afterReprieve({ beyondReprieve }, done) {
      const kept = beyondReprieve.filter(({ planId }) => !done.has(planId));
      for (const found of tally.beyondReprieve) {
        const before = beyondReprieve.find(({ planId }) => planId === found.planId);
        const isDue = !before || Date.parse(before.toldAt) + dayMs <= Date.parse(now);
        const alert = () => lastGoodMarked({ ...found, undeleteDays: deps.undeleteDays }, about);
        if (!isDue) kept.push(before);
        else if (await publish(alert())) kept.push({ ...found, toldAt: now });
      }
      return { beyondReprieve: kept.slice(0, 100) };
    },
    throwUntold() {
      if (untold !== undefined) throw untold;
    },
  };
}
