/** Lists over all plans by time, in memory: backups by slot, restores and alerts by when they began. */
import { InvalidInput } from '../../../core/errors.ts';
import type { Catalog, Page, TimelineOptions } from '../../../core/ports/catalog.ts';
import {
  type Asked,
  asListed,
  isWanted,
  positionOf,
  readCursor,
  spanOf,
  writeCursor,
} from '../../../core/timeline.ts';
import { byName, copy, type Rows } from './rows.ts';

export function timelineOf({
  backups,
  restores,
  alerts,
}: Rows): Pick<Catalog, 'listTimeline' | 'listRestores' | 'listAlerts'> {
  return {
    async listTimeline(filter, options = {}) {
      const wanted = isWanted(filter, spanOf(filter));
      const listed = [...backups.values()].filter(({ row }) => wanted(row));
      const placed = listed.map(({ row }) => {
        const { slot: at, planId, backupId: id } = row;
        return [positionOf({ at, planId, id }), asListed(row)] as const;
      });
      return pageByTime(
        { list: 'BACKUP', order: options.order ?? 'desc', filter: { ...filter } },
        placed,
        options,
      );
    },
    async listRestores({ planId, status }, options = {}) {
      const placed = [...restores.values()]
        .filter((row) => planId === undefined || row.planId === planId)
        .filter((row) => status === undefined || row.status === status)
        .map((row) => {
          const { createdAt: at, restoreId: id } = row;
          return [positionOf({ at, planId: row.planId, id }), row] as const;
        });
      const filter = { planId, status };
      return pageByTime({ list: 'RESTORE', order: options.order ?? 'desc', filter }, placed, options);
    },
    async listAlerts({ planId }, options = {}) {
      const placed = [...alerts.values()]
        .filter((row) => planId === undefined || row.planId === planId)
        .map((row) => {
          const { since: at, conditionId: id } = row;
          return [positionOf({ at, planId: row.planId ?? '', id }), row] as const;
        });
      return pageByTime(
        { list: 'ALERT', order: options.order ?? 'desc', filter: { planId } },
        placed,
        options,
      );
    },
  };
}

/** A page of rows with their positions. */
export function pageByTime<T>(
  asked: Asked,
  placed: readonly (readonly [string, T])[],
  { limit = 100, cursor }: TimelineOptions,
): Page<T> {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 1000)) {
    throw new InvalidInput('page', [
      { field: 'limit', value: String(limit), allowed: 'a whole number from 1 to 1000' },
    ]);
  }
  const last = cursor === undefined ? undefined : readCursor(asked, cursor);
  const ordered = asked.order === 'asc' ? byName(placed) : byName(placed).reverse();
  const rest = ordered.filter(
    ([position]) => last === undefined || (asked.order === 'asc' ? position > last : position < last),
  );
  const end = rest[limit - 1]?.[0];
  return {
    rows: rest.slice(0, limit).map(([, row]) => copy(row)),
    ...(end !== undefined && rest.length > limit && { cursor: writeCursor(asked, end) }),
  };
}
