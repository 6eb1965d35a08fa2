/** Days counted from rows, by watch: the same however often, and kept when the rows are gone. */
import { beforeEach, describe, expect, test } from 'vitest';
import { parsePlan } from '../../../adapters/kinds.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { monthlyUsd } from '../../../core/control/prices.ts';
import { countStats, statsOf } from '../../../core/control/stats.ts';
import { countDay } from '../../../core/control/stats-day.ts';
import type { Catalog, PlanRow } from '../../../core/ports/catalog.ts';
import { readState } from '../../../core/state.ts';
import { completed } from '../api/backups-made.ts';

let catalog: Catalog;
let row: PlanRow;
beforeEach(async () => {
  catalog = memoryCatalog();
  const sources = [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }];
  const plan = parsePlan({ id: 'shop', sources, schedule: { cron: '0 */6 * * *' } });
  row = await catalog.putPlan(plan, 0, 'ada', '2026-11-01T00:00:00Z');
});
const rowsOf = async () => (await catalog.listBackups('shop')).rows;
const count = (at: string) => countStats({ catalog }, new Date(at), () => false);

describe('a day', () => {
  test('counts what came of its slots, whenever that was', async () => {
    await completed(catalog, 'shop', '2026-11-20T18:00:00Z', { seconds: 40_000, storedBytes: 10 });
    await completed(catalog, 'shop', '2026-11-20T12:00:00Z', { end: 'failed' });
    const { backupId } = await completed(catalog, 'shop', '2026-11-20T00:00:00Z', { storedBytes: 5 });
    const at = '2026-11-21T03:00:00Z';
    await catalog.recordVerification('shop', backupId, {
      status: 'passed',
      level: 'restored',
      verifiedAt: at,
      provenAt: at,
      detail: '',
    });
    expect(countDay(row, '2026-11-20', await rowsOf(), new Date('2026-11-21T12:00:00Z'))).toMatchObject({
      completed: 2,
      failed: 1,
      missed: 1,
      storedBytes: 15,
      longestSeconds: 40_000,
      verified: 1,
      proven: 1,
    });
  });

  test.each([
    ['once the grace is over', '2026-11-21T07:00:01Z', {}, 2],
    ['not within the grace', '2026-11-21T06:59:00Z', {}, 1],
    ['not while the plan is off', '2026-11-21T23:00:00Z', { plan: { enabled: false } }, 0],
    ['not while it is paused', '2026-11-21T23:00:00Z', { paused: { at: '', by: '', reason: '' } }, 0],
    [
      'not of times before the plan was as it is',
      '2026-11-21T23:00:00Z',
      { updatedAt: '2026-11-21T13:00:00Z' },
      1,
    ],
  ])('counts a missed run %s', (_, now, change, missed) => {
    const changed = { ...row, ...change, plan: { ...row.plan, ...('plan' in change ? change.plan : {}) } };
    expect(countDay(changed, '2026-11-21', [], new Date(now)).missed).toBe(missed);
  });

  test('of 23 and of 25 hours has as many runs as the clock has', () => {
    const plan = { ...row.plan, schedule: { cron: '30 2 * * *', timeZone: 'Europe/Berlin' } };
    const on = (day: string) =>
      countDay({ ...row, plan, updatedAt: '2026-01-01T00:00:00Z' }, day, [], new Date('2026-12-01T00:00:00Z'))
        .missed;
    expect([on('2026-03-28'), on('2026-03-29'), on('2026-03-30'), on('2026-10-25')]).toEqual([1, 0, 1, 1]);
  });
});

describe('watch', () => {
  test('counts the same again, and what was kept at the end of a day stays', async () => {
    await completed(catalog, 'shop', '2026-11-20T18:00:00Z', { storedBytes: 700 });
    await count('2026-11-20T23:00:00Z');
    const first = await catalog.listDays('shop', '2026-11-20', '2026-11-20');
    await completed(catalog, 'shop', '2026-11-21T00:00:00Z', { storedBytes: 300 });
    await count('2026-11-21T01:00:00Z');
    await count('2026-11-21T01:00:00Z');
    const days = await catalog.listDays('shop', '2026-11-20', '2026-11-21');
    expect(days.map(({ day, completed: made, keptBytes }) => [day, made, keptBytes])).toEqual([
      ['2026-11-20', 1, 700],
      ['2026-11-21', 1, 1000],
    ]);
    expect(first[0]).toMatchObject({ completed: 1, keptBytes: 700 });
  });

  test('keeps the figures of days whose rows are not read any more', async () => {
    await completed(catalog, 'shop', '2026-11-10T18:00:00Z');
    await count('2026-11-10T19:00:00Z');
    const stats = await statsOf({ catalog, now: new Date('2026-11-21T12:00:00Z') }, { days: 30 });
    expect(stats.totals.completed).toBe(1);
    expect(stats.trend.find(({ day }) => day === '2026-11-10')).toMatchObject({ completed: 1 });
  });

  test('that has no time for all leaves the state as it was', async () => {
    await count('2026-11-20T23:00:00Z');
    expect(await countStats({ catalog }, new Date('2026-11-21T00:00:00Z'), () => true)).toBe(false);
    expect((await readState(catalog, 'stats')).value?.asOf).toBe('2026-11-20T23:00:00.000Z');
  });

  test('adds what completed since cleanup counted, and counts nothing twice', async () => {
    await completed(catalog, 'shop', '2026-11-20T12:00:00Z', { storedBytes: 10 });
    const byTier = { daily: { backups: 1, storedBytes: 10 }, yearly: { backups: 2, storedBytes: 100 } };
    await catalog.saveUsage('shop', {
      countedAt: '2026-11-20T23:10:00Z',
      backups: 3,
      storedBytes: 110,
      byTier,
    });
    await completed(catalog, 'shop', '2026-11-21T00:00:00Z', { storedBytes: 7 });
    const { kept, byTier: tiers } = await statsOf(
      { catalog, now: new Date('2026-11-21T01:00:00Z') },
      { days: 1 },
    );
    expect([kept, tiers]).toEqual([
      { backups: 4, storedBytes: 117 },
      { daily: { backups: 2, storedBytes: 17 }, yearly: { backups: 2, storedBytes: 100 } },
    ]);
  });
});

test('a terabyte of each class for a month', () => {
  const tib = 1024 ** 4;
  expect(monthlyUsd({ STANDARD: tib, STANDARD_IA: tib, GLACIER_IR: tib, DEEP_ARCHIVE: tib })).toBe(41.46);
});
