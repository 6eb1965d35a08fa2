/** The period of a report as the address has it, and as the API takes it. Pure. */
import { spanOfDays } from '../drills/place.ts';

/** More, the API refuses. */
export const mostDays = 400;
/** One question each. */
export const mostPlans = 10;
const usualDays = 31;
const dayMs = 86_400_000;

export interface Period {
  /** Days (UTC), both included. */
  readonly from: string;
  readonly to: string;
}

/** Without an address: the last 31 days, today included. */
export function periodOf({ from, to }: Partial<Period>, now: Date): Period {
  const last = to ?? dayOf(now.getTime());
  return { from: from ?? dayOf(Date.parse(last) - (usualDays - 1) * dayMs), to: last };
}

/** - `order`: it ends before it begins. - `long`: more days than are told of at once. */
export function wrongWith({ from, to }: Period): 'order' | 'long' | undefined {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  return days < 1 ? 'order' : days > mostDays ? 'long' : undefined;
}

/** Instants for the API. One that would end in time to come ends now, by being left open. */
export function queryOf(period: Period, now: Date): { readonly from?: string; readonly to?: string } {
  const { from, to } = spanOfDays(period);
  return { ...(from && { from }), ...(to !== undefined && Date.parse(to) <= now.getTime() && { to }) };
}

/** `shop,ledger`. Nothing strange gets into the questions: ids are of these signs. */
export function plansIn(value: string | undefined): readonly string[] {
  const ids = (value ?? '').split(',').filter((id) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(id));
  return [...new Set(ids)].slice(0, mostPlans);
}

/** Of the last whole months and so on, for who does not want to type days. */
export function usualPeriods(now: Date) {
  const year = now.getUTCFullYear();
  const month = now.getUTCMonth();
  const quarter = month - (month % 3);
  const span = (from: number, to: number): Period => ({ from: dayOf(from), to: dayOf(to - dayMs) });
  return {
    month: span(Date.UTC(year, month - 1, 1), Date.UTC(year, month, 1)),
    quarter: span(Date.UTC(year, quarter - 3, 1), Date.UTC(year, quarter, 1)),
    year: span(Date.UTC(year - 1, 0, 1), Date.UTC(year, 0, 1)),
  };
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
