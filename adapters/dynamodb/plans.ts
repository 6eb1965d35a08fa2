/** Plans: one row each, replaced only by whoever has seen the revision that is there. */
import { isDeepStrictEqual } from 'node:util';
import { HoldfastError } from '../../core/errors.ts';
import type { Catalog, PlanRow } from '../../core/ports/catalog.ts';
import { absent, equals } from './expression.ts';
import { toPlanRow } from './items.ts';
import { readPage } from './paging.ts';
import type { Store } from './store.ts';
import { indexes, planKey, planListMark } from './table.ts';

export function dynamoPlans(store: Store): Pick<Catalog, 'getPlan' | 'listPlans' | 'putPlan'> {
  return {
    async getPlan(planId) {
      const item = await store.get(planKey(planId));
      return item && toPlanRow(item);
    },

    listPlans(options = {}) {
      const planList = { planList: planListMark };
      return readPage(
        store,
        { index: indexes.plans, key: equals('planList', planListMark) },
        options,
        planList,
        toPlanRow,
      );
    },

    async putPlan(plan, expectedRevision, by, now) {
      const wanted: PlanRow = {
        plan,
        revision: expectedRevision + 1,
        createdAt: now,
        updatedAt: now,
        updatedBy: by,
      };
      const { createdAt, ...changed } = wanted;
      const written = await store.update(
        planKey(plan.id),
        { set: { ...changed, planList: planListMark }, setOnce: { createdAt } },
        expectedRevision === 0 ? absent('pk') : equals('revision', expectedRevision),
      );
      if ('row' in written) return toPlanRow(written.row);
      const stored = written.refused && toPlanRow(written.refused);
      // The reply to our own write was lost and the SDK sent it again.
      if (stored && isDeepStrictEqual({ ...stored, createdAt }, wanted)) return stored;
      throw new HoldfastError(
        'CONFLICT',
        `Plan ${plan.id} is at revision ${stored?.revision ?? 0}, not ${expectedRevision}`,
        { details: { planId: plan.id, revision: stored?.revision ?? 0, expectedRevision } },
      );
    },
  };
}
