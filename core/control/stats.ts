/**
 * Figures over all plans, or one. What a plan did is read from its rows for yesterday and today, and from the rows of
 * days that watch wrote for what was before; so a question costs the same whether there are a thousand backups or a
 * million. Watch counts everything once an hour into the state `stats`; few plans are counted as they are asked for.
 */
import { isDeepStrictEqual } from 'node:util';
import { inParallel } from '../at-a-time.ts';
import type { BackupRow, Catalog, DayRow, PlanRow } from '../ports/catalog.ts';
import type { Tier } from '../ports/vault.ts';
import { storageClasses } from '../retention.ts';
import { readState, type State } from '../state.ts';
import { type Forecast, forecastOf } from './forecast.ts';
import { knownPlan, runsOf } from './plans.ts';
import { monthlyUsd, pricesAsOf, pricesRegion, usdPerGiBMonth } from './prices.ts';
import { added, countDay, type DayCounts, dayAfter, dayOf, noCounts, secondsOf } from './stats-day.ts';

type StatsCatalog = Pick<Catalog, 'listPlans' | 'getPlan' | 'listBackups' | 'listDays' | 'getState'>;

/** Days that can be asked for; the state holds so many. */
export const mostDays = 90;
/** More plans than this are not counted live. */
export const mostLivePlans = 50;
/** Plans that are named one by one: those that take up most. */
const mostNamed = 100;
const mostUpcoming = 20;
const plansAtATime = 10;
const plansAPage = 200;
const mostPlans = 100_000;
/** Rows of two days of a plan that runs every five minutes, with those made by hand. */
const mostRowsOfDays = 1000;

export type StatsState = State<'stats'>;
type PlanFigures = StatsState['named'][number];

/** What one plan adds. */
interface Counted {
  readonly figures: PlanFigures;
  readonly byTier: Readonly<Record<string, Stored>>;
  readonly days: readonly DayRow[];
  /** Counted now, from rows, where it differs from what was counted before: what watch writes. */
  readonly fresh: readonly DayRow[];
  readonly nextRuns: readonly string[];
  readonly enabled: boolean;
}

interface Stored {
  readonly backups: number;
  readonly storedBytes: number;
}

export interface CountDeps {
  readonly catalog: Pick<Catalog, 'listBackups' | 'listDays'>;
}

async function countPlan({ catalog }: CountDeps, row: PlanRow, now: Date): Promise<Counted> {
  const { id, name, enabled } = row.plan;
  const today = dayOf(now.toISOString());
  const yesterday = dayAfter(today, -1);
  const [rows, known] = await Promise.all([
    recentRows(catalog, row, yesterday),
    catalog.listDays(id, dayAfter(today, 1 - mostDays), today),
  ]);
  const { usage } = row;
  // Cleanup counts once a day; what completed since then is added, as the quota does it.
  const since = rows.filter(
    ({ status, completedAt = '' }) => status === 'completed' && completedAt > (usage?.countedAt ?? ''),
  );
  const byTier = { ...(usage?.byTier ?? unknownTier(usage)) } as Record<string, Stored>;
  for (const each of since)
    byTier[each.tier] = plus(byTier[each.tier], { backups: 1, storedBytes: each.storedBytes ?? 0 });
  const kept = Object.values(byTier).reduce(plus, { backups: 0, storedBytes: 0 });
  // What was kept at the end of yesterday is known from yesterday.
  const { keptBytes } = known.find(({ day }) => day === yesterday) ?? {};
  const before = known.filter(({ day }) => day < yesterday);
  const fresh = [
    { ...countDay(row, yesterday, rows, now), keptBytes },
    { ...countDay(row, today, rows, now), keptBytes: kept.storedBytes },
  ];
  const days = [...before, ...fresh];
  const isNew = (each: DayRow) => !known.some((old) => isDeepStrictEqual(plain(old), plain(each)));
  const newest = rows.find(({ completedAt, status }) => completedAt !== undefined || status === 'failed');
  const sum = days.filter(({ day }) => day >= dayAfter(today, -29)).reduce<DayCounts>(added, noCounts);
  return {
    figures: {
      planId: id,
      ...(name !== undefined && { name }),
      ...(newest && { kind: newest.kind, lastBackup: lastOf(newest) }),
      ...kept,
      completed: sum.completed,
      failed: sum.failed,
      missed: sum.missed,
    },
    byTier,
    days,
    fresh: fresh.filter((each) => isNew(each) && hasFigures(each)),
    nextRuns: runsOf(row, now, 3),
    enabled,
  };
}

/** A day without anything needs no row. */
const hasFigures = (day: DayRow) =>
  Object.values(day).some((value) => typeof value === 'number' && value > 0);

/** Without what is undefined. */
const plain = (day: DayRow): object =>
  Object.fromEntries(Object.entries(day).filter(([, value]) => value !== undefined));

/** Of yesterday and today; the newest one, where there is none. */
async function recentRows(
  catalog: Pick<Catalog, 'listBackups'>,
  { plan }: PlanRow,
  yesterday: string,
): Promise<readonly BackupRow[]> {
  const { rows } = await catalog.listBackups(plan.id, {
    limit: mostRowsOfDays,
    since: `${yesterday}T00:00:00.000Z`,
  });
  return rows.length > 0 ? rows : (await catalog.listBackups(plan.id, { limit: 1 })).rows;
}

