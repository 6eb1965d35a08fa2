/**
 * Looks at everything once: the stack's parts, and plan by plan what is wrong with each. Used by watch and by status.
 * Facts of a plan are judged and dropped at once; what is kept of it is small, so that 10,000 plans need few MiB.
 * One plan that cannot be looked at is said to be so, and hides no other.
 */
import type { Condition } from '../alerts.ts';
import { inParallel } from '../at-a-time.ts';
import { asHoldfastError, HoldfastError } from '../errors.ts';
import type { PlanRow } from '../ports/catalog.ts';
import type { PlanScheduler } from '../ports/scheduler.ts';
import { intervalSeconds, nextRuns } from '../schedule.ts';
import { assessPlan, type Moment, overSince } from './assess-plan.ts';
import { assessStack } from './assess-stack.ts';
import type { HealthSettings, PlanFacts, StackFacts } from './facts.ts';
import { type GatheredPlan, type GatherPlanDeps, gatherPlan } from './gather-plan.ts';
import { type GatherStackDeps, gatherStack, type Unseen } from './gather-stack.ts';
import { isOverdue } from './rest.ts';
import { type Schedules, seeSchedules } from './schedules.ts';
import { notedOnce, unseenConditions } from './unseen.ts';

/** Plans looked at at a time: DynamoDB answers each in milliseconds. */
const plansAtATime = 20;
const plansAPage = 200;
/** The product is designed for 10,000 plans; ten times that is still looked at. */
const mostPlans = 100_000;

export interface SurveyDeps extends GatherStackDeps {
  readonly catalog: GatherPlanDeps['catalog'] &
    GatherStackDeps['catalog'] & {
      listPlans(options?: { limit?: number; cursor?: string }): Promise<{
        readonly rows: readonly PlanRow[];
        readonly cursor?: string;
      }>;
      getPlan(planId: string): Promise<PlanRow | undefined>;
    };
  /** Absent: schedules are not looked at, and nothing is said of them. */
  readonly scheduler?: Pick<PlanScheduler, 'list' | 'get'>;
  /** Puts schedules right that differ from their plans; absent: they are only looked at. */
  readonly mender?: Pick<PlanScheduler, 'put' | 'remove'>;
  readonly copied?: GatherPlanDeps['copied'];
  readonly settings: HealthSettings;
}

export interface SurveyOptions {
  readonly now: Date;
  /** Only this plan, and the stack. */
  readonly planId?: string;
  /** Only this page of plans, and the stack; what concerns all plans together is then of these alone. */
  readonly page?: { readonly limit: number; readonly cursor?: string };
  /** Called once for each plan that was seen; what it throws makes the plan one that was not. */
  readonly onPlan?: (seen: SeenPlan) => Promise<void>;
  /** When the last whole round was; what began and ended since then is `over`. Default: nothing is. */
  readonly since?: string;
  /** Asked by a person with rights of their own: what these do not reach is not seen, and not wrong. Default: by watch. */
  readonly byPerson?: boolean;
  /** Asked between plans; true stops, and says which plans were not looked at. */
  readonly isLate?: () => boolean;
}

/** What is kept of a plan. Times are ISO 8601 UTC. */
export interface PlanHealth {
  readonly planId: string;
  readonly enabled: boolean;
  /** By itself, or with everything. */
  readonly paused: boolean;
  /** On, and its newest good backup is older than interval and grace: paused or not. */
  readonly overdue: boolean;
  /** False when it could not be looked at: then only its name is known. */
  readonly seen: boolean;
  readonly lastGood?: { readonly backupId: string; readonly slot: string; readonly completedAt?: string };
  readonly lastProvenAt?: string;
  /** Absent while it is off or paused. */
  readonly nextRunAt?: string;
  /** The age of the newest good backup's slot: what would be lost now. */
  readonly exposedSeconds?: number;
  /** What its schedule promises: the longest time between two runs. */
  readonly intervalSeconds: number;
  readonly deadManUrl?: string;
  readonly reprieve?: { readonly backupId: string; readonly decidedAt: string };
}

/** A plan as it was just looked at: to be made small at once, and dropped. */
export interface SeenPlan {
  readonly facts: GatheredPlan;
  readonly health: PlanHealth;
  readonly conditions: readonly Condition[];
}

export interface Survey {
  readonly conditions: readonly Condition[];
  /** Told by whoever it happened to, and well again before anybody looked. */
  readonly over: readonly Condition[];
  readonly plans: readonly PlanHealth[];
  readonly stack: StackFacts;
  readonly unseen: readonly Unseen[];
  /** Every plan was looked at (those that failed to be are in `unseen`). */
  readonly whole: boolean;
  /** Of the page that follows, where a page was asked for. */
  readonly nextCursor?: string;
}

