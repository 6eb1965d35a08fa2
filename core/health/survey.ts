/**
 * Looks at everything once: the stack's parts, and plan by plan what is wrong with each. Used by watch and by status.
 * Facts of a plan are judged and dropped at once; what is kept of it is small, so that 10,000 plans need few MiB.
 * One plan that cannot be looked at is said to be so, and hides no other.
 */
import type { Condition } from '../alerts.ts';
import { asHoldfastError, HoldfastError } from '../errors.ts';
import type { PlanRow } from '../ports/catalog.ts';
import type { PlanScheduler } from '../ports/scheduler.ts';
import { intervalSeconds, nextRuns } from '../schedule.ts';
import { inParallel } from '../verification/integrity.ts';
import { assessPlan, overSince } from './assess-plan.ts';
import { assessStack } from './assess-stack.ts';
import type { HealthSettings, PlanFacts, StackFacts } from './facts.ts';
import { type GatherPlanDeps, gatherPlan } from './gather-plan.ts';
import { type GatherStackDeps, gatherStack, type StackPart, type Unseen } from './gather-stack.ts';

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
  readonly scheduler: Pick<PlanScheduler, 'list' | 'get'>;
  readonly copied?: GatherPlanDeps['copied'];
  readonly settings: HealthSettings;
}

export interface SurveyOptions {
  readonly now: Date;
  /** Only this plan, and the stack. */
  readonly planId?: string;
  /** When the last whole round was; what began and ended since then is `over`. Default: nothing is. */
  readonly since?: string;
  /** Asked between plans; true stops, and says which plans were not looked at. */
  readonly isLate?: () => boolean;
}

/** What is kept of a plan. Times are ISO 8601 UTC. */
export interface PlanHealth {
  readonly planId: string;
  readonly enabled: boolean;
  readonly paused: boolean;
  /** False when it could not be looked at: then only its name is known. */
  readonly seen: boolean;
  readonly lastGood?: { readonly backupId: string; readonly slot: string; readonly completedAt?: string };
  readonly lastProvenAt?: string;
  readonly nextRunAt?: string;
  /** The age of the newest good backup's slot: what would be lost now. */
  readonly exposedSeconds?: number;
  /** What its schedule promises: the longest time between two runs. */
  readonly intervalSeconds: number;
  readonly deadManUrl?: string;
  readonly reprieve?: { readonly backupId: string; readonly decidedAt: string };
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
}

