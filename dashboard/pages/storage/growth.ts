/** Figures over days as lines: what was kept and is foreseen, how runs went, how long they took. Pure. */
import type { Schemas } from '../../api/use-api.ts';

export type Stats = Schemas['Stats'];
type Day = Stats['trend'][number];

const dayMs = 86_400_000;
const gib = 1024 ** 3;

export const forecastDays = ['30', '90', '365'] as const;

export interface Growth {
  readonly times: readonly string[];
  readonly kept: readonly (number | null)[];
  /** From today on; null before. Empty without a forecast. */
  readonly foreseen: readonly (number | null)[];
}

/** Drawn on for as long as one looks back, up to 90 days: a year beside a month would be a corner. */
export function growthOf({ trend, forecast, kept, days }: Stats): Growth {
  const times = trend.map(({ day }) => day);
  const last = times.at(-1);
  const values = trend.map(({ keptBytes }) => keptBytes ?? null);
  if (!forecast || last === undefined) return { times, kept: values, foreseen: [] };
  const ahead = forecastDays.filter((each) => Number(each) <= (days > 45 ? 90 : 30));
  const future = ahead.map((each) => dayAfter(last, Number(each)));
  return {
    times: [...times, ...future],
    kept: [...values, ...ahead.map(() => null)],
    foreseen: [
      ...times.map((day) => (day === last ? kept.storedBytes : null)),
      ...ahead.map((each) => forecast.days[each].keptBytes),
    ],
  };
}

const dayAfter = (day: string, days: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);

/** All that were to run, and those that completed: the difference is what is seen. */
export function runsOf(trend: readonly Day[]) {
  return {
    due: trend.map(({ completed, failed, missed }) => completed + failed + missed),
    completed: trend.map(({ completed }) => completed),
  };
}

/** Null on days on which nothing completed. */
export function durationsOf(trend: readonly Day[]) {
  return {
    average: trend.map(({ seconds, completed }) => (completed === 0 ? null : seconds / completed)),
    longest: trend.map(({ longestSeconds, completed }) => (completed === 0 ? null : longestSeconds)),
  };
}

/** US dollars a month of so many bytes. */
export const monthlyUsd = (bytes: number, usdPerGiBMonth: number): number => (bytes / gib) * usdPerGiBMonth;

/** How much more or less, to the tenth of a percent; undefined where there was nothing before. */
export function growthShare(before: number, after: number): number | undefined {
  return before === 0 ? undefined : Math.round((after / before - 1) * 1_000) / 1_000;
}

export interface Named {
  readonly name: string;
  readonly backups: number;
  readonly storedBytes: number;
}

/** Those that take up most first. */
export function byBytes(
  of: Readonly<Record<string, { readonly backups: number; readonly storedBytes: number }>>,
): readonly Named[] {
  return Object.entries(of)
    .map(([name, stored]) => ({ name, ...stored }))
    .sort((a, b) => b.storedBytes - a.storedBytes || (a.name < b.name ? -1 : 1));
}