/** Throws only when the plans cannot be listed at all. */
export async function survey(deps: SurveyDeps, options: SurveyOptions): Promise<Survey> {
  const { now, isLate = () => false, byPerson = false } = options;
  const unseen: Unseen[] = [];
  const { scheduler } = deps;
  const [stack, schedules] = await Promise.all([
    gatherStack(deps),
    scheduler ? seeSchedules({ ...deps, scheduler }, options, unseen) : notLookedAt,
  ]);
  unseen.push(...stack.unseen);
  const found: {
    readonly health: PlanHealth;
    readonly conditions: readonly Condition[];
    readonly over: readonly Condition[];
  }[] = [];
  const moment: Moment = {
    now,
    allPaused: Boolean(stack.facts.pause),
    toldOfReprieve: new Map(
      stack.facts.cleanup?.beyondReprieve.map(({ planId, toldAt }) => [planId, toldAt] as const),
    ),
  };
  const gatherDeps: GatherPlanDeps = {
    ...deps,
    undeleteDays: deps.settings.undeleteDays ?? defaultUndeleteDays,
    onCopiesRefused: byPerson ? (error) => notedOnce(unseen, 'copies', error) : undefined,
  };
  let whole = true;
  let storedBytes = 0;
  let oldestPlanAt: string | undefined;
  let nextCursor: string | undefined;
  const rows = options.page
    ? pageOf(deps, options.page, (cursor) => {
        nextCursor = cursor;
      })
    : planRows(deps, options);
  await inParallel(rows, plansAtATime, async (row) => {
    if (oldestPlanAt === undefined || row.createdAt < oldestPlanAt) oldestPlanAt = row.createdAt;
    const planId = row.plan.id;
    try {
      if (isLate()) {
        whole = false;
        throw new HoldfastError('DEADLINE', 'the round had to stop before this plan');
      }
      const schedule = await schedules.of(row);
      const facts = { ...(await gatherPlan(row, schedule.schedule, gatherDeps, now)), ...schedule };
      const health = healthOf(facts, moment);
      const conditions = assessPlan(facts, moment);
      await options.onPlan?.({ facts, health, conditions });
      storedBytes += (row.usage?.storedBytes ?? 0) + facts.bytesSinceCounted;
      const over = options.since === undefined ? [] : overSince(facts, options.since);
      found.push({ health, conditions, over });
    } catch (thrown) {
      unseen.push({ what: { planId }, error: asHoldfastError(thrown) });
      const health = { ...known(row, moment.allPaused), overdue: false, seen: false };
      found.push({ health, conditions: [], over: [] });
    }
  });
  const strange = whole ? await schedules.strangers(new Set(found.map(({ health }) => health.planId))) : [];
  found.sort((a, b) => (a.health.planId < b.health.planId ? -1 : 1));
  const [late, ...more] = found.filter(({ health }) => health.overdue);
  const overdue = late && { plans: 1 + more.length, like: late.health.planId };
  const facts: StackFacts = { ...stack.facts, oldestPlanAt, storedBytes, overdue };
  return {
    conditions: [
      ...assessStack(facts, deps.settings, now),
      ...strange,
      ...unseenConditions(unseen, now, byPerson),
      ...found.flatMap(({ conditions }) => conditions),
    ],
    over: found.flatMap(({ over }) => over),
    plans: found.map(({ health }) => health),
    stack: facts,
    unseen,
    whole,
    nextCursor,
  };
}

const notLookedAt: Schedules = { of: async () => ({ schedule: 'unknown' }), strangers: async () => [] };

async function* pageOf(
  { catalog }: SurveyDeps,
  page: { readonly limit: number; readonly cursor?: string },
  onCursor: (cursor: string | undefined) => void,
): AsyncIterable<PlanRow> {
  const { rows, cursor } = await catalog.listPlans(page);
  onCursor(cursor);
  yield* rows;
}

/** The stack's own default (docs/configuration.md). */
const defaultUndeleteDays = 14;

async function* planRows(deps: SurveyDeps, { planId }: SurveyOptions): AsyncIterable<PlanRow> {
  if (planId !== undefined) {
    const row = await deps.catalog.getPlan(planId);
    if (!row) throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`);
    yield row;
    return;
  }
  let cursor: string | undefined;
  let seen = 0;
  do {
    const page = await deps.catalog.listPlans({ limit: plansAPage, cursor });
    yield* page.rows;
    seen += page.rows.length;
    cursor = page.cursor;
  } while (cursor !== undefined && seen < mostPlans);
  if (cursor !== undefined) throw new HoldfastError('INTERNAL', `there are more than ${mostPlans} plans`);
}

function known({ plan, paused }: PlanRow, allPaused: boolean): Omit<PlanHealth, 'seen' | 'overdue'> {
  return {
    planId: plan.id,
    enabled: plan.enabled,
    paused: paused !== undefined || allPaused,
    intervalSeconds: intervalSeconds(plan.schedule),
    deadManUrl: plan.deadManUrl,
  };
}

function healthOf(facts: PlanFacts, { now, allPaused }: Moment): PlanHealth {
  const { row, lastGood, lastProvenAt, recoverable } = facts;
  const about = known(row, allPaused);
  const runs = about.enabled && !about.paused;
  return {
    ...about,
    seen: true,
    overdue: isOverdue(facts, now),
    lastGood: lastGood && {
      backupId: lastGood.backupId,
      slot: lastGood.slot,
      completedAt: lastGood.completedAt,
    },
    lastProvenAt,
    nextRunAt: runs ? nextRuns(row.plan.schedule, now, 1, row.createdAt)[0] : undefined,
    exposedSeconds: lastGood && Math.max(0, (now.getTime() - Date.parse(lastGood.slot)) / 1000),
    reprieve: recoverable && {
      backupId: recoverable.backupId,
      decidedAt: recoverable.expiry?.decidedAt ?? '',
    },
  };
}
