/** Figures of storage as lines: growth with its forecast, runs, durations, shares. */
import { describe, expect, test } from 'vitest';
import {
  byBytes,
  durationsOf,
  growthOf,
  growthShare,
  monthlyUsd,
  runsOf,
  type Stats,
} from '../../../dashboard/pages/storage/growth.ts';

const day = (name: string, fields: Partial<Stats['trend'][number]> = {}): Stats['trend'][number] => ({
  ...{ day: name, completed: 2, failed: 0, missed: 0, sourceBytes: 0, storedBytes: 0, seconds: 60 },
  ...{ longestSeconds: 40, verified: 0, verifyFailed: 0, proven: 0, ...fields },
});
const stats = (fields: Partial<Stats>) =>
  ({
    ...{ days: 30, kept: { backups: 2, storedBytes: 200 } },
    trend: [day('2026-11-20', { keptBytes: 100 }), day('2026-11-21', { keptBytes: 200 })],
    ...fields,
  }) as Stats;
const forecast = {
  days: {
    30: { keptBytes: 300, monthlyUsd: 1 },
    90: { keptBytes: 500, monthlyUsd: 2 },
    365: { keptBytes: 900, monthlyUsd: 3 },
  },
  method: 'a line',
};

describe('growth', () => {
  test('goes on from today into the forecast, for as long as one looks back', () => {
    expect(growthOf(stats({ forecast }))).toEqual({
      times: ['2026-11-20', '2026-11-21', '2026-12-21'],
      kept: [100, 200, null],
      foreseen: [null, 200, 300],
    });
    expect(growthOf(stats({ forecast, days: 90 })).times).toContain('2027-02-19');
  });

  test('without a forecast is what was kept', () => {
    expect(growthOf(stats({}))).toEqual({
      times: ['2026-11-20', '2026-11-21'],
      kept: [100, 200],
      foreseen: [],
    });
  });

  test('is told to the tenth of a percent, and not of nothing', () => {
    expect(growthShare(300, 400)).toBe(0.333);
    expect(growthShare(400, 300)).toBe(-0.25);
    expect(growthShare(0, 5)).toBeUndefined();
  });
});

test('runs that were due are those that completed, failed and were missed', () => {
  expect(runsOf([day('a', { completed: 3, failed: 1, missed: 2 })])).toEqual({ due: [6], completed: [3] });
});

test('a day on which nothing completed has no duration', () => {
  const trend = [day('a'), day('b', { completed: 0, seconds: 0, longestSeconds: 0 })];
  expect(durationsOf(trend)).toEqual({ average: [30, null], longest: [40, null] });
});

test('a GiB costs its price', () => {
  expect(monthlyUsd(2 * 1024 ** 3, 0.023)).toBeCloseTo(0.046);
});

test('what takes up most comes first', () => {
  const of = { daily: { backups: 1, storedBytes: 5 }, weekly: { backups: 1, storedBytes: 9 } };
  expect(byBytes(of).map(({ name }) => name)).toEqual(['weekly', 'daily']);
});
