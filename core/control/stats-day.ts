/**
 * One day of one plan, counted from its rows: pure, and the same however often it is counted. A backup counts for the
 * day (UTC) of its slot, with what became of it since: so what is verified the morning after still counts for its day.
 */
import type { BackupRow, DayRow, PlanRow } from '../ports/catalog.ts';
import { nextRuns } from '../schedule.ts';

export const dayMs = 86_400_000;

/** Of the shortest interval, five minutes. */
const mostRunsADay = 288;
const runsAtATime = 2;

/** `2026-11-21`. */
export const dayOf = (atIso: string) => atIso.slice(0, 10);

/** `days` days after that one; before it, when negative. */
export function dayAfter(day: string, days: number): string {
  return dayOf(new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString());
}

/** `rows`: at least all of that day; others are left out. */
export function countDay(row: PlanRow, day: string, rows: readonly BackupRow[], now: Date): DayRow {
  const ofDay = rows.filter(({ slot }) => dayOf(slot) === day);
  const made = ofDay.filter(({ completedAt }) => completedAt !== undefined);
  const seconds = made.map(secondsOf);
  const proofs = made.flatMap(({ verification }) => verification ?? []);
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
  return {
    planId: row.plan.id,
    day,
    completed: made.length,
    failed: ofDay.filter(({ status }) => status === 'failed').length,
    missed: missedOn(row, day, ofDay, now),
    sourceBytes: sum(made.map(({ sourceBytes = 0 }) => sourceBytes)),
    storedBytes: sum(made.map(({ storedBytes = 0 }) => storedBytes)),
    seconds: sum(seconds),
    longestSeconds: Math.max(0, ...seconds),
    verified: proofs.filter(({ status }) => status === 'passed').length,
    verifyFailed: proofs.filter(({ status }) => status === 'failed').length,
    proven: proofs.filter(({ provenAt }) => provenAt !== undefined).length,
  };
}

/** How long it took, from its last beginning to its end. */
export function secondsOf({ startedAt, completedAt }: Pick<BackupRow, 'startedAt' | 'completedAt'>): number {
  if (startedAt === undefined || completedAt === undefined) return 0;
  return Math.max(0, Math.round((Date.parse(completedAt) - Date.parse(startedAt)) / 1000));
}

/** Times of the schedule, since the plan is as it is, for which there is no run at all, a grace after them. */
function missedOn(row: PlanRow, day: string, ofDay: readonly BackupRow[], now: Date): number {
  const { plan, createdAt, updatedAt, paused, deleted } = row;
  if (!plan.enabled || paused || deleted) return 0;
  const begins = Date.parse(`${day}T00:00:00Z`);
  const ends = Math.min(begins + dayMs, now.getTime() - plan.graceMinutes * 60_000);
  const from = Math.max(begins - 1, Date.parse(updatedAt));
  if (from >= ends) return 0;
  const ran = new Set(ofDay.map(({ slot }) => Date.parse(slot)));
  let missed = 0;
  let after = from;
  // A few at a time: most plans run once a day, and a time of a cron is not cheap to find.
  for (let found = 0; found < mostRunsADay; found += runsAtATime) {
    for (const at of nextRuns(plan.schedule, new Date(after), runsAtATime, createdAt)) {
      after = Date.parse(at);
      if (after >= ends) return missed;
      if (!ran.has(after)) missed += 1;
    }
  }
  return missed;
}

export type DayCounts = Omit<DayRow, 'planId' | 'day'>;

export const noCounts: DayCounts = {
  completed: 0,
  failed: 0,
  missed: 0,
  sourceBytes: 0,
  storedBytes: 0,
  seconds: 0,
  longestSeconds: 0,
  verified: 0,
  verifyFailed: 0,
  proven: 0,
};

export function added(one: DayCounts, other: DayCounts): DayCounts {
  return {
    completed: one.completed + other.completed,
    failed: one.failed + other.failed,
    missed: one.missed + other.missed,
    sourceBytes: one.sourceBytes + other.sourceBytes,
    storedBytes: one.storedBytes + other.storedBytes,
    seconds: one.seconds + other.seconds,
    longestSeconds: Math.max(one.longestSeconds, other.longestSeconds),
    verified: one.verified + other.verified,
    verifyFailed: one.verifyFailed + other.verifyFailed,
    proven: one.proven + other.proven,
    keptBytes: (one.keptBytes ?? 0) + (other.keptBytes ?? 0),
  };
}
