/** What a policy would keep, by the day of the recovery point in the zone of the plan. Pure. */
import type { Schemas } from '../../api/use-api.ts';

export type Line = Schemas['RetentionPreview']['lines'][number];

export interface KeptDay {
  /** `2026-11-21`. */
  readonly day: string;
  readonly state: 'none' | 'well' | 'mixed' | 'expire';
  readonly lines: readonly Line[];
  readonly stay: number;
  readonly go: number;
}

const dayMs = 86_400_000;
/** As many as a calendar draws; older ones are counted in the totals. */
const mostDays = 1_200;

/** The day that the clock on the wall shows there. */
export function daysIn(timeZone: string): (iso: string) => string {
  // Sweden writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return (iso) => format.format(new Date(iso));
}

/** From the oldest recovery point to today, without gaps. */
export function keptDays(lines: readonly Line[], timeZone: string, now: Date): readonly KeptDay[] {
  const dayOf = daysIn(timeZone);
  const byDay = Map.groupBy(lines, ({ slot }) => dayOf(slot));
  const last = dayOf(now.toISOString());
  const first = [...byDay.keys()].sort()[0];
  if (first === undefined) return [];
  const end = Date.parse(last);
  const count = Math.min(mostDays, Math.max(1, Math.round((end - Date.parse(first)) / dayMs) + 1));
  return Array.from({ length: count }, (_, at) => {
    const day = new Date(end - (count - 1 - at) * dayMs).toISOString().slice(0, 10);
    const found = byDay.get(day) ?? [];
    const go = found.filter(({ verdict }) => verdict === 'expire').length;
    const stay = found.length - go;
    return { day, lines: found, stay, go, state: stateOf(stay, go) };
  });
}

function stateOf(stay: number, go: number): KeptDay['state'] {
  if (stay + go === 0) return 'none';
  if (go === 0) return 'well';
  return stay === 0 ? 'expire' : 'mixed';
}

export const numbers = ['hourly', 'daily', 'weekly', 'monthly', 'yearly', 'days', 'manualDays'] as const;
export type NumberName = (typeof numbers)[number];

/** Numbers in an address. */
export function count(text: string): string | undefined {
  return /^\d{1,5}$/.test(text) ? String(Number(text)) : undefined;
}

/** Those that differ from the plan's, to ask for. */
export function changeOf(
  tried: { readonly [K in NumberName]?: string },
  own: Readonly<Record<NumberName, number>>,
): Partial<Record<NumberName, number>> {
  return Object.fromEntries(
    numbers.flatMap((name) => {
      const value = tried[name];
      return value === undefined || Number(value) === own[name] ? [] : [[name, Number(value)]];
    }),
  );
}
