/** Drills as lines over time: how long each took, and how many passed. Pure. */
import type { Schemas } from '../../api/use-api.ts';

export type Drill = Schemas['Drill'];

/** More lines cannot be told apart. */
export const mostLines = 5;

export interface Durations {
  /** Ascending. */
  readonly times: readonly string[];
  /** Of the plans with the most drills, at most five. */
  readonly plans: readonly { readonly planId: string; readonly seconds: readonly (number | null)[] }[];
  readonly plansLeft: number;
  /** What the plan says today; only where it is one plan. */
  readonly targetSeconds?: number;
}

/** Of those that were carried out to their end: what gave way to reading did not restore. */
export function durationsOf(drills: readonly Drill[]): Durations {
  const restored = drills
    .filter(({ level, seconds }) => level === 'restored' && seconds !== undefined)
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const byPlan = [...Map.groupBy(restored, ({ planId }) => planId)].sort(
    ([a, of], [b, others]) => others.length - of.length || (a < b ? -1 : 1),
  );
  const shown = byPlan.slice(0, mostLines);
  const names = new Set(shown.map(([planId]) => planId));
  const kept = restored.filter(({ planId }) => names.has(planId));
  const times = [...new Set(kept.map(({ at }) => at))];
  const targetSeconds = byPlan.length === 1 ? kept.at(-1)?.targetSeconds : undefined;
  return {
    times,
    plans: shown.map(([planId, rows]) => {
      const at = new Map(rows.map((row) => [row.at, row.seconds ?? null]));
      return { planId, seconds: times.map((time) => at.get(time) ?? null) };
    }),
    plansLeft: byPlan.length - shown.length,
    ...(targetSeconds !== undefined && { targetSeconds }),
  };
}

export interface Successes {
  /** Days, or the Mondays of weeks. */
  readonly times: readonly string[];
  readonly by: 'day' | 'week';
  readonly tried: readonly number[];
  readonly passed: readonly number[];
}

const dayMs = 86_400_000;
/** More days are told by weeks. */
const mostDays = 45;

/** Without gaps between the first and the last. */
export function successesOf(drills: readonly Drill[]): Successes {
  const days = drills.map(({ at }) => Date.parse(`${at.slice(0, 10)}T00:00:00Z`));
  if (days.length === 0) return { times: [], by: 'day', tried: [], passed: [] };
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const by = (last - first) / dayMs >= mostDays ? 'week' : 'day';
  const stepMs = by === 'week' ? 7 * dayMs : dayMs;
  // 1970-01-05 was a Monday.
  const start = by === 'week' ? first - ((((first / dayMs - 4) % 7) + 7) % 7) * dayMs : first;
  const count = Math.floor((last - start) / stepMs) + 1;
  const tried = new Array<number>(count).fill(0);
  const passed = new Array<number>(count).fill(0);
  for (const [at, { status, level }] of drills.entries()) {
    const place = Math.floor(((days[at] ?? start) - start) / stepMs);
    tried[place] = (tried[place] ?? 0) + 1;
    if (status === 'passed' && level === 'restored') passed[place] = (passed[place] ?? 0) + 1;
  }
  const times = tried.map((_, at) => new Date(start + at * stepMs).toISOString().slice(0, 10));
  return { times, by, tried, passed };
}

/** What a drill came to, in one word of the catalogue of words. `read`: it gave way to reading, and that passed. */
export function outcomeOf({ status, level }: Pick<Drill, 'status' | 'level'>) {
  if (status !== 'passed') return status;
  return level === 'restored' ? 'passed' : 'read';
}

export function isLong({ seconds, targetSeconds }: Pick<Drill, 'seconds' | 'targetSeconds'>): boolean {
  return seconds !== undefined && targetSeconds !== undefined && seconds > targetSeconds;
}
