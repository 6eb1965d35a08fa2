/** Schedules in memory, under the contract of the real ones (test/contract/scheduler.ts). */
import type { PlanScheduler, ScheduleState } from '../../core/ports/scheduler.ts';
import { awsExpression } from '../../core/schedule.ts';

export function memoryScheduler(): PlanScheduler {
  const schedules = new Map<string, ScheduleState>();
  return {
    async put(plan) {
      const state = { ...awsExpression(plan.schedule), enabled: plan.enabled };
      schedules.set(plan.id, state);
      return state;
    },
    async get(planId) {
      return schedules.get(planId);
    },
    async *list() {
      for (const [planId, { enabled }] of [...schedules].sort()) yield { planId, enabled };
    },
    async remove(planId) {
      schedules.delete(planId);
    },
  };
}
