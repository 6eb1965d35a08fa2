/** `holdfast plan show PLAN`: the plan as YAML that can be applied again, with what else is known as comments. */
import { stringify } from 'yaml';
import { findPlan } from '../api/lookup.ts';
import type { Cli } from '../context.ts';
import { scheduleText } from '../plan-diff.ts';
import { printable } from '../table.ts';
import { formatAge, formatTime } from '../units.ts';

export async function planShow(cli: Cli, planId: string): Promise<void> {
  const row = await findPlan(await cli.api(), planId);
  cli.out.result(row, () => {
    const { revision, updatedAt, updatedBy, schedule, nextRuns, paused } = row;
    const comments = [
      `# revision ${revision}, ${formatTime(updatedAt)} by ${updatedBy}`,
      `# schedule: ${scheduleText(schedule)}`,
      paused && `# PAUSED since ${formatTime(paused.at)} by ${paused.by}: ${paused.reason}`,
      `# next runs: ${nextRuns.length > 0 ? nextRuns.slice(0, 3).map(formatTime).join(', ') : `none, the plan is ${paused ? 'paused' : 'off'}`}`,
    ].filter((line) => line !== undefined);
    return printable(`${comments.join('\n')}\n${stringify(row.plan).trimEnd()}`);
  });
}

/** `holdfast plan next PLAN`. */
export async function planNext(cli: Cli, planId: string): Promise<void> {
  const { plan, schedule, nextRuns, paused } = await findPlan(await cli.api(), planId);
  const now = cli.clock.now();
  cli.out.result({ planId: plan.id, schedule, nextRuns, paused: paused ?? null }, () =>
    printable(
      nextRuns.length > 0
        ? [
            `${plan.id}: ${scheduleText(schedule)}`,
            ...nextRuns.map((at) => `  ${formatTime(at)}  (${formatAge(at, now)})`),
          ].join('\n')
        : `${plan.id} does not run by itself: it is ${paused ? `paused (${paused.reason})` : 'off'}.`,
    ),
  );
}
