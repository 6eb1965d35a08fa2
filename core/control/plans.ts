/**
 * Plans at run time. The row of the catalog is what a plan is; its schedule follows. A crash between the two leaves a
 * schedule that differs from its row, which a repetition of the change mends, and otherwise watch (core/health/schedules.ts).
 * Promises: no change is lost to another editor, and each can be repeated.
 */
import { isDeepStrictEqual } from 'node:util';
import { asHoldfastError, HoldfastError, hasCode } from '../errors.ts';
import type { Plan } from '../plan.ts';
import type { Catalog, PlanRow } from '../ports/catalog.ts';
import type { Clock } from '../ports/index.ts';
import type { PlanScheduler } from '../ports/scheduler.ts';
import { nextRuns } from '../schedule.ts';
import { type PlanChange, planChange } from './plan-change.ts';
import { isPlan, reconcileSchedule } from './plan-schedule.ts';

export interface PlansDeps {
  readonly catalog: Pick<Catalog, 'getPlan' | 'putPlan' | 'deletePlan'>;
  readonly scheduler: PlanScheduler;
  readonly clock: Clock;
}

/** The name of who asks. */
type By = string;

/** PLAN_NOT_FOUND for one that was deleted, too. */
export async function knownPlan(catalog: Pick<Catalog, 'getPlan'>, planId: string): Promise<PlanRow> {
  const row = await catalog.getPlan(planId);
  if (isPlan(row)) return row;
  throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`, { details: { planId } });
}

/**
 * CONFLICT when there is a plan of that id. The same plan by the same person again is taken for a repetition: its
 * schedule is made, nothing else changes. One that was deleted becomes a plan again, with the backups it has.
 */
export async function createPlan(deps: PlansDeps, plan: Plan, by: By): Promise<PlanRow> {
  const there = await deps.catalog.getPlan(plan.id);
  if (isPlan(there)) {
    const isRepeated = there.updatedBy === by && isDeepStrictEqual(there.plan, plan);
    if (!isRepeated) throw exists(plan.id, there.revision);
    return scheduled(deps, there);
  }
  return saved(deps, plan, there?.revision ?? 0, by, () => exists(plan.id));
}

function exists(planId: string, revision?: number): HoldfastError {
  return new HoldfastError(
    'CONFLICT',
    `There is a plan ${planId} already${revision ? `, at revision ${revision}` : ''}`,
    {
      details: { planId },
      next: 'Choose another id, or change that plan: PUT with its ETag (holdfast plan apply).',
    },
  );
}

/** PRECONDITION_FAILED unless the plan is at that revision. What changes nothing makes no revision, and mends the schedule. */
export async function replacePlan(deps: PlansDeps, plan: Plan, revision: number, by: By): Promise<PlanRow> {
  const there = await knownPlan(deps.catalog, plan.id);
  if (there.revision !== revision) throw changed(plan.id, there.revision, revision);
  if (isDeepStrictEqual(there.plan, plan)) return scheduled(deps, there);
  return saved(deps, plan, revision, by, () => changed(plan.id, undefined, revision));
}

function changed(planId: string, now: number | undefined, meant: number): HoldfastError {
  const is = now === undefined ? 'was changed meanwhile' : `is at revision ${now}`;
  return new HoldfastError('PRECONDITION_FAILED', `Plan ${planId} ${is}, and not at ${meant} any more`, {
    details: { planId },
  });
}

const mostTries = 5;

/** Whatever revision it is at: that alone is changed. */
export async function setPlanEnabled(
  deps: PlansDeps,
  planId: string,
  enabled: boolean,
  by: By,
): Promise<PlanRow> {
  for (let tries = 1; ; tries += 1) {
    const row = await knownPlan(deps.catalog, planId);
    if (row.plan.enabled === enabled) return scheduled(deps, row);
    try {
      const now = deps.clock.now().toISOString();
      const after = await deps.catalog.putPlan({ ...row.plan, enabled }, row.revision, by, now);
      return await scheduled(deps, after);
    } catch (thrown) {
      if (!hasCode(thrown, 'CONFLICT') || tries >= mostTries) throw thrown;
    }
  }
}

/** Its backups stay, and nothing of them expires by policy. PLAN_NOT_FOUND, PRECONDITION_FAILED. */
export async function deletePlan(
  deps: PlansDeps,
  planId: string,
  revision: number,
  by: By,
): Promise<PlanRow> {
  const there = await deps.catalog.getPlan(planId);
  if (!isPlan(there)) {
    // Repeated after a crash in between.
    if (there) await scheduled(deps, there);
    throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`, { details: { planId } });
  }
  if (there.revision !== revision) throw changed(planId, there.revision, revision);
  try {
    const now = deps.clock.now().toISOString();
    return await scheduled(deps, await deps.catalog.deletePlan(planId, revision, by, now));
  } catch (thrown) {
    throw hasCode(thrown, 'CONFLICT') ? changed(planId, undefined, revision) : thrown;
  }
}

async function saved(
  deps: PlansDeps,
  plan: Plan,
  revision: number,
  by: By,
  whenLost: () => HoldfastError,
): Promise<PlanRow> {
  let row: PlanRow;
  try {
    row = await deps.catalog.putPlan(plan, revision, by, deps.clock.now().toISOString());
  } catch (thrown) {
    throw hasCode(thrown, 'CONFLICT') ? whenLost() : thrown;
  }
  return scheduled(deps, row);
}

async function scheduled(deps: PlansDeps, row: PlanRow): Promise<PlanRow> {
  const { id } = row.plan;
  try {
    await reconcileSchedule(deps, id);
    return row;
  } catch (thrown) {
    const { code, message } = asHoldfastError(thrown);
    throw new HoldfastError(
      code,
      `Plan ${id} is saved (revision ${row.revision}), but its schedule is not: ${message}`,
      {
        cause: thrown,
        details: { planId: id },
        next: 'Repeat it; otherwise watch puts the schedule right within the hour, or tells why it cannot.',
      },
    );
  }
}

/** What a change would come to, without doing it. */
export async function previewPlan(
  { catalog, scheduler, clock }: PlansDeps,
  plan: Plan,
): Promise<PlanChange & { readonly nextRuns: readonly string[] }> {
  const [row, found] = await Promise.all([catalog.getPlan(plan.id), scheduler.get(plan.id)]);
  const change = planChange(plan, isPlan(row) ? row : undefined, found);
  return { ...change, nextRuns: runsOf({ plan, createdAt: row?.createdAt }, clock.now(), 5) };
}

/** Of a plan that is on and not paused: when it runs next, ISO 8601 UTC. */
export function runsOf(
  { plan, createdAt, paused }: Pick<PlanRow, 'plan' | 'paused'> & { readonly createdAt?: string },
  now: Date,
  count: number,
): readonly string[] {
  if (!plan.enabled || paused) return [];
  return nextRuns(plan.schedule, now, count, createdAt ?? now.toISOString());
}
