import { expect, test } from 'vitest';
import { changeOf, count, keptDays, type Line } from '../../../dashboard/pages/plan/kept-days.ts';
import { isHiddenUrl, planFile } from '../../../dashboard/pages/plan/plan-file.ts';
import { resultOf } from '../../../dashboard/pages/plan/test-result.ts';
import { trendsOf } from '../../../dashboard/pages/plan/trends.ts';

const line = (slot: string, verdict: 'keep' | 'expire' = 'keep'): Line => ({
  ...{ backupId: slot, slot, tier: 'daily', verdict, why: 'policy' },
});
const now = new Date('2026-11-21T10:00:00Z');

test('days are those of the zone of the plan, without gaps, up to today', () => {
  const days = keptDays([line('2026-11-18T23:30:00Z')], 'Europe/Berlin', now);
  expect(days.map(({ day, state }) => [day, state])).toEqual([
    ['2026-11-19', 'well'],
    ['2026-11-20', 'none'],
    ['2026-11-21', 'none'],
  ]);
  expect(keptDays([line('2026-11-18T23:30:00Z')], 'UTC', now)[0]?.day).toBe('2026-11-18');
});

test('a day of which some go is neither one that stays nor one that goes', () => {
  const lines = [
    line('2026-11-20T02:00:00Z'),
    line('2026-11-20T03:00:00Z', 'expire'),
    line('2026-11-21T02:00:00Z', 'expire'),
  ];
  expect(keptDays(lines, 'UTC', now).map(({ state, stay, go }) => [state, stay, go])).toEqual([
    ['mixed', 1, 1],
    ['expire', 0, 1],
  ]);
});

test('a history of ten years shows its newest days', () => {
  const days = keptDays([line('2016-11-21T02:00:00Z'), line('2026-11-21T02:00:00Z')], 'UTC', now);
  expect(days).toHaveLength(1_200);
  expect(days.at(-1)).toMatchObject({ day: '2026-11-21', state: 'well' });
});

test('only numbers that differ from the plan are asked about', () => {
  const own = { hourly: 48, daily: 30, weekly: 12, monthly: 12, yearly: 3, days: 0, manualDays: 30 };
  expect(changeOf({ daily: '14', weekly: '12', days: '0' }, own)).toEqual({ daily: 14 });
  expect([count('014'), count('-1'), count('1.5'), count('999999'), count('')]).toEqual([
    '14',
    ...Array.from({ length: 4 }),
  ]);
});

test('a masked dead-man URL is not in the file: applied, it would take the place of the real one', () => {
  const plan = { id: 'shop', deadManUrl: 'https://hc.example.org/…' } as never;
  expect(JSON.parse(planFile(plan, JSON.stringify))).toEqual({ id: 'shop' });
  expect(isHiddenUrl('https://hc.example.org/abc')).toBe(false);
});

test('what is no result of a test is none', () => {
  expect(resultOf(undefined)).toBeUndefined();
  expect(resultOf({ checks: [] })).toBeUndefined();
  expect(
    resultOf({ ok: false, sources: [{ source: 'main', checks: [{ name: 'tls', ok: 'yes' }] }], checks: 3 }),
  ).toEqual({
    ok: false,
    sources: [{ source: 'main', checks: [{ name: 'tls', ok: false, detail: '' }] }],
    checks: [],
  });
});

test('the share that succeeded is of seven days together, and nothing where nothing was due', () => {
  const day = (name: string, completed: number, missed = 0) => ({
    ...{ day: name, completed, failed: 0, missed, sourceBytes: 0, storedBytes: 0, seconds: completed * 60 },
    ...{ longestSeconds: 70, verified: 0, verifyFailed: 0, proven: 0 },
  });
  const trends = trendsOf([day('2026-11-01', 1), day('2026-11-03', 0, 1)], '2026-11-11');
  expect(trends.days).toHaveLength(11);
  expect(trends.average.slice(0, 3)).toEqual([60, null, null]);
  expect(trends.success[2]).toBe(0.5);
  expect(trends.success[9]).toBeNull();
});