/** Throws only when the plans cannot be listed at all. */
export async function survey(deps: SurveyDeps, options: SurveyOptions): Promise<Survey> {
  const { now, isLate = () => false } = options;
  const [stack, schedules] = await Promise.all([gatherStack(deps), listSchedules(deps, options)]);
  const unseen: Unseen[] = [...stack.unseen, ...schedules.unseen];
  const found: {
    readonly health: PlanHealth;
    readonly conditions: readonly Condition[];
    readonly over: readonly Condition[];
  }[] = [];
  const moment = {
    now,
    allPaused: Boolean(stack.facts.pause),
    toldOfReprieve: new Map(
      stack.facts.cleanup?.beyondReprieve.map(({ planId, toldAt }) => [planId, toldAt] as const),
    ),
  };
  const undeleteDays = deps.settings.undeleteDays ?? defaultUndeleteDays;
  let whole = true;
  let storedBytes = 0;
  let oldestPlanAt: string | undefined;
  await inParallel(planRows(deps, options), plansAtATime, async (row) => {
    if (oldestPlanAt === undefined || row.createdAt < oldestPlanAt) oldestPlanAt = row.createdAt;
    const planId = row.plan.id;
    try {
      if (isLate()) {
        whole = false;
        throw new HoldfastError('DEADLINE', 'the round had to stop before this plan');
      }
      const facts = await gatherPlan(row, await schedules.of(planId), { ...deps, undeleteDays }, now);
      storedBytes += (row.usage?.storedBytes ?? 0) + facts.bytesSinceCounted;
      const over = options.since === undefined ? [] : overSince(facts, options.since);
      found.push({ health: healthOf(facts, now), conditions: assessPlan(facts, moment), over });
    } catch (thrown) {
      unseen.push({ what: { planId }, error: asHoldfastError(thrown) });
      found.push({ health: { ...known(row), seen: false }, conditions: [], over: [] });
    }
  });
  found.sort((a, b) => (a.health.planId < b.health.planId ? -1 : 1));
  const facts: StackFacts = { ...stack.facts, oldestPlanAt, storedBytes };
  return {
    conditions: [
      ...assessStack(facts, deps.settings, now),
      ...unseenConditions(unseen, now),
      ...found.flatMap(({ conditions }) => conditions),
    ],
    over: found.flatMap(({ over }) => over),
    plans: found.map(({ health }) => health),
    stack: facts,
    unseen,
    whole,
  };
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

interface Schedules {
  readonly of: (planId: string) => Promise<PlanFacts['schedule']>;
  readonly unseen: readonly Unseen[];
}

/**
 * One call for a hundred of them. One that the list lacks is asked for by its name before it is called absent: it may
 * have been made meanwhile, and the local AWS cuts its list off without saying so.
 */
async function listSchedules({ scheduler }: SurveyDeps, { planId }: SurveyOptions): Promise<Schedules> {
  const listed = new Map<string, boolean>();
  try {
    if (planId === undefined) {
      for await (const each of scheduler.list()) listed.set(each.planId, each.enabled);
    }
  } catch (thrown) {
    return { of: async () => 'unknown', unseen: [{ what: 'schedules', error: asHoldfastError(thrown) }] };
  }
  const of = async (id: string) => {
    const enabled = listed.get(id) ?? (await scheduler.get(id))?.enabled;
    if (enabled === undefined) return 'absent';
    return enabled ? 'enabled' : 'disabled';
  };
  return { of, unseen: [] };
}

function known({ plan, paused }: PlanRow): Omit<PlanHealth, 'seen'> {
  return {
    planId: plan.id,
    enabled: plan.enabled,
    paused: paused !== undefined,
    intervalSeconds: intervalSeconds(plan.schedule),
    deadManUrl: plan.deadManUrl,
  };
}

function healthOf(facts: PlanFacts, now: Date): PlanHealth {
  const { row, lastGood, lastProvenAt, recoverable } = facts;
  return {
    ...known(row),
    seen: true,
    lastGood: lastGood && {
      backupId: lastGood.backupId,
      slot: lastGood.slot,
      completedAt: lastGood.completedAt,
    },
    lastProvenAt,
    nextRunAt: row.plan.enabled ? nextRuns(row.plan.schedule, now, 1, row.createdAt)[0] : undefined,
    exposedSeconds: lastGood && Math.max(0, (now.getTime() - Date.parse(lastGood.slot)) / 1000),
    reprieve: recoverable && {
      backupId: recoverable.backupId,
      decidedAt: recoverable.expiry?.decidedAt ?? '',
    },
  };
}

const partNames: Record<StackPart, string> = {
  pause: 'whether everything is paused',
  cleanup: 'the state of cleanup',
  keys: 'the keys',
  recipients: 'who hears alerts',
  restores: 'the restores that wait',
  schedules: 'the schedules of the plans',
};

/** What could not be looked at is itself something that is wrong. */
function unseenConditions(unseen: readonly Unseen[], now: Date): Condition[] {
  const since = now.toISOString();
  const late = unseen.filter(({ error }) => error.code === 'DEADLINE').length;
  const made = unseen
    .filter(({ error }) => error.code !== 'DEADLINE')
    .map(({ what, error }): Condition => {
      const planId = typeof what === 'string' ? undefined : what.planId;
      const name = typeof what === 'string' ? partNames[what] : `plan ${what.planId}`;
      return {
        id: typeof what === 'string' ? `watch-incomplete/-/${what}` : `watch-incomplete/${what.planId}`,
        kind: 'watch-incomplete',
        severity: 'critical',
        planId,
        why: `${name} could not be looked at: ${error.message}`,
        next: `${error.next} Until then nothing that goes wrong there is told.`,
        since,
        code: error.code,
      };
    });
  if (late === 0) return made;
  const why = `the round had to stop: ${late} plans were not looked at`;
  const next = "Raise the watch function's time limit or memory, and look at its log for what was slow.";
  return [
    ...made,
    { id: 'watch-incomplete/-/late', kind: 'watch-incomplete', severity: 'critical', why, next, since },
  ];
}

/** Whether that survey could not see this kind of condition, of that plan: it is neither well nor wrong then. */
export function isUnseenBy(
  unseen: readonly Unseen[],
): (told: { readonly kind: string; readonly planId?: string }) => boolean {
  const plans = new Set(unseen.flatMap(({ what }) => (typeof what === 'string' ? [] : [what.planId])));
  const parts = new Set(unseen.flatMap(({ what }) => (typeof what === 'string' ? [what] : [])));
  return ({ kind, planId }) => {
    if (kind === 'watch-incomplete') return false;
    if (ofStack[kind] !== undefined && (planId === undefined || kind !== 'paused')) {
      if (ofStack[kind].some((part) => parts.has(part))) return true;
    }
    if (kind === 'schedule-wrong' && parts.has('schedules')) return true;
    // The storage of the whole is the sum over the plans.
    if (kind === 'quota-near' && planId === undefined) return plans.size > 0;
    const ofPlan = planId !== undefined && !kindsOfStackWithPlan.has(kind);
    return ofPlan && plans.has(planId);
  };
}

const ofStack: Readonly<Record<string, readonly StackPart[]>> = {
  'alerts-unheard': ['recipients'],
  paused: ['pause'],
  'cleanup-stalled': ['cleanup'],
  'cleanup-failed': ['cleanup'],
  'vault-incomplete': ['cleanup'],
  'catalog-incomplete': ['cleanup'],
  'key-unproven': ['keys'],
  'key-old': ['keys'],
  'restore-waiting': ['restores'],
};

const kindsOfStackWithPlan = new Set(['vault-incomplete', 'restore-waiting']);