/** Rows of an earlier release say no tiers. */
function unknownTier(usage: PlanRow['usage']): Readonly<Record<string, Stored>> {
  return usage ? { unknown: { backups: usage.backups, storedBytes: usage.storedBytes } } : {};
}

function plus(one: Stored | undefined, other: Stored): Stored {
  return {
    backups: (one?.backups ?? 0) + other.backups,
    storedBytes: (one?.storedBytes ?? 0) + other.storedBytes,
  };
}

function lastOf(row: BackupRow): NonNullable<PlanFigures['lastBackup']> {
  const { backupId, slot, status, completedAt, failedAt, sourceBytes, storedBytes, verification } = row;
  return {
    backupId,
    slot,
    status,
    ...((completedAt ?? failedAt) !== undefined && { endedAt: completedAt ?? failedAt }),
    ...(completedAt !== undefined && { seconds: secondsOf(row) }),
    ...(sourceBytes !== undefined && { sourceBytes }),
    ...(storedBytes !== undefined && { storedBytes }),
    ...(verification && { verified: verification.status }),
    ...(verification?.provenAt !== undefined && { provenAt: verification.provenAt }),
  };
}

/** Adds plan by plan, in memory that does not grow with the days or plans beyond what is named. */
function adder(now: Date) {
  const asOf = now.toISOString();
  const byDay = new Map<string, DayCounts>();
  const byTier: Record<string, Stored> = {};
  const byKind: Record<string, Stored> = {};
  let named: PlanFigures[] = [];
  let upcoming: { readonly planId: string; readonly at: string }[] = [];
  const plans = { total: 0, enabled: 0 };
  return {
    add({ figures, byTier: tiers, days, nextRuns, enabled }: Counted): void {
      plans.total += 1;
      if (enabled) plans.enabled += 1;
      for (const { planId: _, day, ...counts } of days)
        byDay.set(day, added(byDay.get(day) ?? noCounts, counts));
      for (const [tier, stored] of Object.entries(tiers)) byTier[tier] = plus(byTier[tier], stored);
      const kind = figures.kind ?? 'none';
      byKind[kind] = plus(byKind[kind], figures);
      named.push(figures);
      upcoming.push(...nextRuns.map((at) => ({ planId: figures.planId, at })));
      if (named.length > 2 * mostNamed) named = largest(named);
      if (upcoming.length > 10 * mostUpcoming) upcoming = soonest(upcoming);
    },
    state(): StatsState {
      const days = [...byDay]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([day, counts]) => ({ day, ...counts }));
      return { asOf, plans, days, byTier, byKind, named: largest(named), upcoming: soonest(upcoming) };
    },
  };
}

const largest = (figures: readonly PlanFigures[]) =>
  [...figures]
    .sort((a, b) => b.storedBytes - a.storedBytes || (a.planId < b.planId ? -1 : 1))
    .slice(0, mostNamed);

const soonest = <T extends { readonly at: string; readonly planId: string }>(runs: readonly T[]) =>
  [...runs]
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || (a.planId < b.planId ? -1 : 1))
    .slice(0, mostUpcoming);

async function* allPlans({ listPlans }: Pick<Catalog, 'listPlans'>): AsyncGenerator<PlanRow> {
  let cursor: string | undefined;
  let seen = 0;
  do {
    const page = await listPlans({ limit: plansAPage, cursor });
    yield* page.rows;
    seen += page.rows.length;
    cursor = page.cursor;
  } while (cursor !== undefined && seen < mostPlans);
}

export interface CountingDeps {
  readonly catalog: StatsCatalog & Pick<Catalog, 'putDay' | 'putState'>;
}

/**
 * Counts yesterday and today of every plan, and the whole: what watch does each hour. False when there was no time for
 * all: then the state stays what it was, and what days were written stay.
 */
export async function countStats(
  { catalog }: CountingDeps,
  now: Date,
  isLate: () => boolean,
): Promise<boolean> {
  const sum = adder(now);
  let isWhole = true;
  await inParallel(allPlans(catalog), plansAtATime, async (row) => {
    if (isLate()) {
      isWhole = false;
      return;
    }
    const counted = await countPlan({ catalog }, row, now);
    for (const day of counted.fresh) await catalog.putDay(day);
    sum.add(counted);
  });
  if (!isWhole) return false;
  const { revision } = await readState(catalog, 'stats');
  await catalog.putState('stats', sum.state(), revision);
  return true;
}

export interface StatsRequest {
  /** 1 to 90, today included. */
  readonly days: number;
  readonly planId?: string;
}

