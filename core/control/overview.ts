/**
 * The state of every plan, the worst first, for one answer that is asked for again and again: two reads a plan as a
 * rule (its newest rows, its days). Plans are judged now, by the rules of watch. What takes more than the catalog, the
 * public keys and the list of recipients (schedules, alarms, second copies, the stack's quota) is as watch found it, and
 * so is what concerns plans of other pages: nothing that people were told of is left out.
 */
import type { Condition } from '../alerts.ts';
import type { HealthSettings } from '../health/facts.ts';
import { type Survey, type SurveyDeps, survey } from '../health/survey.ts';
import { isUnseenBy } from '../health/unseen.ts';
import type { AlertRow, Catalog } from '../ports/catalog.ts';
import { readState, type State } from '../state.ts';
import { asFound } from './as-watch-found.ts';
import { daysOf, overviewDays } from './overview-days.ts';
import { type OverviewPlan, overviewPlan, unseenPlan, worstFirst } from './overview-plan.ts';
import { dayAfter, dayOf } from './stats-day.ts';

const mostConditions = 100;
/** Of watch that is critical; of this answer it is said by `whole` and by each plan that was not looked at. */
const hadToStop = 'watch-incomplete/-/late';

export interface OverviewDeps extends Pick<SurveyDeps, 'keyRing' | 'recipients'> {
  readonly catalog: SurveyDeps['catalog'] & Pick<Catalog, 'listOpenAlerts' | 'listDays'>;
  readonly settings: HealthSettings;
}

export interface OverviewRequest {
  readonly now: Date;
  readonly planId?: string;
  /** 1 to 200. */
  readonly limit: number;
  readonly cursor?: string;
  /** True stops: plans that were not looked at yet are `unseen`. */
  readonly isLate?: () => boolean;
}

export interface Overview {
  readonly at: string;
  /** Everything that was asked for could be looked at. */
  readonly whole: boolean;
  readonly state: 'well' | 'warning' | 'critical' | 'paused' | 'empty';
  readonly counts: {
    readonly plans: number;
    readonly well: number;
    readonly warning: number;
    readonly critical: number;
    /** Off or paused, and nothing critical. */
    readonly resting: number;
  };
  readonly conditions: readonly Condition[];
  readonly conditionsLeft: number;
  readonly openAlerts: number;
  readonly pause?: NonNullable<State<'pause'>>;
  readonly watchedAt?: string;
  readonly cleanedAt?: string;
  /** Absent unless all plans are here. */
  readonly storedBytes?: number;
  readonly plans: readonly OverviewPlan[];
  readonly nextCursor?: string;
}

/** What a survey without schedules, alarms and copies judges; other alerts that are open stand as they were found. */
const judgedNow: ReadonlySet<string> = new Set([
  'backup-failed',
  'backup-missed',
  'run-stuck',
  'verification-failed',
  'verification-error',
  'verification-overdue',
  'last-good-marked',
  'no-good-backup',
  'recovery-point-late',
  'paused',
  'cleanup-failed',
  'cleanup-unusual',
  'vault-incomplete',
  'catalog-incomplete',
  'key-unproven',
  'alerts-unheard',
  'restore-waiting',
]);

