/** Plans: one row each, replaced only by whoever has seen the revision that is there. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { HoldfastError } from '../../core/errors.ts';
import type { Catalog, PlanRow } from '../../core/ports/catalog.ts';
import { absent, all, equals, exists } from './expression.ts';
import { instant, toPlanRow } from './items.ts';
import { readPage } from './paging.ts';
import type { Store } from './store.ts';
import { indexes, listNames, planKey } from './table.ts';

type Plans = Pick<
  Catalog,
  'getPlan' | 'listPlans' | 'putPlan' | 'deletePlan' | 'adoptPlan' | 'setPaused' | 'saveUsage' | 'saveProof'
>;

const listed = { listName: listNames.plans };

export function dynamoPlans(store: Store): Plans {
  return {
    async getPlan(planId) {
      const item = await store.get(planKey(planId));
      return item && toPlanRow(item);
    },

    listPlans({ deleted = false, ...options } = {}) {
      const listName = deleted ? listNames.deletedPlans : listNames.plans;
      const request = { index: indexes.lists, key: equals('listName', listName) };
      return readPage(store, request, options, { listName }, toPlanRow);
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
        { set: { ...changed, ...listed }, setOnce: { createdAt }, remove: ['deleted'] },
        expectedRevision === 0 ? absent('pk') : equals('revision', expectedRevision),
      );
      if ('row' in written) return toPlanRow(written.row);
      const stored = written.refused && toPlanRow(written.refused);
      // The reply to our own write was lost and the SDK sent it again.
      if (stored && isDeepStrictEqual(asPut(stored, createdAt), wanted)) return stored;
      throw otherRevision(plan.id, stored?.revision ?? 0, expectedRevision);
    },

    async deletePlan(planId, expectedRevision, by, now) {
      const at = instant(now);
      const written = await store.update(
        planKey(planId),
        {
          set: {
            deleted: { at, by },
            revision: expectedRevision + 1,
            updatedAt: at,
            updatedBy: by,
            listName: listNames.deletedPlans,
          },
        },
        all(equals('revision', expectedRevision), absent('deleted')),
      );
      if ('row' in written) return toPlanRow(written.row);
      if (!written.refused) throw noPlan(planId);
      const stored = toPlanRow(written.refused);
      // Also our own write, whose reply was lost and which the SDK sent again.
      if (stored.deleted) return stored;
      throw otherRevision(planId, stored.revision, expectedRevision);
    },

    async adoptPlan({ plan, createdAt, updatedAt, updatedBy }) {
      // Tells our own write from another's when its reply was lost and the SDK sent it again.
      const adoptToken = randomUUID();
      const written = await store.update(
        planKey(plan.id),
        { set: { plan, revision: 1, createdAt, updatedAt, updatedBy, ...listed, adoptToken } },
        absent('pk'),
      );
      return 'row' in written || written.refused?.adoptToken === adoptToken;
    },

    async setPaused(planId, pause) {
      const written = await store.update(
        planKey(planId),
        { set: { paused: pause && { ...pause, at: instant(pause.at) } } },
        all(exists('pk'), absent('deleted')),
      );
      if ('row' in written) return toPlanRow(written.row);
      throw noPlan(planId);
    },

    async saveUsage(planId, usage) {
      await store.updateSilently(
        planKey(planId),
        { set: { usage: { ...usage, countedAt: instant(usage.countedAt) } } },
        exists('pk'),
      );
    },

    // Verify's own: it may name no attribute but `verificationAttributes` (table.ts), nor ask for the row.
    async saveProof(planId, proof) {
      await store.updateSilently(planKey(planId), { set: { proof } }, exists('pk'));
    },
  };
}

function noPlan(planId: string): HoldfastError {
  return new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`);
}

function otherRevision(planId: string, revision: number, expectedRevision: number): HoldfastError {
  return new HoldfastError('CONFLICT', `Plan ${planId} is at revision ${revision}, not ${expectedRevision}`, {
    details: { planId, revision, expectedRevision },
  });
}

/** What of a row putPlan wrote. */
function asPut({ paused: _, usage: __, proof: ___, ...row }: PlanRow, createdAt: string): PlanRow {
  return { ...row, createdAt };
}
