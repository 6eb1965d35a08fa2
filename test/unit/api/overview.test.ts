/** What the console opens with: who one is, how to sign in, the state of everything; and what everybody may know. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePlan } from '../../../adapters/kinds.ts';
import type { ApiSettings } from '../../../api/deps.ts';
import { apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';
import { watchWorld } from '../health/world.ts';
import { completed } from './backups-made.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

/** A stack with such settings beside those of every test. */
function worldOf(settings: Partial<ApiSettings> = {}) {
  const { deps } = apiWorld(issuer);
  return apiWorld(issuer, { deps: { settings: { ...deps.settings, ...settings } } });
}

describe('GET /v1/me', () => {
  test('says who one is, what one may, and how long that holds', async () => {
    const world = worldOf({ stepUpMinutes: 30 });
    const exp = Math.floor(Date.now() / 1000) + 300;
    const token = await world.tokenOf('operator', { exp, auth_time: exp - 600 });
    const { status, json } = await world.call('GET /v1/me', { token });
    expect([status, json]).toEqual([
      200,
      {
        name: 'ada',
        subject: 'person-1',
        role: 'operator',
        groups: ['holdfast-operator'],
        authTime: new Date((exp - 600) * 1000).toISOString(),
        expiresAt: new Date(exp * 1000).toISOString(),
        stepUpMinutes: 30,
      },
    ]);
  });

  test('says nothing of a time that the token does not know, and nothing of step-up where there is none', async () => {
    const { json } = await worldOf().call('GET /v1/me', { as: 'viewer' });
    expect(Object.keys(json).sort()).toEqual(['expiresAt', 'groups', 'name', 'role', 'subject']);
  });
});

describe('GET /v1/sign-in', () => {
  test('tells everybody where to sign in', async () => {
    const signIn = { issuer: 'https://issuer.example.org', clientId: 'c-1', scopes: ['openid'] };
    const { status, json } = await worldOf({ signIn }).call('GET /v1/sign-in');
    expect([status, json]).toEqual([200, signIn]);
  });

  test('is not there where nobody signs in', async () => {
    const { status, json } = await worldOf().call('GET /v1/sign-in');
    expect([status, json.code]).toEqual([404, 'NOT_FOUND']);
  });
});

describe('GET /v1/public-status', () => {
  const watched = async (world: ReturnType<typeof worldOf>, found: object = {}) =>
    world.catalog.putState(
      'watch',
      {
        completedAt: '2026-11-21T09:00:00.000Z',
        pinged: { secret: '20261121T020000Z-6fb80b81' },
        found: {
          state: 'well',
          since: '2026-11-01T10:00:00.000Z',
          lastBackupAt: '2026-11-21T02:02:00.000Z',
          lastProvenAt: '2026-11-21T02:15:00.000Z',
          ...found,
        },
      },
      0,
    );

  test('is not there unless the stack was told to say it, whoever asks', async () => {
    const world = worldOf();
    await watched(world);
    const asked = await Promise.all([
      world.call('GET /v1/public-status'),
      world.call('GET /v1/public-status', { as: 'admin' }),
    ]);
    expect(asked.map(({ status, json }) => [status, json.code])).toEqual([
      [404, 'NOT_FOUND'],
      [404, 'NOT_FOUND'],
    ]);
    expect(asked[0]?.headers.get('cache-control')).toBe('no-store');
  });

  test('is one word and times: no name and no count, and may be kept for a minute', async () => {
    const world = worldOf({ publicStatus: true });
    await watched(world);
    world.setNow('2026-11-21T09:30:00.000Z');
    const { status, json, headers } = await world.call('GET /v1/public-status');
    expect([status, json]).toEqual([
      200,
      {
        at: '2026-11-21T09:30:00.000Z',
        state: 'well',
        checkedAt: '2026-11-21T09:00:00.000Z',
        since: '2026-11-01T10:00:00.000Z',
        lastBackupAt: '2026-11-21T02:02:00.000Z',
        lastProvenAt: '2026-11-21T02:15:00.000Z',
      },
    ]);
    expect(headers.get('cache-control')).toBe('public, max-age=60');
    expect((await world.call('GET /v1/health')).headers.get('cache-control')).toBe('no-store');
  });

  test('is unknown when watch has not looked for three hours, or never', async () => {
    const world = worldOf({ publicStatus: true });
    expect((await world.call('GET /v1/public-status')).json.state).toBe('unknown');
    await watched(world, { state: 'trouble' });
    world.setNow('2026-11-21T12:00:00.000Z');
    expect((await world.call('GET /v1/public-status')).json.state).toBe('trouble');
    world.setNow('2026-11-21T12:00:01.000Z');
    const { json } = await world.call('GET /v1/public-status');
    expect([json.state, json.since, json.checkedAt]).toEqual([
      'unknown',
      undefined,
      '2026-11-21T09:00:00.000Z',
    ]);
  });

  test('is as a round of watch found it, and since when', async () => {
    const watch = watchWorld();
    const { deps } = apiWorld(issuer);
    const world = apiWorld(issuer, {
      deps: { catalog: watch.catalog, settings: { ...deps.settings, publicStatus: true } },
    });
    const now = async () => {
      world.setNow(watch.clock.now().toISOString());
      const { state, since, lastBackupAt } = (await world.call('GET /v1/public-status')).json;
      return [state, since, lastBackupAt];
    };
    await watch.apply();
    await watch.backup('2026-11-21T02:00:00Z');
    await watch.verify('2026-11-21T02:00:00Z');
    await watch.round();
    expect(await now()).toEqual(['well', '2026-11-21T10:00:00.000Z', '2026-11-21T02:02:00.000Z']);
    watch.clock.set('2026-11-21T11:00:00Z');
    await watch.round();
    expect(await now()).toEqual(['well', '2026-11-21T10:00:00.000Z', '2026-11-21T02:02:00.000Z']);
    await watch.backup('2026-11-21T11:30:00Z', 'failed');
    watch.clock.set('2026-11-21T12:00:00Z');
    await watch.round();
    expect(await now()).toEqual(['trouble', '2026-11-21T12:00:00.000Z', '2026-11-21T02:02:00.000Z']);
  });
});

describe('GET /v1/overview', () => {
  test('has the stack, its state and its plans', async () => {
    const world = worldOf();
    world.setNow('2026-11-21T09:00:00.000Z');
    const sources = [{ kind: 'mongodb', name: 'main', secret: 'holdfast/sources/shop' }];
    await world.catalog.putPlan(parsePlan({ id: 'shop', sources }), 0, 'ada', '2026-11-20T00:00:00Z');
    await completed(world.catalog, 'shop', '2026-11-21T02:00:00Z');
    const { status, json } = await world.call('GET /v1/overview', { as: 'viewer' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      stackName: 'Test',
      version: '9.9.9',
      counts: { plans: 1 },
      plans: [{ planId: 'shop', kinds: ['mongodb'], latest: { status: 'completed' } }],
    });
    expect(json.plans[0].days).toHaveLength(30);
  });

  test('of a plan that is not there is 404, and takes no more than 200 plans at a time', async () => {
    const world = worldOf();
    const lost = await world.call('GET /v1/overview?plan=nobody', { as: 'viewer' });
    expect([lost.status, lost.json.code]).toEqual([404, 'PLAN_NOT_FOUND']);
    expect((await world.call('GET /v1/overview?limit=201', { as: 'viewer' })).status).toBe(400);
  });
});
