/**
 * How a plan went in the last seven whole days (UTC): from the days that watch counted, and its newest backups. Two
 * queries a plan, so that a summary of 10,000 plans is 20,000 small reads.
 */
import { isGood, isSound } from '../good.ts';
import type { BackupRow, Catalog, DayRow, PlanRow } from '../ports/catalog.ts';
import { nextRuns } from '../schedule.ts';

const dayMs = 86_400_000;
/** Rows in which the last good and the last proven one are looked for: two days of half-hourly runs. */
const newest = 100;

export interface Week {
  /** `2026-11-16`, both inclusive. */
  readonly from: string;
  readonly to: string;
}

/** The seven days before the one that this instant is in. */
export function weekBefore(at: Date): Week {
  const day = (back: number) => new Date(at.getTime() - back * dayMs).toISOString().slice(0, 10);
  return { from: day(7), to: day(1) };
}

export interface PlanWeek {
  readonly planId: string;
  readonly name?: string;
  /** Something of it needs a person: failed or missed runs, or nothing good at all. */
  readonly isTrouble: boolean;
  /** Absent when no day was counted yet. */
  readonly counts?: {
    readonly completed: number;
    readonly failed: number;
    readonly missed: number;
    readonly proven: number;
    readonly verifyFailed: number;
    readonly storedBytes: number;
  };
  /** What all its kept backups take up. */
  readonly keptBytes?: number;
  /** Slots, ISO 8601 UTC; absent when none is known among the newest. */
  readonly lastGoodAt?: string;
  readonly lastProvenAt?: string;
  readonly nextRunAt?: string;
  /** No run is expected. */
  readonly rests?: 'off' | 'paused';
}

export async function planWeek(
  row: PlanRow,
  week: Week,
  now: Date,
  catalog: Pick<Catalog, 'listDays' | 'listBackups'>,
): Promise<PlanWeek> {
  const { plan, createdAt, paused, usage } = row;
  const [days, backups] = await Promise.all([
    catalog.listDays(plan.id, week.from, week.to),
    catalog.listBackups(plan.id, { limit: newest }),
  ]);
  const counts = days.length === 0 ? undefined : sumOf(days);
  const lastGoodAt = backups.rows.find(isGood)?.slot;
  const lastProvenAt = provenAt(backups.rows);
  const rests = plan.enabled ? (paused ? 'paused' : undefined) : 'off';
  const keptBytes = days.findLast((day) => day.keptBytes !== undefined)?.keptBytes ?? usage?.storedBytes;
  const isNew = Date.parse(createdAt) > now.getTime() - dayMs;
  const went = counts && counts.failed + counts.missed + counts.verifyFailed > 0;
  return {
    planId: plan.id,
    ...(plan.name !== undefined && { name: plan.name }),
    isTrouble: went === true || (lastGoodAt === undefined && !isNew && rests !== 'off'),
    ...(counts && { counts }),
    ...(keptBytes !== undefined && { keptBytes }),
    ...(lastGoodAt !== undefined && { lastGoodAt }),
    ...(lastProvenAt !== undefined && { lastProvenAt }),
    ...(rests === undefined ? { nextRunAt: nextRuns(plan.schedule, now, 1, createdAt)[0] } : { rests }),
  };
}

function sumOf(days: readonly DayRow[]): NonNullable<PlanWeek['counts']> {
  const sum = (of: (day: DayRow) => number) => days.reduce((total, day) => total + of(day), 0);
  return {
    completed: sum(({ completed }) => completed),
    failed: sum(({ failed }) => failed),
    missed: sum(({ missed }) => missed),
    proven: sum(({ proven }) => proven),
    verifyFailed: sum(({ verifyFailed }) => verifyFailed),
    storedBytes: sum(({ storedBytes }) => storedBytes),
  };
}

function provenAt(rows: readonly BackupRow[]): string | undefined {
  const times = rows.filter(isSound).flatMap(({ verification }) => verification?.provenAt ?? []);
  return times.sort().at(-1);
}
