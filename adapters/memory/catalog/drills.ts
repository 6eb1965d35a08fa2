/** Restore drills in memory, by when they ended. */
import type { Catalog } from '../../../core/ports/catalog.ts';
import { checkDrill } from '../../../core/record-limits.ts';
import { drillSpan, positionOf } from '../../../core/timeline.ts';
import { copy, instant, type Rows } from './rows.ts';
import { pageByTime } from './timeline.ts';

export function drillsOf({ drills }: Pick<Rows, 'drills'>): Pick<Catalog, 'saveDrill' | 'listDrills'> {
  return {
    async saveDrill(row) {
      checkDrill(row);
      const at = instant(row.at);
      drills.set(`${row.planId}/${at}#${row.backupId}`, copy({ ...row, at }));
    },
    async listDrills(filter, options = {}) {
      const { from = '', to = '~' } = drillSpan(filter);
      const { planId, status } = filter;
      const placed = [...drills.values()]
        .filter((row) => planId === undefined || row.planId === planId)
        .filter((row) => status === undefined || row.status === status)
        .filter(({ at }) => at >= from && at < to)
        .map((row) => [positionOf({ at: row.at, planId: row.planId, id: row.backupId }), row] as const);
      const asked = { list: 'DRILL', order: options.order ?? 'desc', filter: { ...filter } } as const;
      return pageByTime(asked, placed, options);
    },
  };
}
