/** `holdfast plan show PLAN`: the plan as YAML that can be applied again, with what else is known as comments. */
import { stringify } from 'yaml';
import { nextRuns } from '../../core/schedule.ts';
import type { Cli } from '../context.ts';
import { findPlan } from '../lookup.ts';
import { scheduleDiffers, scheduleText, wantedSchedule } from '../plan-diff.ts';
import { printable } from '../table.ts';
import { formatTime } from '../units.ts';

export async function planShow(cli: Cli, planId: string): Promise<void> {
  const { catalog, scheduler } = await cli.connect();
  const row = await findPlan(catalog, planId);
  const schedule = await scheduler.get(row.plan.id);
  const next = row.plan.enabled ? nextRuns(row.plan.schedule, cli.clock.now(), 3, row.createdAt) : [];
  cli.out.result({ ...row, schedule, nextRuns: next }, () => {
    const comments = [
      `# revision ${row.revision}, ${formatTime(row.updatedAt)} by ${row.updatedBy}`,
      `# schedule: ${schedule ? scheduleText(schedule) : 'MISSING, apply the plan again'}`,
      schedule && scheduleDiffers(wantedSchedule(row.plan), schedule)
        ? `# the plan says: ${scheduleText(wantedSchedule(row.plan))}; apply it again`
        : undefined,
      `# next runs: ${next.length > 0 ? next.map(formatTime).join(', ') : 'none, the plan is off'}`,
    ].filter((line) => line !== undefined);
    return printable(`${comments.join('\n')}\n${stringify(row.plan).trimEnd()}`);
  });
}
