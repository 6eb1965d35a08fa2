/** One EventBridge schedule a plan. Contract: put is idempotent; what get returns is what was put. */
import type { Plan } from '../plan.ts';

export interface ScheduleState {
  /** AWS form: `cron(0 2 * * ? *)` or `rate(1 hour)`. */
  readonly expression: string;
  readonly timeZone: string;
  readonly enabled: boolean;
}

export interface PlanScheduler {
  /**
   * Creates or changes the schedule of the plan so that it fires the backup function with `{ task: 'backup', planId,
   * scheduledTime }`. A rate counts from `anchor`, when the plan was made (ISO 8601), however often it is changed.
   */
  put(plan: Plan, anchor?: string): Promise<ScheduleState>;
  get(planId: string): Promise<ScheduleState | undefined>;
  /** All schedules of the group, by plan id, without their expressions: one call for a hundred of them. */
  list(): AsyncIterable<{ readonly planId: string; readonly enabled: boolean }>;
  /** Nothing happens when there is none. */
  remove(planId: string): Promise<void>;
}
