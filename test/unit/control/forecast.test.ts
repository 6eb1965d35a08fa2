/** What will be kept, by how it grew. */
import { expect, test } from 'vitest';
import { forecastOf } from '../../../core/control/forecast.ts';
import { dayAfter } from '../../../core/control/stats-day.ts';

const gib = 1024 ** 3;
const days = (kept: readonly (number | undefined)[]) =>
  kept.map((keptBytes, at) => ({ day: dayAfter('2026-11-01', at), keptBytes }));
const now = { keptBytes: 100 * gib, monthlyUsd: 2.3 };

test('a steady growth goes on from what is kept now, and costs as a byte costs today', () => {
  const found = forecastOf(days([70, 75, 80, 85, 90, 95, 100].map((each) => each * gib)), now);
  expect(found?.days).toEqual({
    30: { keptBytes: 250 * gib, monthlyUsd: 5.75 },
    90: { keptBytes: 550 * gib, monthlyUsd: 12.65 },
    365: { keptBytes: 1925 * gib, monthlyUsd: 44.28 },
  });
  expect(found?.method).toContain('7 days');
});

test('one day that was far off bends the line little: it is drawn through all of them', () => {
  const steady = Array.from({ length: 30 }, (_, at) => (100 + at) * gib);
  const { days: straight } = forecastOf(days(steady), now) ?? {};
  const { days: bent } = forecastOf(days(steady.map((each, at) => (at === 29 ? 2 * each : each))), now) ?? {};
  expect(straight?.[30].keptBytes).toBe(130 * gib);
  expect(Number(bent?.[30].keptBytes) / gib).toBeLessThan(170);
});

test('what shrinks ends at nothing, and never below', () => {
  const found = forecastOf(days([130, 125, 120, 115, 110, 105, 100].map((each) => each * gib)), now);
  expect(found?.days[30].keptBytes).toBe(0);
  expect(found?.days[365]).toEqual({ keptBytes: 0, monthlyUsd: 0 });
});

test('days that were not counted are passed over, and less than seven tell nothing', () => {
  const gaps = [gib, undefined, 3 * gib, undefined, 5 * gib, 6 * gib, 7 * gib];
  expect(forecastOf(days(gaps), now)).toBeUndefined();
  const more = forecastOf(days([...gaps, undefined, 9 * gib, 10 * gib]), now);
  expect(more?.days[30].keptBytes).toBe(130 * gib);
  expect(forecastOf([], { keptBytes: 0, monthlyUsd: 0 })).toBeUndefined();
});

test('nothing that is kept costs nothing', () => {
  const found = forecastOf(days([0, 0, 0, 0, 0, 0, 0]), { keptBytes: 0, monthlyUsd: 0 });
  expect(found?.days[90]).toEqual({ keptBytes: 0, monthlyUsd: 0 });
});
