/** What applying a plan would change, as lines for a person. */
import { type PlanChange, scheduleText } from '../core/control/plan-change.ts';

export {
  type FieldChange,
  fieldChanges,
  type PlanChange,
  planChange,
  scheduleDiffers,
  scheduleText,
  wantedSchedule,
} from '../core/control/plan-change.ts';

/** The change as lines for a person: `~ plan-id`, then a line for each field. */
export function describeChange(change: PlanChange): readonly string[] {
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
