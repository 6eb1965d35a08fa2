/** The history of one plan as lines of a chart, out of `GET /v1/stats`. Pure. */
import type { Schemas } from '../../api/use-api.ts';

type Day = Schemas['Stats']['trend'][number];

/** A share of one day says little: of so many days together. */
const smoothedDays = 7;
const dayMs = 86_400_000;

export interface Trends {
  readonly days: readonly string[];
  /** Seconds; null on days without a completed run. */
  readonly average: readonly (number | null)[];
  readonly longest: readonly (number | null)[];
  /** 0 to 1, of the days before and this one; null where nothing was due. */
  readonly success: readonly (number | null)[];
}

/** From the first day that something happened on. */
export function trendsOf(trend: readonly Day[], last: string): Trends {
  const known = new Map(trend.map((day) => [day.day, day]));
  const first = [...known.keys()].sort()[0];
  if (first === undefined) return { days: [], average: [], longest: [], success: [] };
  const count = Math.round((Date.parse(last) - Date.parse(first)) / dayMs) + 1;
  const days = Array.from({ length: Math.max(0, count) }, (_, at) =>
    new Date(Date.parse(first) + at * dayMs).toISOString().slice(0, 10),
  );
  const found = days.map((day) => known.get(day));
  return {
    days,
    average: found.map((day) => (day && day.completed > 0 ? day.seconds / day.completed : null)),
    longest: found.map((day) => (day && day.completed > 0 ? day.longestSeconds : null)),
    success: found.map((_, at) => shareOf(found.slice(Math.max(0, at - smoothedDays + 1), at + 1))),
  };
}

function shareOf(days: readonly (Day | undefined)[]): number | null {
  let completed = 0;
  let all = 0;
  for (const day of days) {
    if (!day) continue;
    completed += day.completed;
    all += day.completed + day.failed + day.missed;
  }
  return all === 0 ? null : completed / all;
}
