/**
 * What an auditor asks of a period: what each plan was to make and made, every restore drill, restore and alert in it,
 * which keys were proven, and what was deleted on request. Bounded: at most 200 plans, and of each list the first 200;
 * what else there is is counted, and what was not looked at is said (`whole`).
 */
import { eachAtATime } from '../at-a-time.ts';
import { InvalidInput } from '../errors.ts';
import type { AlertRow, AuditEntry, Catalog, PlanRow } from '../ports/catalog.ts';
import type { KeyRing } from '../ports/keys.ts';
import { readState } from '../state.ts';
import { recoveryTimeSeconds } from '../targets.ts';
import { type ListedDrill, withTarget } from './drills.ts';
import { deletionsIn, type Period, periodLists, type ShortRestore } from './evidence-lists.ts';
import { type PlanEvidence, planEvidence } from './evidence-plan.ts';
import { knownPlan } from './plans.ts';

export const mostEvidenceDays = 400;
const mostPlans = 200;
const mostShown = 200;
const plansAtATime = 10;
const mostPlansCounted = 10_000;
const dayMs = 86_400_000;

export interface EvidenceDeps {
  readonly catalog: Pick<
    Catalog,
    | 'getPlan'
    | 'getState'
    | 'listPlans'
    | 'listDays'
    | 'listTimeline'
    | 'listDrills'
    | 'listRestores'
    | 'listAlerts'
    | 'listOpenAlerts'
    | 'listAudit'
  >;
  readonly keyRing: Pick<KeyRing, 'publicKeys'>;
  readonly now: Date;
}

export interface EvidenceRequest {
  /** ISO 8601 UTC: from (inclusive) and to (exclusive). */
  readonly from: string;
  readonly to: string;
  readonly planId?: string | undefined;
  /** Also what the trail says was deleted on request. */
  readonly deletions: boolean;
  /** Asked between plans and pages; true ends it. */
  readonly isLate: () => boolean;
  readonly stack: { readonly stackName: string; readonly version: string };
}

export interface Evidence {
  readonly from: string;
  readonly to: string;
  readonly at: string;
  readonly stackName: string;
  readonly version: string;
  readonly plans: readonly PlanEvidence[];
  readonly drills: readonly ListedDrill[];
  readonly restores: readonly ShortRestore[];
  readonly alerts: readonly Pick<
    AlertRow,
    'conditionId' | 'kind' | 'severity' | 'planId' | 'since' | 'closedAt'
  >[];
  readonly keys: readonly { readonly id: string; readonly exportedAt?: string; readonly provenAt?: string }[];
  readonly deletions?: readonly Pick<AuditEntry, 'at' | 'by' | 'action' | 'target' | 'result'>[] | undefined;
  readonly whole: boolean;
  readonly left: Readonly<Record<'plans' | 'drills' | 'restores' | 'alerts' | 'deletions', number>>;
}

/** INVALID_INPUT for a period that is none, or longer than 400 days; PLAN_NOT_FOUND. */
export async function evidenceOf(deps: EvidenceDeps, request: EvidenceRequest): Promise<Evidence> {
  const { catalog, keyRing, now } = deps;
  const { planId, isLate, stack } = request;
  const period = periodOf(request);
  const [lists, { rows: plans, more }, deletions, ring, { value: known }] = await Promise.all([
    periodLists(catalog, period, isLate),
    plansOf(catalog, planId),
    request.deletions ? deletionsIn(catalog, period, isLate) : undefined,
    keyRing.publicKeys(),
    readState(catalog, 'keys'),
  ]);
  const found: PlanEvidence[] = [];
  let whole = true;
  await eachAtATime(plans, plansAtATime, async (row) => {
    if (isLate()) whole = false;
    else found.push(await planEvidence(catalog, row, period, lists, now));
  });
  const { drills, restores, alerts } = lists;
  const targets = new Map(plans.map(({ plan }) => [plan.id, recoveryTimeSeconds(plan)]));
  const left = (all: { readonly rows: readonly unknown[] } | undefined) =>
    Math.max(0, (all?.rows.length ?? 0) - mostShown);
  return {
    from: period.from,
    to: period.to,
    at: now.toISOString(),
    ...stack,
    plans: found.sort((a, b) => (a.planId < b.planId ? -1 : 1)),
    drills: drills.rows.slice(0, mostShown).map((row) => withTarget(row, targets.get(row.planId))),
    restores: restores.rows.slice(0, mostShown),
    alerts: alerts.rows.slice(0, mostShown),
    keys: ring.recipients.map(({ id }) => ({ id, ...known?.keys[id] })),
    deletions: deletions?.rows.slice(0, mostShown),
    whole: whole && drills.whole && restores.whole && alerts.whole && deletions?.whole !== false,
    left: {
      plans: more + plans.length - found.length,
      drills: left(drills),
      restores: left(restores),
      alerts: left(alerts),
      deletions: left(deletions),
    },
  };
}

function periodOf({ from, to, planId }: EvidenceRequest): Period {
  const [begin, end] = [new Date(from), new Date(to)];
  if (begin >= end) throw new InvalidInput('query', [{ field: 'from', allowed: 'before to' }]);
  if (end.getTime() - begin.getTime() > mostEvidenceDays * dayMs) {
    const allowed = `at most ${mostEvidenceDays} days after from`;
    throw new InvalidInput('query', [{ field: 'to', value: JSON.stringify(to), allowed }]);
  }
  return { from: begin.toISOString(), to: end.toISOString(), planId };
}

/** The first 200 by id; the rest is counted. */
async function plansOf(
  catalog: Pick<Catalog, 'getPlan' | 'listPlans'>,
  planId: string | undefined,
): Promise<{ readonly rows: readonly PlanRow[]; readonly more: number }> {
  if (planId !== undefined) return { rows: [await knownPlan(catalog, planId)], more: 0 };
  const first = await catalog.listPlans({ limit: mostPlans });
  let more = 0;
  let { cursor } = first;
  while (cursor !== undefined && more < mostPlansCounted) {
    const page = await catalog.listPlans({ limit: 1000, cursor });
    more += page.rows.length;
    cursor = page.cursor;
  }
  return { rows: first.rows, more };
}
