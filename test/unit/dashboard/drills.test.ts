/** Drills on the page of drills: their addresses, how long they took, how many passed, and which plans want one. */
import { describe, expect, test } from 'vitest';
import type { Schemas } from '../../../dashboard/api/use-api.ts';
import { drillPlace, drillText, spanOfDays, spanOfPlace } from '../../../dashboard/pages/drills/place.ts';
import {
  type Drill,
  durationsOf,
  isLong,
  outcomeOf,
  successesOf,
} from '../../../dashboard/pages/drills/trends.ts';
import { wantingOf } from '../../../dashboard/pages/drills/wanting.ts';

const drill = (at: string, fields: Partial<Drill> = {}): Drill => ({
  ...{ planId: 'shop', backupId: '20261121T020000Z-3f9a1c22', slot: at, at: `${at}T03:00:00.000Z` },
  ...{ level: 'restored', status: 'passed', seconds: 100, detail: '', ...fields },
});

describe('the address of a drill', () => {
  test('names the backup and the moment, and is read back', () => {
    const place = { backupId: '20261121T020000Z-3f9a1c22', at: '2026-11-21T03:00:00.000Z' };
    expect(drillPlace(drillText(place))).toEqual(place);
    expect(spanOfPlace(place)).toEqual({ from: place.at, to: '2026-11-21T03:00:00.001Z' });
  });

  test.each(['', 'x', '20261121T020000Z-3f9a1c22', '20261121T020000Z-3f9a1c22@soon', '../../x@2026-11-21'])(
    'is none: %j',
    (value) => expect(drillPlace(value)).toBeUndefined(),
  );

  test('a span of days has its last day whole', () => {
    expect(spanOfDays({ from: '2026-10-31', to: '2026-10-31' })).toEqual({
      from: '2026-10-31T00:00:00.000Z',
      to: '2026-11-01T00:00:00.000Z',
    });
    expect(spanOfDays({})).toEqual({});
  });
});

describe('how long drills took', () => {
  test('is a line a plan, with gaps where another plan was drilled, and no target among several', () => {
    const { times, plans, targetSeconds } = durationsOf([
      drill('2026-11-20', { seconds: 90, targetSeconds: 300 }),
      drill('2026-11-19', { planId: 'ledger', seconds: 600, targetSeconds: 500 }),
      drill('2026-11-18', { seconds: 80, targetSeconds: 300 }),
    ]);
    expect(times).toEqual(['18', '19', '20'].map((day) => `2026-11-${day}T03:00:00.000Z`));
    expect(plans).toEqual([
      { planId: 'shop', seconds: [80, null, 90] },
      { planId: 'ledger', seconds: [null, 600, null] },
    ]);
    expect(targetSeconds).toBeUndefined();
  });

  test('has the target of the one plan as its newest drill says it', () => {
    const drills = [drill('2026-11-20', { targetSeconds: 300 }), drill('2026-11-13', { targetSeconds: 900 })];
    expect(durationsOf(drills).targetSeconds).toBe(300);
  });

  test('leaves out what only read, and says how many plans are not shown', () => {
    const drills = ['a', 'b', 'c', 'd', 'e', 'f'].map((planId) => drill('2026-11-20', { planId }));
    const found = durationsOf([...drills, drill('2026-11-21', { level: 'readable' })]);
    expect(found.plans).toHaveLength(5);
    expect(found.plansLeft).toBe(1);
    expect(found.times).not.toContain('2026-11-21T03:00:00.000Z');
  });

  test('is long only beyond the target', () => {
    expect(isLong({ seconds: 300, targetSeconds: 300 })).toBe(false);
    expect(isLong({ seconds: 301, targetSeconds: 300 })).toBe(true);
    expect(isLong({ seconds: 301 })).toBe(false);
  });
});

describe('how many drills passed', () => {
  test('is told by days without gaps, and one that only read is none that passed', () => {
    const found = successesOf([
      drill('2026-11-20'),
      drill('2026-11-20', { status: 'failed' }),
      drill('2026-11-18', { level: 'readable' }),
    ]);
    expect(found).toEqual({
      times: ['2026-11-18', '2026-11-19', '2026-11-20'],
      by: 'day',
      tried: [1, 0, 2],
      passed: [0, 0, 1],
    });
  });

  test('is told by weeks from Monday on where it is of many days', () => {
    const found = successesOf([drill('2026-11-18'), drill('2026-09-30')]);
    expect(found.by).toBe('week');
    expect(found.times[0]).toBe('2026-09-28');
    expect(found.times.at(-1)).toBe('2026-11-16');
    expect(found.tried.reduce((sum, each) => sum + each, 0)).toBe(2);
  });

  test('of none is nothing', () => {
    expect(successesOf([]).times).toEqual([]);
  });

  test('says "only read" of what gave way to reading', () => {
    expect(outcomeOf({ status: 'passed', level: 'readable' })).toBe('read');
    expect(outcomeOf({ status: 'passed', level: 'restored' })).toBe('passed');
    expect(outcomeOf({ status: 'error', level: 'stored' })).toBe('error');
  });
});

describe('plans that want a drill', () => {
  const plan = (planId: string, fields: Partial<Schemas['OverviewPlan']> = {}) =>
    ({ planId, enabled: true, state: 'well', ...fields }) as Schemas['OverviewPlan'];
  const lastGood = { backupId: 'b', slot: '2026-11-21T02:00:00Z' };
  const proven = { at: '2026-10-01T02:00:00Z', level: 'restored' as const };

  test('are those never proven or not for too long; those that can be drilled come first, those that are off last', () => {
    const found = wantingOf([
      plan('well', { proven, lastGood }),
      plan('off', { lastGood, enabled: false }),
      plan('empty'),
      plan('long-ago', { proven, lastGood, state: 'unproven' }),
      plan('never', { lastGood, name: 'Never' }),
    ]);
    expect(found.map(({ planId, why, what }) => [planId, why, what])).toEqual([
      ['never', 'never', 'drill'],
      ['long-ago', 'long', 'drill'],
      ['empty', 'never', 'backUp'],
      ['off', 'never', 'drill'],
    ]);
  });
});
