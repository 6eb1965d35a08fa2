/** What applying a plan would change, as lines for a person. */
import { scheduleText } from '../core/control/plan-change.ts';
import type { PlanPreview } from './api/rows.ts';

export { scheduleDiffers, scheduleText, wantedSchedule } from '../core/control/plan-change.ts';

/** `~ plan-id`, then a line for each field. */
export function describeChange(change: PlanPreview): readonly string[] {
  const { plan, action, revision, fields, schedule } = change;
  const heads = {
    create: `+ ${plan.id}: new plan with ${plan.sources.map(({ name }) => name).join(', ')}`,
    change: `~ ${plan.id}: revision ${revision} → ${revision + 1}`,
    unchanged: `= ${plan.id}: unchanged`,
  };
  const lines = [heads[action]];
  for (const { field, before, after } of fields)
    lines.push(`    ${field}: ${before ?? '(none)'} → ${after ?? '(none)'}`);
  if (schedule.differs) {
    const before = schedule.found ? scheduleText(schedule.found) : '(none)';
    lines.push(`    its schedule: ${before} → ${scheduleText(schedule.wanted)}`);
  }
  return lines;
}
