/** What `plan test` needs besides what a backup does: a look at schedules, and somebody who tells. */
import { lambdaCaller } from '../adapters/lambda/caller.ts';
import { scheduleReader } from '../adapters/scheduler/scheduler.ts';
import type { PlanTestDeps } from '../core/plan-test/run.ts';
import type { Wiring } from './wiring.ts';

/** Without what the stack does not have. */
export function wirePlanTest({
  environment,
  openFurther,
}: Wiring): Pick<PlanTestDeps, 'scheduler' | 'caller' | 'openFurther'> {
  const { HOLDFAST_SCHEDULE_GROUP: groupName, HOLDFAST_NOTIFY_FUNCTION: notify } = environment;
  return {
    openFurther,
    ...(groupName !== undefined && { scheduler: scheduleReader({ groupName }) }),
    ...(notify !== undefined && { caller: lambdaCaller({ functions: { notify } }) }),
  };
}
