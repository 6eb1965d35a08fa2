/** What was counted of each day of a plan: a partition a plan, a row a day, gone after 1,100 days. */
import type { Catalog } from '../../core/ports/catalog.ts';
import { checkDays, recordLimits } from '../../core/record-limits.ts';
import { all, between, equals } from './expression.ts';
import { removalOf, toDayRow } from './items.ts';
import { readList } from './paging.ts';
import type { Store } from './store.ts';
import { dayKey, daysPk } from './table.ts';

const daySeconds = 86_400;

export function dynamoDays(store: Store): Pick<Catalog, 'putDay' | 'listDays'> {
  return {
    async putDay({ planId, day, ...counts }) {
      checkDays(day, day);
      const { completed, failed, missed, sourceBytes, storedBytes, seconds, longestSeconds } = counts;
      const { verified, verifyFailed, proven, keptBytes } = counts;
      await store.overwrite(dayKey(planId, day), {
        // Named even when absent: what was counted before must not stay.
        set: {
          planId,
          day,
          completed,
          failed,
          missed,
          sourceBytes,
          storedBytes,
          seconds,
          longestSeconds,
          verified,
          verifyFailed,
          proven,
          keptBytes,
          removeAt: removalOf(day) + recordLimits.keptDays * daySeconds,
        },
      });
    },

    async listDays(planId, from, to) {
      checkDays(from, to);
      const key = all(equals('pk', daysPk(planId)), between('sk', from, to));
      return readList(store, { key }, toDayRow);
    },
  };
}
