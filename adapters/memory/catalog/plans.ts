/** Plans in memory. */
import { HoldfastError } from '../../../core/errors.ts';
import { parse } from '../../../core/parse.ts';
import { planSchema } from '../../../core/plan.ts';
import type { Catalog, PlanRow } from '../../../core/ports/catalog.ts';
import { byName, copy, instant, page, type Rows } from './rows.ts';

type Plans = Pick<
  Catalog,
  'getPlan' | 'listPlans' | 'putPlan' | 'deletePlan' | 'adoptPlan' | 'setPaused' | 'saveUsage' | 'saveProof'
>;

export function plansOf({ plans }: Rows): Plans {
  return {
    async getPlan(planId) {
      const row = plans.get(planId);
      return row && copy(row);
    },
    async listPlans({ deleted = false, ...options } = {}) {
      const listed = byName(plans).filter(([, row]) => (row.deleted !== undefined) === deleted);
      return page(listed, options);
    },
    async putPlan(plan, expectedRevision, by, now) {
      const stored = plans.get(plan.id);
      if ((stored?.revision ?? 0) !== expectedRevision) {
        throw new HoldfastError(
          'CONFLICT',
          `Plan ${plan.id} is at revision ${stored?.revision ?? 0}, not ${expectedRevision}`,
        );
      }
      const { deleted: _, ...before } = stored ?? {};
      const row: PlanRow = {
        ...before,
        plan: parse(planSchema, copy(plan), 'plan'),
        revision: expectedRevision + 1,
        createdAt: stored?.createdAt ?? now,
        updatedAt: now,
        updatedBy: by,
      };
      plans.set(plan.id, row);
      return copy(row);
    },
    async deletePlan(planId, expectedRevision, by, now) {
      const stored = plans.get(planId);
      if (!stored) throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`);
      if (stored.deleted) return copy(stored);
      if (stored.revision !== expectedRevision) {
        throw new HoldfastError(
          'CONFLICT',
          `Plan ${planId} is at revision ${stored.revision}, not ${expectedRevision}`,
        );
      }
      const at = instant(now);
      const changed = { deleted: { at, by }, revision: expectedRevision + 1, updatedAt: at, updatedBy: by };
      plans.set(planId, copy({ ...stored, ...changed }));
      return copy({ ...stored, ...changed });
    },
    async adoptPlan({ plan, createdAt, updatedAt, updatedBy }) {
      if (plans.has(plan.id)) return false;
      const row = {
        plan: parse(planSchema, copy(plan), 'plan'),
        revision: 1,
        createdAt,
        updatedAt,
        updatedBy,
      };
      plans.set(plan.id, row);
      return true;
    },
    async setPaused(planId, pause) {
      const stored = plans.get(planId);
      if (!stored || stored.deleted) throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`);
      const row = copy({ ...stored, paused: pause && { ...pause, at: instant(pause.at) } });
      plans.set(planId, row);
      return copy(row);
    },
    async saveUsage(planId, usage) {
      const stored = plans.get(planId);
      if (!stored) return;
      plans.set(planId, copy({ ...stored, usage: { ...usage, countedAt: instant(usage.countedAt) } }));
    },
    async saveProof(planId, proof) {
      const stored = plans.get(planId);
      if (stored) plans.set(planId, copy({ ...stored, proof }));
    },
  };
}
