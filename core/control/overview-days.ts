/**
 * What a plan did on each of the last days, in four figures: today and yesterday from its newest rows, as far as these
 * reach, the days before as watch counted them. Pure.
 */
import type { NewestRows } from '../health/gather-plan.ts';
import type { BackupRow, DayRow, PlanRow } from '../ports/catalog.ts';
import { countDay, dayAfter, dayOf } from './stats-day.ts';

/** Days of the strip, today included. */
export const overviewDays = 30;

export interface OverviewDay {
  /** UTC, `2026-11-21`. */
  readonly day: string;
  readonly completed: number;
  readonly failed: number;
  readonly missed: number;
  readonly proven: number;
}

/** Oldest first. A day that watch wrote nothing about is counted from rows where they know all of it. */
export function daysOf(
  row: PlanRow,
  { rows, wholeSince }: NewestRows,
  counted: readonly DayRow[],
  now: Date,
): OverviewDay[] {
  const today = dayOf(now.toISOString());
  const yesterday = dayAfter(today, -1);
  const byDay = new Map(counted.map((each) => [each.day, each]));
  const rowsByDay = Map.groupBy(rows, ({ slot }) => dayOf(slot));
  return Array.from({ length: overviewDays }, (_, at) => {
    const day = dayAfter(today, at - overviewDays + 1);
    const ofDay = rowsByDay.get(day) ?? [];
    const isKnown = wholeSince === undefined || dayOf(wholeSince) < day;
    if (isKnown && day >= yesterday) return short(countDay(row, day, ofDay, now));
    const before = byDay.get(day);
    if (before) return short(before);
    // Which times of the schedule were missed is judged on the day: the schedule may have been another one then.
    return { day, ...(isKnown ? outcomesOf(ofDay) : none) };
  });
}

const none = { completed: 0, failed: 0, missed: 0, proven: 0 };

const short = ({ day, completed, failed, missed, proven }: DayRow): OverviewDay => ({
  day,
  completed,
  failed,
  missed,
  proven,
});

function outcomesOf(rows: readonly BackupRow[]): Omit<OverviewDay, 'day'> {
  const made = rows.filter(({ completedAt }) => completedAt !== undefined);
  return {
    completed: made.length,
    failed: rows.filter(({ status }) => status === 'failed').length,
    missed: 0,
    proven: made.filter(({ verification }) => verification?.provenAt !== undefined).length,
  };
}
