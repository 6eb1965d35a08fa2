/** The overview's decisions: what is said first, which plans are shown in which order, and how old a recovery point is. */
import { describe, expect, test } from 'vitest';
import { arranged, type Line, recoveryOf, roughly } from '../../../dashboard/pages/overview/arrange.ts';
import { calendarOf, figuresOf, type Stats } from '../../../dashboard/pages/overview/figures.ts';
import { mostAnswerAgeMs, verdictOf } from '../../../dashboard/pages/overview/verdict.ts';

const now = Date.parse('2026-11-21T10:00:00Z');
const hourMs = 3_600_000;

type Overview = Parameters<typeof verdictOf>[0];
const overview = (change: Partial<Overview> = {}): Overview => ({
  at: '2026-11-21T10:00:00Z',
  whole: true,
  stackName: 'Holdfast',
  version: '0',
  state: 'well',
  counts: { plans: 1, well: 1, warning: 0, critical: 0, resting: 0 },
  conditions: [],
  conditionsLeft: 0,
  openAlerts: 0,
  watchedAt: '2026-11-21T09:30:00Z',
  plans: [],
  ...change,
});
const condition = (severity: 'critical' | 'warning') => ({
  ...{
    id: `x/${severity}`,
    kind: 'backup-failed',
    severity,
    why: 'w',
    next: 'n',
    since: '2026-11-21T02:00:00Z',
  },
});

describe('what the overview says first', () => {
  const of = (change: Partial<Overview>, answeredAgoMs = 0) =>
    verdictOf(overview(change), now - answeredAgoMs, now);

  test('all is well only while somebody looks, everything could be seen, and the answer is young', () => {
    expect(of({}).kind).toBe('well');
    expect(of({ whole: false })).toMatchObject({ kind: 'incomplete', tone: 'warning' });
    expect(of({ watchedAt: '2026-11-21T06:59:00Z' })).toMatchObject({ kind: 'unwatched', tone: 'warning' });
    expect(of({}, mostAnswerAgeMs + 1)).toMatchObject({ kind: 'stale', tone: 'warning' });
  });

  test('what is critical is said even when everything is paused, and even when the answer is old', () => {
    const conditions = [condition('critical'), condition('warning')];
    const verdict = of({ state: 'critical', conditions, conditionsLeft: 3 }, mostAnswerAgeMs * 2);
    expect(verdict).toMatchObject({ kind: 'critical', tone: 'critical', worst: conditions[0], others: 4 });
  });

  test('a stack that watch has not looked at yet is well: it is an hour old at most', () => {
    const { watchedAt: _, ...young } = overview();
    expect(verdictOf(young, now, now).kind).toBe('well');
  });

  test('no plan leads to the first one, a pause says so', () => {
    expect(of({ state: 'empty' }).kind).toBe('empty');
    expect(of({ state: 'paused' })).toMatchObject({ kind: 'paused', tone: 'warning' });
  });
});

const line = (planId: string, change: Partial<Line> = {}): Line => ({
  planId,
  kinds: ['postgres'],
  enabled: true,
  paused: false,
  state: 'well',
  severity: 'none',
  conditions: [],
  targetSeconds: 90_000,
  days: [],
  ...change,
});
const good = (hoursAgo: number) => {
  const slot = new Date(now - hoursAgo * hourMs).toISOString();
  return { lastGood: { backupId: slot, slot } };
};
const ids = (lines: readonly Line[]) => lines.map(({ planId }) => planId).join(' ');

