/** Backups of all plans by slot, from the index `timeline`; those of one plan from its own partition. */
import { compactTime } from '../../core/format/layout.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import {
  type Asked,
  asListed,
  earliestMonth,
  isWanted,
  type Order,
  type Span,
  spanOf,
} from '../../core/timeline.ts';
import { all, between, equals } from './expression.ts';
import { toBackupRow, toListedBackup } from './items.ts';
import { monthsOf, readListing, type Stretch } from './listing.ts';
import type { Store } from './store.ts';
import { backupKey, backupSkPrefix, lastBackupSk, originColumns, planPk, timelineColumns } from './table.ts';

export function dynamoTimeline(store: Store, now: () => number): Pick<Catalog, 'listTimeline'> {
  return {
    async listTimeline(filter, options = {}) {
      const span = spanOf(filter);
      const { planId, from: _from, to: _to, ...narrowing } = filter;
      const order = options.order ?? 'desc';
      const asked: Asked = { list: 'BACKUP', order, filter: { ...filter } };
      const common = {
        asked,
        isWanted: isWanted(filter, span),
        dense: Object.values(narrowing).every((value) => value === undefined),
      };
      if (planId !== undefined) {
        return readListing(
          store,
          {
            ...common,
            stretches: () => [ofPlan(planId, order, span)],
            toRow: (item) => asListed(toBackupRow(item)),
          },
          options,
        );
      }
      const months = monthsOf(asked, span, (place) => backupKey(place.planId, place.id), now());
      return readListing(store, { ...common, stretches: months, toRow: toListedBackup }, options);
    },
  };
}

/** What a list shows of a row, where it lies by itself. */
const listedColumns = [
  'pk',
  'sk',
  'timelineAt',
  'planId',
  'backupId',
  ...originColumns,
  ...timelineColumns.filter((column) => column !== 'origin'),
];

/** To the second, as ids are: what is beside the span in it is passed over. */
function ofPlan(planId: string, order: Order, { from, to }: Span): Stretch {
  const first = from === undefined ? backupSkPrefix : `${backupSkPrefix}${compactTime(from)}`;
  const last = to === undefined ? lastBackupSk : `${backupSkPrefix}${compactTime(to)}~`;
  return {
    begin: earliestMonth,
    request: {
      key: all(equals('pk', planPk(planId)), between('sk', first, last)),
      columns: listedColumns,
      newestFirst: order === 'desc',
    },
    startAfter: ({ id }) => ({ ...backupKey(planId, id) }),
  };
}
