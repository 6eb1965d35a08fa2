/** What a plan promises in time, by what it says or else by its schedule. */
import type { Plan } from './plan.ts';
import { intervalSeconds } from './schedule.ts';

/** How old the newest good backup may get, by its slot: what the plan says, or its interval and grace. */
export function recoveryPointSeconds({
  targets,
  schedule,
  graceMinutes,
}: Pick<Plan, 'targets' | 'schedule' | 'graceMinutes'>): number {
  const { recoveryPointMinutes } = targets ?? {};
  return recoveryPointMinutes === undefined
    ? intervalSeconds(schedule) + graceMinutes * 60
    : recoveryPointMinutes * 60;
}

/** How long a restore drill may take; undefined: the plan says nothing about it. */
export function recoveryTimeSeconds({ targets }: Pick<Plan, 'targets'>): number | undefined {
  return targets?.recoveryTimeMinutes === undefined ? undefined : targets.recoveryTimeMinutes * 60;
}