describe('which plans are shown', () => {
  const plans = [
    line('broken', { severity: 'critical', state: 'failed', ...good(50) }),
    line('shop', { name: 'Shop', ...good(2), nextRunAt: '2026-11-22T02:00:00Z' }),
    line('archive', { name: 'Z archive', kinds: ['files'], ...good(20), nextRunAt: '2026-11-21T12:00:00Z' }),
    line('never', { state: 'new' }),
    line('off', { enabled: false, state: 'off', ...good(900) }),
  ];

  test('as the server has them unless somebody sorts', () => {
    expect(ids(arranged(plans, {}, now))).toBe('broken shop archive never off');
    expect(ids(arranged(plans, { sort: 'state', order: 'desc' }, now))).toBe('off never archive shop broken');
  });

  test('sorted by age, what has no recovery point comes before what has an old one', () => {
    expect(ids(arranged(plans, { sort: 'age' }, now))).toBe('never off broken archive shop');
    expect(ids(arranged(plans, { sort: 'age', order: 'asc' }, now))).toBe('shop archive broken off never');
  });

  test('sorted by the next run, what has none comes last', () => {
    expect(ids(arranged(plans, { sort: 'next' }, now)).startsWith('archive shop')).toBe(true);
  });

  test('a name or an id is found by a part of it, whatever its case', () => {
    expect(ids(arranged(plans, { q: ' ARCH ' }, now))).toBe('archive');
    expect(ids(arranged(plans, { kind: 'files' }, now))).toBe('archive');
  });

  test('filters say what they mean: late is beyond the target, and neither a new nor a resting plan is', () => {
    expect(ids(arranged(plans, { show: 'late' }, now))).toBe('broken');
    expect(ids(arranged(plans, { show: 'resting' }, now))).toBe('off');
    expect(ids(arranged(plans, { show: 'trouble' }, now))).toBe('broken');
  });

  test('sorting leaves what the server gave as it was', () => {
    const before = ids(plans);
    arranged(plans, { sort: 'name' }, now);
    expect(ids(plans)).toBe(before);
  });
});

describe('the age of a recovery point', () => {
  test('grows with the clock, from its slot, and is beyond its target a second after it', () => {
    const plan = line('shop', good(24));
    expect(recoveryOf(plan, now)).toEqual({ ageSeconds: 86_400, isBeyond: false });
    expect(recoveryOf(plan, now + hourMs)).toMatchObject({ isBeyond: false });
    expect(recoveryOf(plan, now + hourMs + 1000)).toMatchObject({ isBeyond: true });
  });

  test('a plan without any is beyond its target, unless it is new or makes its first', () => {
    expect(recoveryOf(line('x', { state: 'missed' }), now).isBeyond).toBe(true);
    expect(recoveryOf(line('x', { state: 'new' }), now).isBeyond).toBe(false);
    expect(recoveryOf(line('x', { state: 'running' }), now).isBeyond).toBe(false);
  });

  test('a clock that is behind the server’s makes no age below zero', () => {
    expect(recoveryOf(line('x', good(-1)), now).ageSeconds).toBe(0);
  });

  test('is said in minutes for two hours, then in hours', () => {
    expect([30, 3_599, 7_199, 7_201, 90_000].map(roughly)).toEqual([60, 3_540, 7_140, 7_200, 90_000]);
  });
});

describe('what happened lately', () => {
  const day = (date: string, change: Partial<Stats['trend'][number]>): Stats['trend'][number] => ({
    ...{ day: date, completed: 0, failed: 0, missed: 0, proven: 0, verified: 0, verifyFailed: 0 },
    ...{ sourceBytes: 0, storedBytes: 0, seconds: 0, longestSeconds: 0 },
    ...change,
  });

  test('days without anything are in the calendar, and each day has the word of what happened', () => {
    const trend = [
      day('2026-11-19', { completed: 2, proven: 1 }),
      day('2026-11-20', { completed: 1, missed: 1 }),
      day('2026-11-21', { missed: 2 }),
    ];
    const days = calendarOf(trend, '2026-11-21', 4);
    expect(days.map(({ day: date, state }) => `${date} ${state}`)).toEqual([
      '2026-11-18 none',
      '2026-11-19 proven',
      '2026-11-20 mixed',
      '2026-11-21 missed',
    ]);
  });

  test('figures are of thirty days, however far back the trend goes; missed runs count as runs', () => {
    const trend = [
      day('2026-10-22', { completed: 100, seconds: 1 }),
      day('2026-10-23', { completed: 1, seconds: 60 }),
      day('2026-11-21', { completed: 1, failed: 1, missed: 1, proven: 1, seconds: 120 }),
    ];
    expect(figuresOf({ trend, asOf: '2026-11-21T10:00:00Z' })).toEqual({
      ...{ runs: 4, completed: 2, missed: 1, proven: 1, averageSeconds: 90 },
    });
  });
});
