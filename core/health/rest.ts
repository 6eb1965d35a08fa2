/** Plans from which nobody expects new backups, because they are paused or off; and how long that may go on. Pure. */
import type { Condition } from '../alerts.ts';
import type { PlanRow } from '../ports/catalog.ts';
import { intervalSeconds } from '../schedule.ts';
import type { PlanFacts } from './facts.ts';
import { longPauseMs } from './settings.ts';

/** Nobody expects new backups of it. */
export function isResting({ plan, paused }: PlanRow, allPaused: boolean): boolean {
  return !plan.enabled || paused !== undefined || allPaused;
}

/** About making and proving backups: while a plan rests, the pause's own reminder is enough. */
const aboutRuns = new Set<Condition['kind']>([
  'backup-failed',
  'run-stuck',
  'verification-failed',
  'verification-error',
  'verification-overdue',
]);

export function withoutReminders(condition: Condition): Condition {
  return aboutRuns.has(condition.kind) ? { ...condition, once: true } : condition;
}

/** What would be lost now is more than the plan promises, paused or not. A plan that is off promises nothing. */
export function isOverdue({ row, lastGood }: Pick<PlanFacts, 'row' | 'lastGood'>, now: Date): boolean {
  const { plan, createdAt } = row;
  const allowedMs = intervalSeconds(plan.schedule) * 1000 + plan.graceMinutes * 60_000;
  return plan.enabled && now.getTime() - Date.parse(lastGood?.slot ?? createdAt) > allowedMs;
}

/** Longer than anybody means to. */
export function isLongPause({ at }: { readonly at: string }, now: Date): boolean {
  return now.getTime() - Date.parse(at) > longPauseMs;
}
