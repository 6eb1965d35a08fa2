/**
 * Restore drills: a partition a plan, a row a drill, gone after 1,100 days. Nothing of a row ever changes, so all of it
 * stands in `origin`, which the index `timeline` has: a list over all plans needs no row of the table.
 */
import type { Catalog, DrillRow } from '../../core/ports/catalog.ts';
import { checkDrill, recordLimits } from '../../core/record-limits.ts';
import { type Asked, drillSpan, earliestMonth, type Order, type Span } from '../../core/timeline.ts';
import { all, between, equals } from './expression.ts';
import { instant, removalOf, toDrillRow } from './items.ts';
import { monthsOf, readListing, type Stretch } from './listing.ts';
import type { Store } from './store.ts';
import { drillKey, drillsPk } from './table.ts';
import { timelineAttributes } from './timeline-attributes.ts';

const daySeconds = 86_400;

export function dynamoDrills(store: Store, now: () => number): Pick<Catalog, 'saveDrill' | 'listDrills'> {
  return {
    async saveDrill(row) {
      checkDrill(row);
      const { planId, backupId, slot, status, level, seconds, counted, differences, detail, reportKey } = row;
      const at = instant(row.at);
      const origin: DrillRow = {
        ...{ planId, backupId, slot, at, status, level },
        ...{ seconds, counted, differences, detail, reportKey },
      };
      await store.overwrite(drillKey(planId, at, backupId), {
        set: {
          origin,
          ...timelineAttributes('DRILL', { at, planId, id: backupId }),
          removeAt: removalOf(at) + recordLimits.keptDays * daySeconds,
        },
      });
    },

    async listDrills(filter, options = {}) {
      const span = drillSpan(filter);
      const { planId, status } = filter;
      const order = options.order ?? 'desc';
      const asked: Asked = { list: 'DRILL', order, filter: { ...filter } };
      const months = monthsOf(asked, span, (place) => drillKey(place.planId, place.at, place.id), now());
      return readListing(
        store,
        {
          asked,
          stretches: planId === undefined ? months : () => [ofPlan(planId, order, span)],
          toRow: toDrillRow,
          isWanted: (row) => status === undefined || row.status === status,
          dense: status === undefined,
        },
        options,
      );
    },
  };
}

function ofPlan(planId: string, order: Order, { from = '', to }: Span): Stretch {
  return {
    begin: earliestMonth,
    request: {
      // `to` alone sorts before every key of that instant, `0` and `~` before and behind all of them.
      key: all(equals('pk', drillsPk(planId)), between('sk', from === '' ? '0' : from, to ?? '~')),
      newestFirst: order === 'desc',
    },
    startAfter: ({ at, id }) => ({ ...drillKey(planId, at, id) }),
  };
}