/** PLAN_NOT_FOUND; throws when plans or alerts cannot be listed. */
export async function overviewOf(deps: OverviewDeps, request: OverviewRequest): Promise<Overview> {
  const { now, planId, limit, cursor, isLate } = request;
  const today = dayOf(now.toISOString());
  const [open, watch] = await Promise.all([
    deps.catalog.listOpenAlerts(),
    readState(deps.catalog, 'watch').then(
      ({ value }) => ({ value, isRead: true }),
      () => ({ value: undefined, isRead: false }),
    ),
  ]);
  const foundOf = Map.groupBy(
    open.filter((row) => row.planId !== undefined && !judgedNow.has(row.kind)),
    (row) => row.planId,
  );
  const foundBefore = (of: string) => (foundOf.get(of) ?? []).map(asFound);
  const lines = new Map<string, OverviewPlan>();
  const seen = await survey(
    { ...deps, catalog: deps.catalog },
    {
      now,
      planId,
      ...(planId === undefined && { page: { limit, cursor } }),
      byPerson: true,
      isLate,
      onPlan: async ({ facts, health, conditions }) => {
        const { row } = facts;
        const counted = await deps.catalog.listDays(row.plan.id, dayAfter(today, 1 - overviewDays), today);
        const found = merged(conditions, foundBefore(row.plan.id));
        const line = overviewPlan({ facts, health }, found, daysOf(row, facts.newest, counted, now), now);
        lines.set(row.plan.id, line);
      },
    },
  );
  const conditions = worstFirst(allOf(seen, open, planId));
  const plans = seen.plans
    .map((health) => {
      const ofPlan = conditions.filter((each) => each.planId === health.planId);
      return lines.get(health.planId) ?? unseenPlan(health, ofPlan);
    })
    .sort(byWorst);
  const isAll = planId === undefined && cursor === undefined && seen.nextCursor === undefined;
  return {
    at: now.toISOString(),
    whole: seen.whole && watch.isRead && seen.unseen.length === 0,
    state: stateOf(conditions, plans, { isAll, isPaused: Boolean(seen.stack.pause) }),
    counts: countsOf(plans),
    conditions: conditions.slice(0, mostConditions),
    conditionsLeft: Math.max(0, conditions.length - mostConditions),
    openAlerts: open.filter((row) => isAbout(row, planId)).length,
    pause: seen.stack.pause ?? undefined,
    watchedAt: watch.value?.completedAt,
    cleanedAt: seen.stack.cleanup?.completedAt,
    storedBytes: isAll ? seen.stack.storedBytes : undefined,
    plans,
    nextCursor: seen.nextCursor,
  };
}

const isAbout = (row: { readonly planId?: string }, planId: string | undefined) =>
  planId === undefined || row.planId === undefined || row.planId === planId;

/** What is seen now, and what is open and was not looked at here. */
function allOf(seen: Survey, open: readonly AlertRow[], planId: string | undefined): readonly Condition[] {
  const here = new Set(seen.plans.map((plan) => plan.planId));
  const isUnseen = isUnseenBy(seen);
  const isJudged = (row: AlertRow) =>
    judgedNow.has(row.kind) && !isUnseen(row) && (row.planId === undefined || here.has(row.planId));
  const before = open.filter((row) => !isJudged(row)).map(asFound);
  return merged(seen.conditions, before).filter((each) => isAbout(each, planId) && each.id !== hadToStop);
}

function merged(seen: readonly Condition[], before: readonly Condition[]): readonly Condition[] {
  const now = new Set(seen.map(({ id }) => id));
  return [...seen, ...before.filter(({ id }) => !now.has(id))];
}

function stateOf(
  conditions: readonly Condition[],
  plans: readonly OverviewPlan[],
  { isAll, isPaused }: { readonly isAll: boolean; readonly isPaused: boolean },
): Overview['state'] {
  if (plans.length === 0 && isAll) return 'empty';
  const found = [...conditions, ...plans].map(({ severity }) => severity);
  if (found.includes('critical')) return 'critical';
  if (isPaused) return 'paused';
  return found.includes('warning') ? 'warning' : 'well';
}

const ranks = { critical: 0, warning: 1, none: 2 } as const;

function byWorst(one: OverviewPlan, other: OverviewPlan): number {
  const byRank = ranks[one.severity] - ranks[other.severity];
  if (byRank !== 0) return byRank;
  const [a, b] = [one, other].map(({ name, planId }) => (name ?? planId).toLowerCase()) as [string, string];
  if (a !== b) return a < b ? -1 : 1;
  return one.planId < other.planId ? -1 : 1;
}

function countsOf(plans: readonly OverviewPlan[]): Overview['counts'] {
  const counts = { plans: plans.length, well: 0, warning: 0, critical: 0, resting: 0 };
  for (const { severity, enabled, paused } of plans) {
    if (severity === 'critical') counts.critical += 1;
    else if (!enabled || paused) counts.resting += 1;
    else if (severity === 'warning') counts.warning += 1;
    else counts.well += 1;
  }
  return counts;
}
