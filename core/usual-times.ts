/**
 * How long a plan's runs and their steps usually take: medians of the last ones, so that one bad night says nothing. Asked
 * for by whoever looks at a run; the same plan is not read again within a minute.
 */
import { InvalidInput } from './errors.ts';
import type { Catalog, RunTimes } from './ports/catalog.ts';
import type { Clock } from './ports/index.ts';

/** Runs that are looked at. */
export const usualRuns = 20;
/** Rows that are read for them: of a plan that fails every hour the last weeks. */
export const mostRunsRead = 400;

export interface UsualTimes {
  readonly seconds: number;
  readonly steps: readonly { readonly name: string; readonly seconds: number }[];
}

/** INVALID_INPUT unless 1 to 100. */
export function runTimesLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit;
  throw new InvalidInput('run times', [
    { field: 'limit', value: String(limit), allowed: 'a whole number from 1 to 100' },
  ]);
}

/** Undefined where nothing completed yet. Of a step that not every run has: the median of those that have it. */
export function usualTimes(runs: readonly RunTimes[]): UsualTimes | undefined {
  if (runs.length === 0) return undefined;
  const bySteps = new Map<string, number[]>();
  for (const { steps = [] } of runs) {
    for (const { name, seconds } of steps) {
      if (seconds === undefined) continue;
      const known = bySteps.get(name);
      if (known) known.push(seconds);
      else bySteps.set(name, [seconds]);
    }
  }
  const whole = runs.map(({ startedAt, completedAt }) => Date.parse(completedAt) - Date.parse(startedAt));
  return {
    seconds: median(whole) / 1000,
    steps: [...bySteps].map(([name, seconds]) => ({ name, seconds: median(seconds) })),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

const keptMs = 60_000;
/** Where nothing completed so far: the first one may any moment. */
const keptNoneMs = 5_000;
const mostKept = 200;

/** Asks the catalog, at most once a minute for each plan. */
export function usualTimesOf(
  catalog: Pick<Catalog, 'listRunTimes'>,
  clock: Pick<Clock, 'now'>,
): (planId: string) => Promise<UsualTimes | undefined> {
  const kept = new Map<
    string,
    { readonly untilMs: number; readonly usual: Promise<UsualTimes | undefined> }
  >();
  return (planId) => {
    const nowMs = clock.now().getTime();
    const known = kept.get(planId);
    if (known && known.untilMs > nowMs) return known.usual;
    const usual = catalog.listRunTimes(planId, usualRuns).then(usualTimes);
    kept.delete(planId);
    kept.set(planId, { untilMs: nowMs + keptMs, usual });
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    usual.then(
      (found) => {
        if (found === undefined) kept.set(planId, { untilMs: nowMs + keptNoneMs, usual });
      },
      // What failed is asked again by the next one.
      () => kept.delete(planId),
    );
    return usual;
  };
}
