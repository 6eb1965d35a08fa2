/** What a policy would keep, asked through the API. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiWorld, apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';
import { completed } from './backups-made.ts';

let issuer: Issuer;
let world: ApiWorld;
beforeAll(async () => {
  issuer = await startIssuer();
  world = apiWorld(issuer);
  world.setNow('2026-11-21T10:00:00Z');
  const body = {
    id: 'shop',
    sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }],
    retention: { daily: 30 },
  };
  await world.call('POST /v1/plans', { as: 'admin', body });
  for (let day = 1; day <= 20; day += 1) {
    await completed(world.catalog, 'shop', `2026-11-${String(day).padStart(2, '0')}T02:00:00Z`);
  }
});
afterAll(() => issuer.close());

const preview = (body: object) => world.call('POST /v1/retention/preview', { as: 'viewer', body });

test('shows what a shorter policy lets go, and changes nothing', async () => {
  const { status, json } = await preview({ plan: 'shop', retention: { daily: 7 } });
  expect(status).toBe(200);
  expect(json).toMatchObject({ planId: 'shop', policy: { daily: 7, weekly: 12 }, whole: true, linesLeft: 0 });
  expect(json.totals).toMatchObject({ kept: 6, expired: 14 });
  expect(json.lines[0]).toMatchObject({ slot: '2026-11-20T02:00:00Z', verdict: 'keep', why: 'policy' });
  expect(json.lines.at(-1)).toMatchObject({ verdict: 'expire', why: 'policy ended' });
  expect((await world.catalog.getPlan('shop'))?.plan.retention.daily).toBe(30);
  expect((await world.catalog.listBackups('shop', { status: 'expired' })).rows).toEqual([]);
});

test('without numbers shows the policy as it is', async () => {
  expect((await preview({ plan: 'shop' })).json.totals).toMatchObject({ kept: 20, expired: 0 });
});

test('refuses what is no policy or no plan', async () => {
  const none = { hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
  expect((await preview({ plan: 'shop', retention: none })).json.code).toBe('INVALID_INPUT');
  expect((await preview({ plan: 'shop', retention: { daily: -1 } })).json.errors[0].field).toBe(
    'retention.daily',
  );
  expect((await preview({ plan: 'none' })).json.code).toBe('PLAN_NOT_FOUND');
});
