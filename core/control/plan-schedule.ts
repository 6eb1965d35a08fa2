/**
 * Makes the schedule of a plan what its row says, whoever changed either of them: the row is read before and after, so
 * that of two people who change a plan at once the last row wins, and a plan that goes takes its schedule with it.
 */
import type { Catalog, PlanRow } from '../ports/catalog.ts';
import type { PlanScheduler } from '../ports/scheduler.ts';

export interface PlanScheduleDeps {
  readonly catalog: Pick<Catalog, 'getPlan'>;
  readonly scheduler: Pick<PlanScheduler, 'put' | 'remove'>;
}

/** Rows that changed under it; the next round of watch looks again. */
const mostTries = 5;

/** `put`, or `removed` where the plan is deleted or was never there. Safe to repeat. */
export async function reconcileSchedule(
  { catalog, scheduler }: PlanScheduleDeps,
  planId: string,
): Promise<'put' | 'removed'> {
  let row = await catalog.getPlan(planId);
  for (let tries = 1; ; tries += 1) {
    const wanted = isPlan(row) ? row : undefined;
    if (wanted) await scheduler.put(wanted.plan, wanted.createdAt);
    else await scheduler.remove(planId);
    const after = await catalog.getPlan(planId);
    if (after?.revision === row?.revision || tries >= mostTries) return wanted ? 'put' : 'removed';
    row = after;
  }
}

export function isPlan(row: PlanRow | undefined): row is PlanRow & { readonly deleted?: never } {
  return row !== undefined && row.deleted === undefined;
}
