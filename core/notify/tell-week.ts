/** On Mondays: to each who asked for it one notice of how the week of all its plans went. */
import { eachAtATime } from '../at-a-time.ts';
import { HoldfastError } from '../errors.ts';
import type { Plan } from '../plan.ts';
import { type NotifyDeps, reasonFor } from './context.ts';
import { deliver } from './deliver.ts';
import { goodNewsRecipients, shortHash } from './recipients.ts';
import { type PlanWeek, planWeek, weekBefore } from './summary.ts';
import { summaryNotice } from './summary-notice.ts';
import { countsOf, type Told } from './tell-alert.ts';
import { tellUndelivered } from './undelivered.ts';

const plansAtATime = 8;
/** What the design is made for; more than that is no list any more. */
const mostPlans = 10_000;
/** Left for sending, seconds. */
const leastSeconds = 60;

/**
 * `scheduledAt` names the week: a repeated event tells nobody twice. Throws what the catalog throws, and DEADLINE when
 * there are more plans than fit into the time; a repeated call goes on with those who were not told.
 */
export async function tellWeek(
  scheduledAt: Date,
  invocation: { readonly requestId: string; readonly secondsLeft: () => number },
  deps: NotifyDeps,
): Promise<Told & { readonly plans: number }> {
  const week = weekBefore(scheduledAt);
  const now = deps.clock.now();
  const plans: Plan[] = [];
  const weeks = new Map<string, PlanWeek>();
  let cursor: string | undefined;
  do {
    const page = await deps.catalog.listPlans({ limit: 1000, ...(cursor !== undefined && { cursor }) });
    const asked = page.rows.filter(({ plan, deleted }) => plan.notifications.weeklySummary && !deleted);
    await eachAtATime(asked, plansAtATime, async (row) => {
      if (invocation.secondsLeft() < leastSeconds) {
        throw new HoldfastError('DEADLINE', `the weekly summary got no further than ${weeks.size} plans`, {
          next: 'Raise the memory of the notify function: it brings processor time.',
        });
      }
      weeks.set(row.plan.id, await planWeek(row, week, now, deps.catalog));
      plans.push(row.plan);
    });
    cursor = page.cursor;
  } while (cursor !== undefined && plans.length < mostPlans);
  const key = `week ${week.from}`;
  const tellings = goodNewsRecipients(plans).map((target) => ({
    target,
    notice: summaryNotice(
      target.planIds.flatMap((planId) => weeks.get(planId) ?? []),
      {
        id: shortHash(`${key} ${target.id}`),
        week,
        reason: reasonFor(target),
        stackName: deps.stackName,
        ...(deps.consoleUrl !== undefined && { consoleUrl: deps.consoleUrl }),
        at: now.toISOString(),
      },
    ),
  }));
  const outcomes = await deliver(tellings, { key, requestId: invocation.requestId }, deps);
  await tellUndelivered(tellings, outcomes, deps);
  return { plans: plans.length, ...countsOf(outcomes), heldBack: 0 };
}
