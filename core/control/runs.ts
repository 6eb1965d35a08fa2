/** Work for one plan or all of them at once: each started by itself, and none keeps another from it. */
import { createHash } from 'node:crypto';
import { inParallel } from '../at-a-time.ts';
import { asHoldfastError, HoldfastError, rowErrorOf } from '../errors.ts';
import type { CleanupEvent } from '../events.ts';
import type { Catalog, PlanRow, RowError, TaskRow, VerificationLevel } from '../ports/catalog.ts';
import { type AskedBy, requestBackup, requestVerify } from './backups.ts';
import { knownPlan } from './plans.ts';
import { startTask, type TaskDeps } from './task.ts';

export interface RunsDeps extends TaskDeps {
  readonly catalog: TaskDeps['catalog'] & Pick<Catalog, 'getPlan' | 'listPlans' | 'listBackups'>;
}

/** What was started of one plan. */
export interface StartedRun {
  readonly planId: string;
  readonly backupId?: string;
  readonly taskId?: string;
}

export interface StartedRuns {
  readonly started: readonly StartedRun[];
  /** Plans without anything to start, and why. */
  readonly skipped: readonly { readonly planId: string; readonly why: string }[];
  readonly failed: readonly { readonly planId: string; readonly error: RowError }[];
}

/** Plans that one request is for; more are started plan by plan. */
export const mostRuns = 1000;
const startsAtATime = 20;

/** Of one plan whether it is on or off; of all plans those that are on. PLAN_NOT_FOUND, INVALID_INPUT for too many. */
export async function startBackups(
  deps: RunsDeps,
  planId: string | undefined,
  asked: AskedBy,
): Promise<StartedRuns> {
  return forPlans(deps, planId, async (row) => {
    const { backupId } = await requestBackup(deps, row, { trigger: 'manual' }, ofPlan(asked, row));
    return { planId: row.plan.id, backupId };
  });
}

/** Of each plan its newest completed backup, as hard as the plan says for a new one. */
export async function startVerifications(
  deps: RunsDeps,
  planId: string | undefined,
  level: VerificationLevel | undefined,
  asked: AskedBy,
): Promise<StartedRuns> {
  return forPlans(deps, planId, async (row) => {
    const { id, verification } = row.plan;
    const { rows } = await deps.catalog.listBackups(id, { limit: 1, status: 'completed' });
    const [newest] = rows;
    if (!newest) return 'it has no completed backup';
    const { taskId } = await requestVerify(deps, newest, level ?? verification.level, ofPlan(asked, row));
    return { planId: id, backupId: newest.backupId, taskId };
  });
}

export interface CleanupWish {
  readonly planId?: string;
  readonly dryRun: boolean;
}

/** PLAN_NOT_FOUND only for what never was a plan: what a deleted one left is cleaned up as well. */
export async function requestCleanup(
  deps: RunsDeps,
  { planId, dryRun }: CleanupWish,
  { actor, token }: AskedBy,
): Promise<TaskRow> {
  if (planId !== undefined && !(await deps.catalog.getPlan(planId))) await knownPlan(deps.catalog, planId);
  const { name: by, correlationId } = actor;
  return startTask(deps, {
    ...{ kind: 'cleanup', planId, actor, token, target: 'cleanup' },
    event: (taskId): CleanupEvent => ({
      task: 'cleanup',
      ...(planId !== undefined && { planId }),
      ...{ dryRun, by, taskId, correlationId },
    }),
  });
}

/** A token of its own for each plan, the same for a repetition. */
function ofPlan({ actor, token }: AskedBy, { plan }: PlanRow): AskedBy {
  return { actor, token: createHash('sha256').update(`${token}\n${plan.id}`).digest('hex').slice(0, 32) };
}

async function forPlans(
  deps: RunsDeps,
  planId: string | undefined,
  start: (row: PlanRow) => Promise<StartedRun | string>,
): Promise<StartedRuns> {
  const rows = planId === undefined ? await allPlans(deps) : [await knownPlan(deps.catalog, planId)];
  const started: StartedRun[] = [];
  const skipped: { planId: string; why: string }[] = [];
  const failed: { planId: string; error: RowError }[] = [];
  await inParallel(rows, startsAtATime, async (row) => {
    const { id, enabled } = row.plan;
    if (planId === undefined && !enabled) {
      skipped.push({ planId: id, why: 'it is off' });
      return;
    }
    try {
      const one = await start(row);
      if (typeof one === 'string') skipped.push({ planId: id, why: one });
      else started.push(one);
    } catch (thrown) {
      // Of one plan it is the answer; of many, the others go on.
      if (planId !== undefined) throw thrown;
      failed.push({ planId: id, error: rowErrorOf(asHoldfastError(thrown)) });
    }
  });
  const byPlan = (a: { planId: string }, b: { planId: string }) => (a.planId < b.planId ? -1 : 1);
  return { started: started.sort(byPlan), skipped: skipped.sort(byPlan), failed: failed.sort(byPlan) };
}

async function allPlans({ catalog }: RunsDeps): Promise<readonly PlanRow[]> {
  const { rows, cursor } = await catalog.listPlans({ limit: mostRuns });
  if (cursor === undefined) return rows;
  throw new HoldfastError('INVALID_INPUT', `There are more than ${mostRuns} plans: name one`, {
    details: { issues: [{ field: 'plan', allowed: `the id of a plan: there are more than ${mostRuns}` }] },
  });
}
