/** Figures through the API: counted live for few plans, by watch for many. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countStats } from '../../../core/control/stats.ts';
import { type ApiWorld, apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';
import { completed } from './backups-made.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

async function worldWith(plans: readonly string[]): Promise<ApiWorld> {
  const world = apiWorld(issuer);
  world.setNow('2026-11-01T00:00:00Z');
  for (const id of plans) {
    const sources = [{ kind: 'postgres', name: 'main', secret: `holdfast/sources/${id}` }];
    const body = { id, sources, schedule: { cron: '0 2 * * *' } };
    await world.deps.catalog.putPlan(world.deps.parsePlan(body), 0, 'ada', '2026-11-01T00:00:00Z');
  }
  world.setNow('2026-11-21T10:00:00Z');
  return world;
}

test('the totals, the rate, the trend, what is kept and what it costs', async () => {
  const world = await worldWith(['shop']);
  await completed(world.catalog, 'shop', '2026-11-20T02:00:00Z', {
    storedBytes: 1024 ** 3 * 100,
    seconds: 90,
  });
  await completed(world.catalog, 'shop', '2026-11-21T02:00:00Z', {
    storedBytes: 1024 ** 3 * 100,
    seconds: 30,
    tier: 'weekly',
  });
  await completed(world.catalog, 'shop', '2026-11-21T04:00:00Z', { end: 'failed' });
  const { status, json } = await world.call('GET /v1/stats', { as: 'viewer' });
  expect(status).toBe(200);
  expect(json).toMatchObject({
    asOf: '2026-11-21T10:00:00.000Z',
    countedBy: 'now',
    whole: true,
    plans: { total: 1, enabled: 1 },
    totals: {
      completed: 2,
      failed: 1,
      missed: 0,
      successRate: 0.6667,
      averageSeconds: 60,
      longestSeconds: 90,
    },
    kept: { backups: 2, storedBytes: 1024 ** 3 * 200 },
    byTier: { daily: { backups: 1 }, weekly: { backups: 1 } },
    byKind: { database: { backups: 2 } },
    lastBackup: { planId: 'shop', slot: '2026-11-21T04:00:00Z', status: 'failed' },
    cost: { monthlyUsd: 3.55, region: 'us-east-1' },
  });
  expect(
    json.trend.map(({ day, completed: made }: { day: string; completed: number }) => [day, made]),
  ).toEqual([
    ['2026-11-20', 1],
    ['2026-11-21', 1],
  ]);
  expect(json.nextRuns[0]).toEqual({ planId: 'shop', at: '2026-11-22T02:00:00Z' });
});

test('many plans are counted by watch, and the answer says when', async () => {
  const world = await worldWith(Array.from({ length: 51 }, (_, at) => `plan-${String(at).padStart(2, '0')}`));
  await completed(world.catalog, 'plan-07', '2026-11-21T02:00:00Z');
  const before = (await world.call('GET /v1/stats', { as: 'viewer' })).json;
  expect([before.whole, before.plans.total]).toEqual([false, 50]);
  const at = new Date('2026-11-21T10:05:00Z');
  expect(await countStats(world.deps, at, () => false)).toBe(true);
  world.setNow('2026-11-21T10:40:00Z');
  const { json } = await world.call('GET /v1/stats?days=1', { as: 'viewer' });
  expect(json).toMatchObject({
    asOf: at.toISOString(),
    countedBy: 'watch',
    whole: true,
    plans: { total: 51 },
    totals: { completed: 1, missed: 50 },
    byPlan: { length: 51 },
    nextRuns: { length: 20 },
  });
  const one = (await world.call('GET /v1/stats?plan=plan-07', { as: 'viewer' })).json;
  expect(one).toMatchObject({ countedBy: 'now', totals: { completed: 1 }, plans: { total: 1 } });
});

test('asks the catalog as much for a thousand backups as for ten', async () => {
  const asked = async (backups: number) => {
    const world = await worldWith(['shop']);
    for (let at = 0; at < backups; at += 1) {
      const slot = new Date(Date.parse('2026-11-21T02:00:00Z') - at * 86_400_000).toISOString();
      await completed(world.catalog, 'shop', slot);
    }
    let rows = 0;
    const catalog: typeof world.catalog = {
      ...world.catalog,
      async listBackups(...request) {
        const page = await world.catalog.listBackups(...request);
        rows += page.rows.length;
        return page;
      },
    };
    const { json } = await apiWorld(issuer, { deps: { ...world.deps, catalog } }).call('GET /v1/stats', {
      as: 'viewer',
    });
    expect(json.totals.completed).toBe(2);
    return rows;
  };
  expect(await asked(1000)).toBe(await asked(10));
});

test('refuses more days than are counted, and a plan that is none', async () => {
  const world = await worldWith(['shop']);
  expect((await world.call('GET /v1/stats?days=91', { as: 'viewer' })).json.errors[0].field).toBe('days');
  expect((await world.call('GET /v1/stats?plan=none', { as: 'viewer' })).json.code).toBe('PLAN_NOT_FOUND');
});

test('a scrape has what watch counted, and nothing of it before watch has', async () => {
  const world = await worldWith(['shop']);
  await completed(world.catalog, 'shop', '2026-11-21T02:00:00Z', { storedBytes: 1000, seconds: 90 });
  await completed(world.catalog, 'shop', '2026-11-21T04:00:00Z', { end: 'failed', seconds: 30 });
  const scrape = async () => (await world.call('GET /v1/metrics', { as: 'viewer' })).text;
  expect(await scrape()).not.toContain('holdfast_stats_');
  await countStats(world.deps, new Date('2026-11-21T10:05:00Z'), () => false);
  const lines = (await scrape()).split('\n').filter((line) => line.startsWith('holdfast_stats_'));
  const at = Date.parse('2026-11-21T10:05:00Z') / 1000;
  expect(lines).toEqual(
    expect.arrayContaining([
      `holdfast_stats_counted_at_seconds ${at}`,
      'holdfast_stats_plans 1',
      'holdfast_stats_backups_30d{outcome="completed"} 1',
      'holdfast_stats_backups_30d{outcome="failed"} 1',
      'holdfast_stats_kept_bytes{tier="daily"} 1000',
      'holdfast_stats_kept_bytes_by_kind{kind="database"} 1000',
      'holdfast_stats_plan_backups_30d{plan="shop",outcome="failed"} 1',
      'holdfast_stats_plan_last_backup_ok{plan="shop"} 0',
      `holdfast_stats_plan_last_backup_at_seconds{plan="shop"} ${Date.parse('2026-11-21T04:00:30Z') / 1000}`,
    ]),
  );
});

test('a week of figures tells how much will be kept, whatever was asked for; less tells nothing', async () => {
  const world = await worldWith(['shop']);
  const gib = 1024 ** 3;
  const kept = async (days: number) => {
    for (let at = 0; at < days; at += 1) {
      const day = `2026-11-${String(14 + at).padStart(2, '0')}`;
      const nothing = { completed: 0, failed: 0, missed: 0, sourceBytes: 0, storedBytes: 0, seconds: 0 };
      const counts = { ...nothing, longestSeconds: 0, verified: 0, verifyFailed: 0, proven: 0 };
      await world.catalog.putDay({ planId: 'shop', day, ...counts, keptBytes: (at + 1) * gib });
    }
    await world.catalog.saveUsage('shop', {
      ...{ countedAt: '2026-11-21T09:00:00.000Z', backups: 1, storedBytes: 8 * gib },
      byTier: { daily: { backups: 1, storedBytes: 8 * gib } },
    });
    return (await world.call('GET /v1/stats?days=1', { as: 'viewer' })).json.forecast;
  };
  // The 14th, 15th, 16th, and today as it is counted now.
  expect(await kept(3)).toBeUndefined();
  const forecast = await kept(7);
  expect(Object.keys(forecast.days)).toEqual(['30', '90', '365']);
  expect(forecast.days[30].keptBytes / gib).toBeCloseTo(38, 0);
  expect(forecast.days[30].monthlyUsd).toBeGreaterThan(forecast.days[30].keptBytes / gib / 1000);
  expect(forecast.method).toContain('A straight line');
});
