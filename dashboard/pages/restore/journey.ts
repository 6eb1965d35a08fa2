/**
 * The way to a restore: its steps, which of them one can be at, which recovery point is offered first, and the order
 * that cannot be placed twice. Pure.
 */
import type { Choices, Ordered, Wish } from './choices.ts';

export const steps = ['plan', 'point', 'what', 'target', 'check', 'confirm'] as const;
export type StepId = (typeof steps)[number];

/** The one in the address, if what comes before it is chosen; else the first that is not. */
export function stepOf(asked: StepId | undefined, { plan, point }: Pick<Choices, 'plan' | 'point'>): StepId {
  const first = plan === undefined ? 'plan' : point === undefined ? 'point' : undefined;
  if (asked === undefined) return first ?? 'what';
  if (first === undefined) return asked;
  return steps.indexOf(asked) < steps.indexOf(first) ? asked : first;
}

export interface KnownPoint {
  readonly backupId: string;
  readonly slot: string;
  readonly verification?:
    | { readonly status: 'passed' | 'failed' | 'error'; readonly provenAt?: string | undefined }
    | undefined;
}

const isProven = ({ verification }: KnownPoint) =>
  verification?.provenAt !== undefined && verification.status !== 'failed';

/**
 * The newest that a restore proved. None: the newest that did not fail its verification, and `unproven`. `points` are the
 * newest first; `proven` is the newest proven one, which may be further back than they go.
 */
export function preselected(
  points: readonly KnownPoint[],
  proven: KnownPoint | undefined,
): { readonly point: KnownPoint; readonly isUnproven: boolean; readonly newer: number } | undefined {
  const found = points.find(isProven) ?? (proven && isProven(proven) ? proven : undefined);
  if (found) {
    const newer = points.filter(({ slot }) => slot > found.slot).length;
    return { point: found, isUnproven: false, newer };
  }
  const point = points.find(({ verification }) => verification?.status !== 'failed') ?? points[0];
  return point && { point, isUnproven: true, newer: points.indexOf(point) };
}

const orderPattern = /^o-(\d{4})(\d{2})(\d{2})t(\d{2})(\d{2})(\d{2})z-[0-9a-f]{16}$/;

/** `o-20261121t100000z-…`: names one press, and is its Idempotency-Key. `random` is a UUID. */
export function newOrder(now: Date, random: string): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase();
  return `o-${time}z-${random.replaceAll('-', '').slice(0, 16)}`;
}

/** ISO 8601 UTC; undefined for what is no order. */
export function orderedAt(order: string): string | undefined {
  const [, year, month, day, hour, minute, second] = orderPattern.exec(order) ?? [];
  return year && `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

/** The API knows a key for 24 hours; before that is over the page asks for another look at everything. */
const goodForMs = 12 * 3_600_000;

export function isStale(order: string, now: Date): boolean {
  const at = orderedAt(order);
  return at === undefined || now.getTime() - Date.parse(at) > goodForMs;
}

export interface Placed {
  readonly restoreId: string;
  readonly backupId: string;
  readonly createdAt: string;
  readonly request: Pick<Ordered, 'component' | 'replace' | 'options'>;
}

export interface ThisOrder {
  readonly order: string;
  readonly backupId: string;
  readonly wish: Pick<Wish, 'component' | 'replace' | 'options'>;
  /** A restore that this one is ordered beside, knowingly: it and what came before it are not meant. */
  readonly besides: string | undefined;
}

/**
 * The same restore, ordered since this page was opened: by this address on another device, by somebody else whom it was
 * sent, or from here before going Back. The API's own guard knows only the same person. `restores`: the newest first.
 */
export function orderedSince<R extends Placed>(
  restores: readonly R[],
  { order, backupId, wish, besides }: ThisOrder,
): R | undefined {
  const at = orderedAt(order);
  if (at === undefined) return undefined;
  // The clock of this device may be behind or ahead of the API's.
  const sinceMs = Date.parse(at) - clockSkewMs;
  const known = restores.findIndex(({ restoreId }) => restoreId === besides);
  return restores
    .slice(0, known < 0 ? undefined : known)
    .find(
      (row) => row.backupId === backupId && Date.parse(row.createdAt) >= sinceMs && isSame(row.request, wish),
    );
}

/** The API adds to the options of an order, and takes nothing away. */
function isSame(request: Placed['request'], { component, replace, options }: ThisOrder['wish']): boolean {
  return (
    request.replace === replace &&
    request.component === component &&
    Object.entries(options).every(
      ([name, value]) => JSON.stringify(request.options[name]) === JSON.stringify(value),
    )
  );
}

const clockSkewMs = 30_000;

/** Of a place that is taken away, what tells it for a person who types it: `shop`, `s3://bucket/uploads/`. */
export function typedName(place: string): string {
  const [, what] = /^the server in secret .+, (.+)$/s.exec(place) ?? [];
  if (what === undefined) return place;
  if (what.startsWith('every database')) return 'every database';
  return what.replace(/^(database|its) /, '');
}

/** More places than that are not typed one by one: the plan's name stands for them. */
export const mostTyped = 5;

export interface Typed {
  readonly name: string;
  readonly places: readonly string[];
}

/** What has to be typed before `places` are taken away: each name once. */
export function toType(places: readonly string[], planId: string): readonly Typed[] {
  const byName = new Map<string, string[]>();
  for (const place of places) {
    const name = typedName(place);
    byName.set(name, [...(byName.get(name) ?? []), place]);
  }
  const all = [...byName].map(([name, of]) => ({ name, places: of }));
  return all.length === 0 || all.length > mostTyped ? [{ name: planId, places }] : all;
}

/** A day of the calendar as instants: `2026-11-21` in UTC, or in the zone of this machine. */
export function dayBounds(day: string, isUtc: boolean): { readonly from: string; readonly to: string } {
  const from = new Date(`${day}T00:00:00${isUtc ? 'Z' : ''}`);
  const to = new Date(from);
  // By the calendar, not by 24 hours: the day on which clocks change is another length.
  if (isUtc) to.setUTCDate(to.getUTCDate() + 1);
  else to.setDate(to.getDate() + 1);
  return { from: from.toISOString(), to: to.toISOString() };
}
