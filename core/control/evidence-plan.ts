/**
 * One plan over a period: what was to be made, what was, and what proves it. Counts are those of the days that watch
 * counted, so that they agree with the statistics; the longest gap is looked up in the backups themselves.
 */

import type { Plan, Retention } from '../plan.ts';
import type { BackupRow, Catalog, DayRow, DrillRow, ListedBackup, PlanRow } from '../ports/catalog.ts';
import { awsExpression, intervalSeconds, type Schedule, scheduleTimeZone } from '../schedule.ts';
import { provenAt } from '../verification/cadence.ts';
import type { Period, PeriodLists } from './evidence-lists.ts';
import { added, type DayCounts, dayAfter, dayOf, noCounts } from './stats-day.ts';

export interface PlanEvidence {
  readonly planId: string;
  readonly name?: string | undefined;
  readonly enabled: boolean;
  readonly policy: Retention;
  readonly schedule: {
    readonly expression: string;
    readonly timeZone: string;
    readonly intervalSeconds: number;
  };
  readonly verification: Plan['verification'];
  readonly targets?: Plan['targets'];
  readonly expectedRuns: number;
  readonly completed: number;
  readonly failed: number;
  readonly missed: number;
  readonly successRate?: number | undefined;
  readonly proofs: { readonly restored: number; readonly readable: number; readonly failed: number };
  readonly lastProvenAt?: string | undefined;
  readonly longestGapSeconds?: number | undefined;
  readonly oldestKeptSlot?: string | undefined;
  readonly kept: number;
  readonly storedBytes: number;
  readonly restores: { readonly completed: number; readonly failed: number };
  readonly alerts: {
    readonly raised: number;
    readonly closed: number;
    readonly longestOpenSeconds?: number | undefined;
  };
}

type EvidenceCatalog = Pick<Catalog, 'listDays' | 'listTimeline' | 'listDrills'>;

/** More backups of one plan than this are not looked at for the longest gap. */
const mostForGap = 2_000;
const rowsAPage = 1_000;
const mostPages = 6;

export async function planEvidence(
  catalog: EvidenceCatalog,
  row: PlanRow,
  period: Period,
  { drills, restores, alerts }: PeriodLists,
  now: Date,
): Promise<PlanEvidence> {
  const { plan, usage } = row;
  const { id: planId, name, enabled, retention, schedule, verification, targets } = plan;
  const counts = await countsOf(catalog, planId, period);
  const { completed, failed, missed } = counts;
  const expectedRuns = completed + failed + missed;
  const [oldestKept, longestGapSeconds, lastDrill] = await Promise.all([
    firstOf(catalog, { planId, status: 'completed' }),
    completed > mostForGap ? undefined : longestGap(catalog, row, period, now),
    catalog.listDrills({ planId, status: 'passed' }, { limit: 20 }),
  ]);
  const ownDrills = drills.rows.filter((drill) => drill.planId === planId);
  const ownRestores = restores.rows.filter((each) => each.planId === planId);
  const ownAlerts = alerts.rows.filter((each) => each.planId === planId);
  const openSeconds = ownAlerts.map(
    ({ since, closedAt }) =>
      ((closedAt === undefined ? now.getTime() : Date.parse(closedAt)) - Date.parse(since)) / 1000,
  );
  return {
    planId,
    name,
    enabled,
    policy: retention,
    schedule: {
      expression: expressionOf(schedule),
      timeZone: scheduleTimeZone(schedule),
      intervalSeconds: intervalSeconds(schedule),
    },
    verification,
    targets,
    expectedRuns,
    completed,
    failed,
    missed,
    successRate: expectedRuns === 0 ? undefined : Math.round((completed / expectedRuns) * 10_000) / 10_000,
    proofs: {
      restored: ownDrills.filter(isProof).length,
      readable: counts.verified,
      // A backup that failed a drill counts among the verified ones of its day, too: never both.
      failed: Math.max(counts.verifyFailed, ownDrills.filter(({ status }) => status === 'failed').length),
    },
    lastProvenAt: latest([provenAt(row, []), lastDrill.rows.find(isProof)?.at]),
    longestGapSeconds,
    oldestKeptSlot: oldestKept?.slot,
    kept: usage?.backups ?? 0,
    storedBytes: usage?.storedBytes ?? 0,
    restores: {
      completed: ownRestores.filter(({ status }) => status === 'completed').length,
      failed: ownRestores.filter(({ status }) => status === 'failed').length,
    },
    alerts: {
      raised: ownAlerts.length,
      closed: ownAlerts.filter(({ closedAt }) => closedAt !== undefined).length,
      longestOpenSeconds: openSeconds.length === 0 ? undefined : Math.round(Math.max(0, ...openSeconds)),
    },
  };
}

const isProof = ({ status, level }: DrillRow) => status === 'passed' && level === 'restored';

const latest = (times: readonly (string | undefined)[]) =>
  times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);

/** As its plan says it. */
function expressionOf(schedule: Schedule): string {
  if ('cron' in schedule) return schedule.cron;
  return 'rate' in schedule ? schedule.rate : awsExpression(schedule).expression;
}

async function countsOf(
  catalog: Pick<Catalog, 'listDays'>,
  planId: string,
  { from, to }: Period,
): Promise<DayCounts> {
  const last = dayOf(new Date(Date.parse(to) - 1).toISOString());
  const days: DayRow[] = [];
  // A period of 400 days may touch 401.
  for (let first = dayOf(from); first <= last; first = dayAfter(first, 400)) {
    const end = dayAfter(first, 399);
    days.push(...(await catalog.listDays(planId, first, end < last ? end : last)));
  }
  return days.reduce<DayCounts>(added, noCounts);
}

async function firstOf(
  catalog: Pick<Catalog, 'listTimeline'>,
  filter: { readonly planId: string; readonly status: 'completed' },
): Promise<ListedBackup | undefined> {
  let cursor: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page = await catalog.listTimeline(filter, {
      limit: 1,
      order: 'asc',
      ...(cursor !== undefined && { cursor }),
    });
    if (page.rows[0]) return page.rows[0];
    cursor = page.cursor;
    if (cursor === undefined) return undefined;
  }
  return undefined;
}

/** Between backups of all sources, by their slots, and to both ends of the period as far as the plan was there. */
async function longestGap(
  catalog: Pick<Catalog, 'listTimeline'>,
  { plan, createdAt }: PlanRow,
  { from, to }: Period,
  now: Date,
): Promise<number | undefined> {
  const slots: number[] = [];
  let cursor: string | undefined;
  for (let pages = 0; ; pages += 1) {
    if (pages === mostPages) return undefined;
    const page = await catalog.listTimeline(
      { planId: plan.id, from, to },
      { limit: rowsAPage, order: 'asc', ...(cursor !== undefined && { cursor }) },
    );
    slots.push(...page.rows.filter(wasMade).map(({ slot }) => Date.parse(slot)));
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  const begin = Math.max(Date.parse(from), Date.parse(createdAt));
  const end = Math.min(Date.parse(to), now.getTime());
  if (begin >= end) return undefined;
  const marks = [begin, ...slots.filter((slot) => slot > begin && slot < end), end];
  return Math.round(Math.max(...marks.slice(1).map((mark, at) => mark - (marks[at] ?? mark))) / 1000);
}

function wasMade({ status, completedAt, only }: Pick<BackupRow, 'status' | 'completedAt' | 'only'>): boolean {
  return only === undefined && completedAt !== undefined && (status === 'completed' || status === 'expired');
}
