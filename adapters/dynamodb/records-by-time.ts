/**
 * Restores and alerts by time. The index `timeline` has what a list of backups shows; of these two it gives the order,
 * the plan and the status, and the rows, which are few and small, are fetched by their keys.
 */
import type { Catalog, Page, TimelineOptions } from '../../core/ports/catalog.ts';
import { type Asked, placeOf } from '../../core/timeline.ts';
import { toAlertRow, toRestoreRow } from './items.ts';
import { monthsOf, readListing } from './listing.ts';
import type { Item, Store } from './store.ts';
import { alertKey, type Key, restoreKey } from './table.ts';

/** Rows fetched at a time after the index gave their keys. */
const fetchAtOnce = 10;

interface Request {
  readonly list: 'RESTORE' | 'ALERT';
  readonly filter: { readonly planId?: string; readonly status?: string };
  readonly options: TimelineOptions;
  readonly keyOf: (id: string) => Key;
}

export function dynamoRecordsByTime(
  store: Store,
  now: () => number,
): Pick<Catalog, 'listRestores' | 'listAlerts'> {
  /** Items of the page, whole: those that still stand where the index said. */
  const read = async ({ list, filter, options, keyOf }: Request): Promise<Page<Item>> => {
    const { planId, status } = filter;
    const asked: Asked = { list, order: options.order ?? 'desc', filter: { planId, status } };
    const isWanted = (item: Item) =>
      (planId === undefined || placeOf(String(item.timelineAt))?.planId === planId) &&
      (status === undefined || item.status === status);
    const { rows, ...page } = await readListing<Item>(
      store,
      {
        asked,
        stretches: monthsOf(asked, {}, ({ id }) => keyOf(id), now()),
        toRow: (item) => item,
        isWanted,
        dense: planId === undefined && status === undefined,
      },
      options,
    );
    const whole: Item[] = [];
    for (let from = 0; from < rows.length; from += fetchAtOnce) {
      const listed = rows.slice(from, from + fetchAtOnce);
      const found = await Promise.all(
        listed.map(({ pk, sk }) => store.get({ pk: String(pk), sk: String(sk) })),
      );
      // The index runs a little behind the table: what has moved meanwhile is given at its new place.
      for (const [number, item] of found.entries()) {
        if (item && item.timelineAt === listed[number]?.timelineAt && isWanted(item)) whole.push(item);
      }
    }
    return { rows: whole, ...page };
  };

  return {
    async listRestores(filter, options = {}) {
      const { rows, ...page } = await read({ list: 'RESTORE', filter, options, keyOf: restoreKey });
      return { rows: rows.map(toRestoreRow), ...page };
    },
    async listAlerts(filter, options = {}) {
      const { planId } = filter;
      const narrowed = planId === undefined ? {} : { planId };
      const { rows, ...page } = await read({ list: 'ALERT', filter: narrowed, options, keyOf: alertKey });
      return { rows: rows.map(toAlertRow), ...page };
    },
  };
}
