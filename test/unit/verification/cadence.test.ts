/** What is due by the calendar, from rows and the time alone. */
import { describe, expect, test } from 'vitest';
import type { BackupRow, PlanProof, PlanRow } from '../../../core/ports/catalog.ts';
import { drillDue, lookDue, mayNeedDrill, needsLook } from '../../../core/verification/cadence.ts';
import { aBackup, aPlanRow } from '../health/world.ts';

const now = new Date('2026-11-21T10:00:00.000Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();
const daysAgo = (days: number) => hoursAgo(days * 24);
type Drill = NonNullable<PlanProof['drill']>;

const planOf = (verification: Record<string, unknown>, row: Partial<PlanRow> = {}) =>
  aPlanRow({ verification }, row);
const drilled = (days: number, result: Drill['result'] = 'proven') => ({
  drill: { at: daysAgo(days), result },
});
const read = (days: number, provenDaysAgo?: number): BackupRow =>
  aBackup(daysAgo(days), {
    verification: {
      status: 'passed',
      level: 'readable',
      verifiedAt: daysAgo(days),
      detail: '',
      ...(provenDaysAgo !== undefined && { provenAt: daysAgo(provenDaysAgo) }),
    },
  });

describe('a drill of the newest backup', () => {
  test.each([
    ['daily', 0.9, false],
    ['daily', 1, true],
    ['weekly', 6, false],
    ['weekly', 7, true],
    ['monthly', 29, false],
    ['monthly', 30, true],
    ['never', 4000, false],
  ] as const)('%s: proven %d days ago, due: %s', (drill, days, isDue) => {
    const row = planOf({ drill }, { proof: drilled(days) });
    expect(drillDue(row, [read(0.1)], now) !== undefined).toBe(isDue);
  });

  test('is due at once where none was ever proven, and is of the newest that is good', () => {
    const bad = aBackup(daysAgo(0), {
      verification: { status: 'failed', level: 'stored', verifiedAt: daysAgo(0), detail: 'gone' },
    });
    const partial = { ...read(0), only: ['one'] };
    expect(drillDue(planOf({}), [bad, partial, read(1), read(2)], now)?.slot).toBe(read(1).slot);
    expect(drillDue(planOf({}), [bad], now)).toBeUndefined();
  });

  test('is not due while any backup of the plan was proven within the period, by whomever', () => {
    expect(drillDue(planOf({}), [read(1), read(3, 2)], now)).toBeUndefined();
    expect(drillDue(planOf({}), [read(1), read(9, 8)], now)?.slot).toBe(read(1).slot);
  });

  test('that failed or was never ended is tried again after a day, one that gave way after the period', () => {
    for (const result of ['failed', 'error', 'begun'] as const) {
      expect(mayNeedDrill(planOf({}, { proof: drilled(0.5, result) }), now)).toBe(false);
      expect(mayNeedDrill(planOf({}, { proof: drilled(1, result) }), now)).toBe(true);
    }
    expect(mayNeedDrill(planOf({}, { proof: drilled(6, 'less') }), now)).toBe(false);
    expect(mayNeedDrill(planOf({}, { proof: drilled(7, 'less') }), now)).toBe(true);
  });

  test('is left to the first verification where every new backup is drilled', () => {
    const fresh = aBackup(daysAgo(0), { verification: undefined });
    expect(drillDue(planOf({ level: 'restored' }), [fresh], now)).toBeUndefined();
    expect(drillDue(planOf({ level: 'readable' }), [fresh], now)).toBe(fresh);
    expect(drillDue(planOf({ level: 'restored' }), [read(8, 8)], now)).toBeDefined();
  });

  test('of a plan that rests is made once for its newest backup, and none of a deleted one', () => {
    const rest = { paused: { at: daysAgo(60), by: 'ann', reason: 'moving' } };
    expect(drillDue(planOf({}, rest), [read(60)], now)).toBeDefined();
    expect(drillDue(planOf({}, rest), [read(60, 59)], now)).toBeUndefined();
    const off = aPlanRow({ enabled: false });
    expect(drillDue(off, [read(60, 59)], now)).toBeUndefined();
    expect(mayNeedDrill(planOf({}, { deleted: { at: daysAgo(1), by: 'ann' } }), now)).toBe(false);
  });
});

describe('the look at every kept backup', () => {
  test.each([
    ['daily', 0.9, false],
    ['daily', 1, true],
    ['weekly', 6, false],
    ['weekly', 7, true],
    ['never', 4000, false],
  ] as const)('%s: looked at %d days ago, due: %s', (stored, days, isDue) => {
    expect(lookDue(planOf({ stored }, { proof: { storedAt: daysAgo(days) } }), now)).toBe(isDue);
  });

  test('that could not see everything is repeated after six hours, not in every sweep', () => {
    const failed = (hours: number) => ({
      proof: {
        storedAt: daysAgo(3),
        storedError: { at: hoursAgo(hours), backupId: read(1).backupId, code: 'KEY_MISSING', message: '' },
      },
    });
    expect(lookDue(planOf({}, failed(1)), now)).toBe(false);
    expect(lookDue(planOf({}, failed(6)), now)).toBe(true);
  });

  test('leaves out what was seen since it began, or half a period before, and what is missing or gone', () => {
    const row = planOf({});
    const at = now.toISOString();
    expect(needsLook(row, read(9), at)).toBe(true);
    expect(needsLook(row, { ...read(9), storedAt: hoursAgo(23) }, at)).toBe(true);
    expect(needsLook(row, { ...read(9), storedAt: hoursAgo(6) }, at)).toBe(false);
    expect(needsLook(row, { ...read(9), missingSince: daysAgo(2) }, at)).toBe(false);
    expect(needsLook(row, { ...read(9), status: 'expired' }, at)).toBe(false);
  });
});
