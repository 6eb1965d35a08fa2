/**
 * Reads the trail: over months, the newest first, narrowed. The catalog keeps a partition a month; what a page costs
 * does not depend on how long the trail is.
 */
import type { AuditEntry, Catalog } from '../ports/catalog.ts';

export interface AuditFilter {
  /** Instants: from (inclusive) and to (exclusive), ISO 8601 UTC. */
  readonly from: string;
  readonly to: string;
  readonly by?: string;
  /** The whole action, or its first part: `plan` for all of `plan.*`. */
  readonly action?: string;
  readonly target?: string;
  readonly result?: NonNullable<AuditEntry['result']> | 'unknown';
  readonly via?: NonNullable<AuditEntry['via']>;
}

/** Where a page goes on: a month (`2026-11`), and where in it. */
export interface AuditPlace {
  readonly month: string;
  readonly cursor?: string;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly next?: AuditPlace;
}

/** Rows that are looked at for one page; a filter that fits little makes short pages, not slow ones. */
const mostRead = 1_000;
/** Months that are looked at for one page: an empty one costs a question, too. */
const mostMonths = 24;

export async function listAuditEntries(
  catalog: Pick<Catalog, 'listAudit'>,
  filter: AuditFilter,
  { limit, start }: { readonly limit: number; readonly start?: AuditPlace },
): Promise<AuditPage> {
  const last = monthOf(filter.from);
  let place: AuditPlace | undefined = start ?? { month: monthOf(beforeInstant(filter.to)) };
  const entries: AuditEntry[] = [];
  let read = 0;
  let months = 0;
  while (place !== undefined && place.month >= last && entries.length < limit) {
    if (read >= mostRead || months >= mostMonths) return { entries, next: place };
    const { month, cursor }: AuditPlace = place;
    // Never more than are wanted: the cursor then stands right behind the last one that is given.
    const page = await catalog.listAudit(month, { limit: limit - entries.length, cursor });
    read += Math.max(1, page.rows.length);
    entries.push(...page.rows.filter((entry) => fits(entry, filter)));
    const oldest = page.rows.at(-1);
    if (oldest && oldest.at < filter.from) return { entries };
    if (page.cursor === undefined) {
      months += 1;
      place = { month: monthBefore(month) };
    } else place = { month, cursor: page.cursor };
  }
  return { entries, next: place && place.month >= last ? place : undefined };
}

function fits(entry: AuditEntry, filter: AuditFilter): boolean {
  const { from, to, by, action, target, result, via } = filter;
  return (
    entry.at >= from &&
    entry.at < to &&
    (by === undefined || entry.by === by) &&
    (action === undefined || entry.action === action || entry.action.startsWith(`${action}.`)) &&
    (target === undefined || entry.target === target) &&
    (result === undefined || (entry.result ?? 'unknown') === result) &&
    (via === undefined || entry.via === via)
  );
}

const monthOf = (instant: string) => instant.slice(0, 7);
const beforeInstant = (instant: string) => new Date(Date.parse(instant) - 1).toISOString();

function monthBefore(month: string): string {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() - 1);
  return date.toISOString().slice(0, 7);
}
