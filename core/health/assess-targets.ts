/** What a plan promises in time (`targets`) and does not keep, though nothing failed. Pure; a plan that rests promises nothing. */
import type { Condition } from '../alerts.ts';
import { intervalSeconds } from '../schedule.ts';
import { recoveryTimeSeconds } from '../targets.ts';
import type { PlanFacts } from './facts.ts';
import { isResting } from './rest.ts';
import { span } from './words.ts';

const minuteMs = 60_000;

/** `told`: that a run failed or was missed, which is why the point is old. */
export function targetsMissed(
  facts: PlanFacts,
  { now, allPaused }: { readonly now: Date; readonly allPaused: boolean },
  told: boolean,
): Condition[] {
  if (facts.row.plan.targets === undefined || isResting(facts.row, allPaused)) return [];
  return [...(told ? [] : pointLate(facts, now)), ...timeLong(facts)];
}

function pointLate({ row, lastGood }: PlanFacts, now: Date): Condition[] {
  const { id, targets, schedule } = row.plan;
  const { recoveryPointMinutes: minutes } = targets ?? {};
  const covered = lastGood?.slot ?? row.createdAt;
  if (minutes === undefined || now.getTime() - Date.parse(covered) <= minutes * minuteMs) return [];
  const age = span(now.getTime() - Date.parse(covered));
  const interval = intervalSeconds(schedule) * 1000;
  const never =
    interval >= minutes * minuteMs ? `; its schedule lets ${span(interval)} pass between two runs` : '';
  return [
    {
      id: `recovery-point-late/${id}`,
      kind: 'recovery-point-late',
      severity: 'warning',
      planId: id,
      ...(lastGood && { backupId: lastGood.backupId }),
      why: `${lastGood ? `the newest good backup is ${age} old` : `there is no good backup, ${age} after the plan was made`}; the target is ${span(minutes * minuteMs)}${never}`,
      next: `Make one now: holdfast backup ${id}. If that happens often, have it run more often, or change targets.recoveryPointMinutes.`,
      since: new Date(Date.parse(covered) + minutes * minuteMs).toISOString(),
    },
  ];
}

function timeLong({ row, lastDrilled }: PlanFacts): Condition[] {
  const { plan } = row;
  const target = recoveryTimeSeconds(plan);
  const { verification, backupId } = lastDrilled ?? {};
  const { seconds } = verification ?? {};
  if (target === undefined || !verification || seconds === undefined || seconds <= target) return [];
  return [
    {
      id: `recovery-time-long/${plan.id}`,
      kind: 'recovery-time-long',
      severity: 'warning',
      planId: plan.id,
      backupId,
      why: `the last restore drill took ${span(seconds * 1000)} (${Math.round(seconds)} s); the target is ${span(target * 1000)}`,
      next: `Give the verify function more memory (verify.memorySizeMiB), split the plan, or change targets.recoveryTimeMinutes. How it went: holdfast drills ${plan.id}.`,
      since: verification.verifiedAt,
    },
  ];
}
