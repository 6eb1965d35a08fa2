/**
 * Lists of backups that the catalog does not give by itself: by a label, of restore points only, and sorted by what
 * stands in the rows. Promises: what is read for one page is bounded; a page is stable under writes, since it goes on
 * behind a row, wherever that is by then.
 */
import { InvalidInput } from '../errors.ts';
import type { BackupFilter, Catalog, ListedBackup, Page, TimelineOptions } from '../ports/catalog.ts';
import {
  type Asked,
  asListed,
  earliestMonth,
  isWanted,
  type Order,
  positionOf,
  spanOf,
  writeCursor,
} from '../timeline.ts';
import { newestFirst } from './labels.ts';

/** Clocks differ, and a list may be asked for up to the end of a month. */
const aheadMs = 32 * 86_400_000;

/** The span without what is before anything was made, or has yet to come: months without a row cost a question each. */
export function withinReason(filter: BackupFilter, now: Date): BackupFilter {
  const { from, to } = filter;
  const isBefore = from !== undefined && new Date(from).toISOString() < earliestMonth;
  const isAhead = to !== undefined && Date.parse(to) > now.getTime() + aheadMs;
  return { ...filter, from: isBefore ? undefined : from, to: isAhead ? undefined : to };
}

type Lister = Pick<Catalog, 'listTimeline'>;

/** Rows that are looked at for one page of a list that most rows are not on. */
const mostLookedAt = 5_000;
const rowsAtATime = 1_000;
/** Months without a row cost a question each, and 24 of them a page. */
const mostPages = 20;

/** Those that were made before something was changed; the catalog's cursor, behind the last row that was looked at. */
export async function listRestorePoints(
  catalog: Lister,
  filter: BackupFilter,
  { limit = 50, order = 'desc', cursor }: TimelineOptions,
): Promise<Page<ListedBackup>> {
  const asked: Asked = { list: 'BACKUP', order, filter: { ...filter } };
  const rows: ListedBackup[] = [];
  let next = cursor;
  let seen = 0;
  for (let pages = 0; pages < mostPages && seen < mostLookedAt; pages += 1) {
    const page = await catalog.listTimeline(filter, {
      limit: rowsAtATime,
      order,
      ...(next && { cursor: next }),
    });
    seen += page.rows.length;
    for (const [index, row] of page.rows.entries()) {
      if (row.trigger !== 'restore-point') continue;
      rows.push(row);
      if (rows.length < limit) continue;
      const isLast = index === page.rows.length - 1 && page.cursor === undefined;
      const { slot: at, planId, backupId: id } = row;
      return { rows, ...(!isLast && { cursor: writeCursor(asked, positionOf({ at, planId, id })) }) };
    }
    next = page.cursor;
    if (next === undefined) return { rows };
  }
  return { rows, ...(next !== undefined && { cursor: next }) };
}

/** Of one plan, all of that label, among its newest 5,000 rows, the newest first. `after`: the last id of the page before. */
export async function listLabelled(
  catalog: Pick<Catalog, 'listBackups'>,
  filter: BackupFilter & { readonly planId: string },
  label: string,
  {
    limit,
    order,
    after,
  }: { readonly limit: number; readonly order: Order; readonly after?: string | undefined },
): Promise<{ readonly rows: readonly ListedBackup[]; readonly next?: string }> {
  const wanted = isWanted(filter, spanOf(filter));
  const found: ListedBackup[] = [];
  for await (const row of newestFirst(catalog, filter.planId)) {
    if (row.label === label && wanted(row)) found.push(asListed(row));
  }
  if (order === 'asc') found.reverse();
  // Ids sort by time.
  const rest = found.filter(
    ({ backupId }) => after === undefined || (order === 'asc' ? backupId > after : backupId < after),
  );
  const rows = rest.slice(0, limit);
  const last = rows.at(-1)?.backupId;
  return { rows, ...(rest.length > limit && last !== undefined && { next: last }) };
}

export type SortField = 'storedBytes' | 'durationSeconds';

/** Where a sorted page ends: behind that value, and of equal ones behind that id. */
export interface SortedPlace {
  readonly value: number;
  readonly id: string;
}

const mostSorted = 1_000;
const mostSpanMs = 31 * 86_400_000;

/**
 * By a column; those without it are the smallest. INVALID_INPUT without a plan or a span of at most 31 days, and for
 * more than 1,000 rows.
 */
export async function listSorted(
  catalog: Lister,
  filter: BackupFilter,
  sort: SortField,
  {
    limit,
    order,
    after,
  }: { readonly limit: number; readonly order: Order; readonly after?: SortedPlace | undefined },
): Promise<{ readonly rows: readonly ListedBackup[]; readonly next?: SortedPlace }> {
  requireNarrow(filter, sort);
  const placed = (await allOf(catalog, filter)).map((row) => ({ row, place: placeOf(row, sort) }));
  const forward = (a: SortedPlace, b: SortedPlace) =>
    a.value - b.value || (a.id < b.id ? -1 : Number(a.id > b.id));
  const compare = order === 'asc' ? forward : (a: SortedPlace, b: SortedPlace) => forward(b, a);
  placed.sort((a, b) => compare(a.place, b.place));
  const rest = placed.filter(({ place }) => after === undefined || compare(place, after) > 0);
  const page = rest.slice(0, limit);
  const last = page.at(-1)?.place;
  return { rows: page.map(({ row }) => row), ...(rest.length > limit && last && { next: last }) };
}

function requireNarrow({ planId, from, to }: BackupFilter, sort: SortField): void {
  if (planId !== undefined) return;
  if (from !== undefined && to !== undefined && Date.parse(to) - Date.parse(from) <= mostSpanMs) return;
  const allowed = 'slot; others with plan, or with from and to of at most 31 days';
  throw new InvalidInput('list', [{ field: 'sort', value: JSON.stringify(sort), allowed }]);
}

async function allOf(catalog: Lister, filter: BackupFilter): Promise<readonly ListedBackup[]> {
  const rows: ListedBackup[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page = await catalog.listTimeline(filter, { limit: rowsAtATime, ...(cursor && { cursor }) });
    rows.push(...page.rows);
    cursor = page.cursor;
    if (rows.length > mostSorted) break;
    if (cursor === undefined) return rows;
  }
  const allowed = `a narrower span: at most ${mostSorted} backups are sorted`;
  throw new InvalidInput('list', [{ field: 'from, to', allowed }]);
}

function placeOf(row: ListedBackup, sort: SortField): SortedPlace {
  const id = `${row.backupId}/${row.planId}`;
  if (sort === 'storedBytes') return { value: row.storedBytes ?? -1, id };
  const { startedAt, completedAt } = row;
  if (startedAt === undefined || completedAt === undefined) return { value: -1, id };
  return { value: (Date.parse(completedAt) - Date.parse(startedAt)) / 1000, id };
}