/** PLAN_NOT_FOUND. Without a plan, and with more than 50 of them, as watch counted it last. */
export async function statsOf(
  { catalog, now }: { readonly catalog: StatsCatalog; readonly now: Date },
  { days, planId }: StatsRequest,
): Promise<Stats> {
  const sum = adder(now);
  if (planId !== undefined) {
    sum.add(await countPlan({ catalog }, await knownPlan(catalog, planId), now));
    return render(sum.state(), days, 'now');
  }
  const { rows, cursor } = await catalog.listPlans({ limit: mostLivePlans });
  if (cursor !== undefined) {
    const { value } = await readState(catalog, 'stats');
    if (value) return render(value, days, 'watch');
  }
  await inParallel(rows, plansAtATime, async (row) => sum.add(await countPlan({ catalog }, row, now)));
  return { ...render(sum.state(), days, 'now'), whole: cursor === undefined };
}

export interface Stats {
  /** When it was counted, and by whom: watch, or for this answer. */
  readonly asOf: string;
  readonly countedBy: 'now' | 'watch';
  /** False when watch has not counted yet, and there are more plans than were counted. */
  readonly whole: boolean;
  readonly days: number;
  readonly plans: { readonly total: number; readonly enabled: number };
  readonly totals: DayCounts & {
    /** completed ÷ (completed + failed + missed); absent when nothing was to run. */
    readonly successRate?: number;
    readonly averageSourceBytes?: number;
    readonly averageStoredBytes?: number;
    readonly averageSeconds?: number;
  };
  readonly kept: Stored;
  readonly byTier: Readonly<Record<string, Stored>>;
  readonly byKind: Readonly<Record<string, Stored>>;
  /** Those that take up most, at most 100. */
  readonly byPlan: readonly PlanFigures[];
  /** Plans that are not among them. */
  readonly otherPlans: number;
  readonly lastBackup?: NonNullable<PlanFigures['lastBackup']> & { readonly planId: string };
  readonly trend: StatsState['days'];
  readonly nextRuns: StatsState['upcoming'];
  /** Absent with less than seven days of figures. */
  readonly forecast?: Forecast;
  readonly cost: {
    /** US dollars a month, for what is kept now. */
    readonly monthlyUsd: number;
    readonly byStorageClass: readonly {
      readonly storageClass: string;
      readonly storedBytes: number;
      readonly usdPerGiBMonth: number;
    }[];
    readonly region: string;
    readonly pricesAsOf: string;
  };
}

/** Figures of what was counted, over the last `days`. */
function render(state: StatsState, days: number, countedBy: Stats['countedBy']): Stats {
  const { asOf, plans, byTier, byKind, named, upcoming } = state;
  const from = dayAfter(dayOf(asOf), 1 - days);
  const trend = state.days.filter(({ day }) => day >= from);
  const { keptBytes: _, ...totals } = trend.reduce<DayCounts>(
    (sum, { day: __, ...counts }) => added(sum, counts),
    noCounts,
  );
  const { completed, failed, missed, sourceBytes, storedBytes, seconds } = totals;
  const asked = completed + failed + missed;
  const ended = named.filter(({ lastBackup }) => lastBackup?.endedAt !== undefined);
  const [last] = ended.sort((a, b) =>
    (a.lastBackup?.endedAt ?? '') > (b.lastBackup?.endedAt ?? '') ? -1 : 1,
  );
  const average = (whole: number) => Math.round(whole / completed);
  const kept = Object.values(byTier).reduce(plus, { backups: 0, storedBytes: 0 });
  const cost = costOf(byTier);
  // By all days that are known, however few were asked for.
  const forecast = forecastOf(state.days, { keptBytes: kept.storedBytes, monthlyUsd: cost.monthlyUsd });
  return {
    asOf,
    countedBy,
    whole: true,
    days,
    plans,
    totals: {
      ...totals,
      ...(asked > 0 && { successRate: Math.round((completed / asked) * 10_000) / 10_000 }),
      ...(completed > 0 && {
        averageSourceBytes: average(sourceBytes),
        averageStoredBytes: average(storedBytes),
        averageSeconds: average(seconds),
      }),
    },
    kept,
    byTier,
    byKind,
    byPlan: named,
    otherPlans: plans.total - named.length,
    ...(last?.lastBackup && { lastBackup: { planId: last.planId, ...last.lastBackup } }),
    trend,
    // Those that were to come when it was counted, and may have begun since.
    nextRuns: upcoming,
    cost,
    ...(forecast && { forecast }),
  };
}

/** By the class that each tier is written as; what later goes to Deep Archive is counted as what it was written as. */
function costOf(byTier: Readonly<Record<string, Stored>>): Stats['cost'] {
  const bytes: Partial<Record<keyof typeof usdPerGiBMonth, number>> = {};
  for (const [tier, { storedBytes }] of Object.entries(byTier)) {
    const storageClass = storageClasses[tier as Tier] ?? 'STANDARD';
    bytes[storageClass] = (bytes[storageClass] ?? 0) + storedBytes;
  }
  return {
    monthlyUsd: monthlyUsd(bytes),
    byStorageClass: Object.entries(bytes).map(([storageClass, storedBytes]) => ({
      storageClass,
      storedBytes,
      usdPerGiBMonth: usdPerGiBMonth[storageClass as keyof typeof usdPerGiBMonth],
    })),
    region: pricesRegion,
    pricesAsOf,
  };
}
