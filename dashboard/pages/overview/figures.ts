/** Days and figures of all plans together, out of `GET /v1/stats`. Pure. */
import type { Schemas } from '../../api/use-api.ts';
import { type DayState, stateOf } from '../../charts/strip.tsx';

export type Stats = Schemas['Stats'];
type Day = Stats['trend'][number];

const dayMs = 86_400_000;
/** What the figures are of; the calendar goes further back. */
const figureDays = 30;

export interface CalendarCount {
  readonly day: string;
  readonly state: DayState;
  readonly completed: number;
  readonly failed: number;
  readonly missed: number;
  readonly proven: number;
}

/** So many days up to that one, without gaps: days on which nothing happened are not in the trend. */
export function calendarOf(trend: readonly Day[], last: string, days: number): readonly CalendarCount[] {
  const known = new Map(trend.map((day) => [day.day, day]));
  const end = Date.parse(`${last}T00:00:00Z`);
  return Array.from({ length: days }, (_, at) => {
    const day = new Date(end - (days - 1 - at) * dayMs).toISOString().slice(0, 10);
    const { completed = 0, failed = 0, missed = 0, proven = 0 } = known.get(day) ?? {};
    const counted = { day, completed, failed, missed, proven };
    return { ...counted, state: stateOf(counted) };
  });
}

export function figuresOf({ trend, asOf }: Pick<Stats, 'trend' | 'asOf'>) {
  const first = new Date(Date.parse(asOf) - (figureDays - 1) * dayMs).toISOString().slice(0, 10);
  const sums = { completed: 0, failed: 0, missed: 0, proven: 0, seconds: 0 };
  for (const day of trend) {
    if (day.day < first) continue;
    for (const name of ['completed', 'failed', 'missed', 'proven', 'seconds'] as const)
      sums[name] += day[name];
  }
  const { completed, failed, missed, proven, seconds } = sums;
  return {
    runs: completed + failed + missed,
    completed,
    missed,
    proven,
    ...(completed > 0 && { averageSeconds: seconds / completed }),
  };
}
