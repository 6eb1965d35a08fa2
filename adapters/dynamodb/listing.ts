/**
 * A page of a list by time: partitions (a month of the index `timeline`, or a plan's own) are read one after the other
 * from where the last page ended. A page reads at most 1,000 rows in at most 24 queries, whatever there is.
 */
import type { Page, TimelineOptions } from '../../core/ports/catalog.ts';
import {
  type Asked,
  earliestMonth,
  monthAfter,
  monthOf,
  type Place,
  placeOf,
  positionOf,
  readCursor,
  type Span,
  writeCursor,
} from '../../core/timeline.ts';
import { all, between, equals } from './expression.ts';
import { pageLimit, queryBehind } from './paging.ts';
import type { Item, QueryRequest, Store } from './store.ts';
import { indexes, type Key, timelinePk } from './table.ts';

const mostRowsRead = 1000;
/** A query reads one month, or 1 MB of it. */
const mostQueries = 24;
/** Where a filter passes over rows: so many at a time. */
const rowsAtATime = 250;
/** Nothing was made later than now; this is for clocks that differ. */
const aheadMs = 3_600_000;

/** One partition, or what a span covers of it. */
export interface Stretch {
  /** The position that says that it is to be begun. */
  readonly begin: string;
  readonly request: Omit<QueryRequest, 'limit' | 'startAfter'>;
  /** The key behind which a page goes on. */
  readonly startAfter: (place: Place) => Item;
}

export interface Listing<Row> {
  readonly asked: Asked;
  /** In the order of reading, from the one in which the position is. */
  readonly stretches: (position: string | undefined) => Iterable<Stretch>;
  readonly toRow: (item: Item) => Row;
  readonly isWanted: (row: Row) => boolean;
  /** Few rows are passed over: no more are read than the page has room for. */
  readonly dense: boolean;
}

export async function readListing<Row>(
  store: Store,
  { asked, stretches, toRow, isWanted, dense }: Listing<Row>,
  options: TimelineOptions,
): Promise<Page<Row>> {
  const limit = pageLimit(options.limit);
  const start = options.cursor === undefined ? undefined : readCursor(asked, options.cursor);
  const rows: Row[] = [];
  const endAt = (position: string) => ({ rows, cursor: writeCursor(asked, position) });
  let behind = start === undefined ? undefined : placeOf(start);
  let read = 0;
  let queries = 0;
  for (const { begin, request, startAfter } of stretches(start)) {
    do {
      if (rows.length >= limit || read >= mostRowsRead || queries >= mostQueries) {
        return endAt(behind ? positionOf(behind) : begin);
      }
      const room = dense ? limit - rows.length : rowsAtATime;
      const isCursor = queries === 0 && behind !== undefined;
      const { items, last } = await queryBehind(isCursor, store, {
        ...request,
        limit: Math.min(room, mostRowsRead - read),
        ...(behind && { startAfter: startAfter(behind) }),
      });
      queries += 1;
      read += items.length;
      behind = undefined;
      for (const [number, item] of items.entries()) {
        const row = toRow(item);
        if (isWanted(row)) rows.push(row);
        const isLast = last === undefined && number === items.length - 1;
        // A partition that is read to its end needs no place in it: the next one is begun.
        behind = isLast ? undefined : placeOf(String(item.timelineAt));
        if (rows.length >= limit) break;
      }
    } while (behind);
  }
  return { rows };
}

/** The months of a list, from the newest that can have rows, or the oldest; or from where a page ended. */
export function monthsOf(
  { list, order }: Pick<Asked, 'list' | 'order'>,
  { from, to }: Span,
  keyOf: (place: Place) => Key,
  now: number,
): (position: string | undefined) => Iterable<Stretch> {
  const oldest = monthOf(from ?? earliestMonth);
  const newest = monthOf(to ?? new Date(now + aheadMs).toISOString());
  return function* (position) {
    let month = position === undefined ? (order === 'desc' ? newest : oldest) : monthOf(position);
    while (month >= oldest && month <= newest) {
      const timeline = timelinePk(list, month);
      yield {
        begin: month,
        request: {
          index: indexes.timeline,
          key: all(equals('timeline', timeline), between('timelineAt', from ?? month, to ?? `${month}~`)),
          newestFirst: order === 'desc',
        },
        startAfter: (place) => ({ timeline, timelineAt: positionOf(place), ...keyOf(place) }),
      };
      month = monthAfter(month, order);
    }
  };
}
