/** Cursors and pages. A cursor is DynamoDB's own last key, opaque to callers, bound to the query it came from. */
import { z } from 'zod';
import { hasCode, InvalidInput } from '../../core/errors.ts';
import type { Page } from '../../core/ports/catalog.ts';
import type { Item, QueryRequest, Store } from './store.ts';

/** A page may take several queries where a filter passes over rows; beyond this many it ends early, with a cursor. */
const maxQueriesPerPage = 20;

const lastKey = z.record(z.string(), z.string().max(2048));

function readCursor(cursor: string): Item {
  try {
    return lastKey.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new InvalidInput('page', [{ field: 'cursor', allowed: 'a cursor that an earlier page returned' }]);
  }
}

function writeCursor(last: Item): string {
  return Buffer.from(JSON.stringify(last)).toString('base64url');
}

/** How many rows a page may have; the default is what one screen and one reply of DynamoDB hold. */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return 100;
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new InvalidInput('page', [
    { field: 'limit', value: String(limit), allowed: 'a whole number from 1 to 1000' },
  ]);
}

/** One page of a query. `boundTo` is what the cursor must carry, so that it cannot lead into another partition. */
export async function readPage<T>(
  store: Store,
  request: Omit<QueryRequest, 'limit' | 'startAfter'>,
  options: { readonly limit?: number; readonly cursor?: string },
  boundTo: Readonly<Record<string, string>>,
  toRow: (item: Item) => T,
): Promise<Page<T>> {
  const limit = pageLimit(options.limit);
  let startAfter = options.cursor === undefined ? undefined : readCursor(options.cursor);
  if (startAfter && Object.entries(boundTo).some(([name, value]) => startAfter?.[name] !== value)) {
    throw new InvalidInput('page', [{ field: 'cursor', allowed: 'a cursor of the same list' }]);
  }
  const rows: T[] = [];
  for (let queries = 0; queries < maxQueriesPerPage; queries += 1) {
    const query = { ...request, limit: limit - rows.length, startAfter };
    const { items, last } = await queryBehind(queries === 0 && startAfter !== undefined, store, query);
    rows.push(...items.map(toRow));
    startAfter = last;
    if (!last || rows.length >= limit) break;
  }
  return startAfter === undefined ? { rows } : { rows, cursor: writeCursor(startAfter) };
}

/** A query; where it begins behind a caller's cursor, a key that DynamoDB does not take is a cursor that is none. */
export async function queryBehind(
  isCursor: boolean,
  store: Pick<Store, 'query'>,
  request: QueryRequest,
): ReturnType<Store['query']> {
  try {
    return await store.query(request);
  } catch (thrown) {
    const isRefused = hasCode(thrown, 'INTERNAL') && thrown.details.name === 'ValidationException';
    if (!isCursor || !isRefused) throw thrown;
    throw new InvalidInput('page', [{ field: 'cursor', allowed: 'a cursor that an earlier page returned' }]);
  }
}

/** How many rows of a short list are read: what is behind them waits until some of these have left it. */
const maxListed = 10_000;

/** All rows of a list that is short by its nature, by id. */
export async function readList<T>(
  store: Store,
  request: Pick<QueryRequest, 'index' | 'key'>,
  toRow: (item: Item) => T,
): Promise<readonly T[]> {
  const rows: T[] = [];
  let startAfter: Item | undefined;
  do {
    const { items, last } = await store.query({ ...request, limit: 1000, startAfter });
    rows.push(...items.map(toRow));
    startAfter = last;
  } while (startAfter && rows.length < maxListed);
  return rows.slice(0, maxListed);
}
