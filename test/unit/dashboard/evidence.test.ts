/** A report for an auditor: its period, plans put together, and the margins of its pages. */
import { describe, expect, test } from 'vitest';
import { marginRules, quoted } from '../../../dashboard/pages/evidence/margins.ts';
import { type Evidence, merged, totalsOf } from '../../../dashboard/pages/evidence/merge.ts';
import {
  periodOf,
  plansIn,
  queryOf,
  usualPeriods,
  wrongWith,
} from '../../../dashboard/pages/evidence/period.ts';

const now = new Date('2026-11-21T10:00:00Z');

describe('the period', () => {
  test('is of 31 days until today unless the address says otherwise', () => {
    expect(periodOf({}, now)).toEqual({ from: '2026-10-22', to: '2026-11-21' });
    expect(periodOf({ to: '2026-06-30' }, now)).toEqual({ from: '2026-05-31', to: '2026-06-30' });
  });

  test('has its last day whole, and is left open where that day is not over', () => {
    expect(queryOf({ from: '2026-10-01', to: '2026-10-31' }, now)).toEqual({
      from: '2026-10-01T00:00:00.000Z',
      to: '2026-11-01T00:00:00.000Z',
    });
    expect(queryOf({ from: '2026-11-01', to: '2026-11-21' }, now)).toEqual({
      from: '2026-11-01T00:00:00.000Z',
    });
  });

  test('is wrong backwards, and beyond 400 days', () => {
    expect(wrongWith({ from: '2026-11-02', to: '2026-11-01' })).toBe('order');
    expect(wrongWith({ from: '2025-10-18', to: '2026-11-21' })).toBeUndefined();
    expect(wrongWith({ from: '2025-10-17', to: '2026-11-21' })).toBe('long');
  });

  test('may be the last whole month, quarter or year', () => {
    expect(usualPeriods(new Date('2026-01-31T10:00:00Z'))).toEqual({
      month: { from: '2025-12-01', to: '2025-12-31' },
      quarter: { from: '2025-10-01', to: '2025-12-31' },
      year: { from: '2025-01-01', to: '2025-12-31' },
    });
  });
});

test('plans of an address are ids, each once, at most ten', () => {
  expect(plansIn('shop,ledger,shop,../x,')).toEqual(['shop', 'ledger']);
  expect(plansIn(undefined)).toEqual([]);
  expect(plansIn(Array.from({ length: 12 }, (_, at) => `p${at}`).join(','))).toHaveLength(10);
});

describe('reports of single plans', () => {
  const report = (planId: string, fields: Partial<Evidence> = {}) =>
    ({
      ...{ from: 'f', to: 't', at: '2026-11-21T10:00:00Z', stackName: 'S', version: '1' },
      plans: [{ planId, expectedRuns: 4, completed: 3, failed: 1, missed: 0, proofs: { restored: 1 } }],
      ...{ drills: [], restores: [], alerts: [], keys: [{ id: 'k' }], whole: true },
      left: { plans: 0, drills: 1, restores: 0, alerts: 0, deletions: 0 },
      ...fields,
    }) as unknown as Evidence;
  const alert = (conditionId: string, since: string) =>
    ({ conditionId, kind: 'paused', severity: 'warning', since }) as const;

  test('make one: what several have is there once, the newest first, and what is left adds up', () => {
    const both = [alert('paused/-', '2026-11-01T00:00:00Z')];
    const found = merged([
      report('shop', { alerts: both }),
      report('ledger', {
        alerts: [...both, alert('x/ledger', '2026-11-02T00:00:00Z')],
        whole: false,
        at: '2026-11-21T10:00:05Z',
      }),
    ]);
    expect(found.plans.map(({ planId }) => planId)).toEqual(['ledger', 'shop']);
    expect(found.alerts.map(({ conditionId }) => conditionId)).toEqual(['x/ledger', 'paused/-']);
    expect(found.keys).toHaveLength(1);
    expect(found.left.drills).toBe(2);
    expect(found.whole).toBe(false);
    expect(found.at).toBe('2026-11-21T10:00:05Z');
    expect(found.deletions).toBeUndefined();
    expect(totalsOf(found.plans)).toMatchObject({ expected: 8, completed: 6, successRate: 0.75 });
  });

  test('deletions stay where the person may see them', () => {
    const deletion = { at: '2026-11-02T00:00:00Z', by: 'ada', action: 'plan.delete', target: 'plan/x' };
    expect(
      merged([report('a', { deletions: [deletion] }), report('b', { deletions: [] })]).deletions,
    ).toEqual([deletion]);
  });

  test('of nothing that was to run have no rate', () => {
    expect(totalsOf([]).successRate).toBeUndefined();
  });
});

test('words in the margins of a page cannot end the string that they are in', () => {
  expect(quoted('a"; } * { display: none } \\')).toBe('"a\\22 ; } * { display: none } \\5c "');
  expect(quoted('two\nlines</style>')).toBe('"two\\a lines\\3c /style\\3e "');
  expect(marginRules({ left: 'L', right: 'R', foot: 'F', of: 'of' })).toContain(
    'counter(page) " of " counter(pages)',
  );
});
