/** What destroys takes a person who signed in lately, where the stack asks for that. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../../api/routes/all.ts';
import { requireRecentSignIn } from '../../../api/step-up.ts';
import { type ApiWorld, apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';
import { addBackup, keepingWorld, shop } from '../../support/backups-world.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

const backup = '20261121T020000Z-3f9a1c22';
const minutes = 60;

/** A stack that asks for a sign-in of the last hour, or of any age. */
function worldOf(stepUpMinutes: number | undefined = minutes): ApiWorld {
  const { deps } = apiWorld(issuer);
  const settings = { ...deps.settings, ...(stepUpMinutes !== undefined && { stepUpMinutes }) };
  return apiWorld(issuer, { deps: { settings } });
}

const secondsAgo = (seconds: number) => ({ auth_time: Math.floor(Date.now() / 1000) - seconds });
const old = secondsAgo(minutes * 60 + 5);
const young = secondsAgo(minutes * 60 - 30);

interface Destructive {
  readonly name: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const destructive: readonly Destructive[] = [
  { name: `DELETE /v1/backups/${backup}` },
  { name: `POST /v1/backups/${backup}/unpin`, body: { reason: 'over' } },
  { name: `POST /v1/backups/${backup}/download` },
  { name: 'DELETE /v1/plans/shop', headers: { 'if-match': '"1"' } },
  { name: 'POST /v1/cleanup', body: { dryRun: false } },
  { name: 'POST /v1/runs', body: { task: 'cleanup' } },
];

describe.each(destructive)('$name', ({ name, body, headers = {} }) => {
  const call = async (world: ApiWorld, claims: object) =>
    world.call(name, { token: await world.tokenOf('admin', { ...claims }), body, headers });

  test('takes a sign-in of the last hour, and none that is older or does not say when it was', async () => {
    const world = worldOf();
    for (const claims of [old, {}, { auth_time: 'long ago' }]) {
      const { status, json, headers: sent } = await call(world, claims);
      expect([status, json.code, json.title]).toEqual([401, 'SIGN_IN_AGAIN', 'Not signed in']);
      expect(sent.get('www-authenticate')).toMatch(
        /^Bearer error="insufficient_user_authentication",.* max_age="3600"$/,
      );
    }
    const month = world.deps.clock.now().toISOString().slice(0, 7);
    expect((await world.catalog.listAudit(month)).rows).toEqual([]);
    expect(world.started).toEqual([]);
    expect((await call(world, young)).json?.code).not.toBe('SIGN_IN_AGAIN');
  });

  test('whoever lacks the role is told that instead', async () => {
    const world = worldOf();
    const token = await world.tokenOf('viewer', old);
    expect((await world.call(name, { token, body, headers })).json.code).toBe('FORBIDDEN');
  });

  test('takes any sign-in where the stack does not ask for more', async () => {
    const { deps } = apiWorld(issuer);
    expect(deps.settings.stepUpMinutes).toBeUndefined();
    expect((await call(apiWorld(issuer), old)).json?.code).not.toBe('SIGN_IN_AGAIN');
  });
});

test('what changes nothing takes a sign-in of any age', async () => {
  const world = worldOf();
  const token = await world.tokenOf('admin', old);
  for (const [name, body] of [
    ['GET /v1/plans'],
    ['POST /v1/cleanup', { dryRun: true }],
    ['POST /v1/cleanup'],
    ['POST /v1/runs', { task: 'verify' }],
  ] as const) {
    expect((await world.call(name, { token, body })).status, name).toBeLessThan(400);
  }
});

test('a restore that takes something away takes a young sign-in, one beside what is there does not', async () => {
  const { deps } = apiWorld(issuer);
  const settings = { ...deps.settings, stepUpMinutes: minutes };
  const world = apiWorld(issuer, { deps: { ...keepingWorld().deps, settings } });
  await world.catalog.putPlan(shop, 0, 'ada', '2026-11-20T00:00:00.000Z');
  const { backupId } = await addBackup(world.catalog);
  world.setNow('2026-11-21T12:00:00.000Z');
  const at = (time: string) => ({ auth_time: Date.parse(time) / 1000 });
  const order = async (
    body: object,
    signedInAt: string,
    role: 'operator' | 'admin' = 'admin',
    query = '',
  ) => {
    const token = await world.tokenOf(role, at(signedInAt));
    const { status, json } = await world.call(`POST /v1/backups/${backupId}/restore${query}`, {
      token,
      body,
    });
    return [status, json.code];
  };
  const replacing = {
    replace: true,
    withoutRestorePoint: true,
    options: { database: 'shop' },
    confirmed: ['the server in secret holdfast/sources/shop, database shop'],
  };
  const [morning, noon] = ['2026-11-21T10:59:59Z', '2026-11-21T11:30:00Z'];
  expect(await order(replacing, morning, 'operator')).toEqual([403, 'FORBIDDEN']);
  expect(await order(replacing, morning)).toEqual([401, 'SIGN_IN_AGAIN']);
  const { withoutRestorePoint, confirmed: _, ...preview } = replacing;
  expect(await order({ ...preview, withoutRestorePoint }, morning, 'admin', '?dryRun=true')).toEqual([
    200,
    undefined,
  ]);
  expect((await world.catalog.listRestores({})).rows).toEqual([]);
  expect(await order({}, morning)).toEqual([202, undefined]);
  expect(await order(replacing, noon)).toEqual([202, undefined]);
});

test('when the token was made does not count: a refresh makes one without anybody being there', () => {
  const now = new Date('2026-11-21T10:00:00Z');
  const ask = (actor: { readonly authTime?: string; readonly iat?: string }) => () =>
    requireRecentSignIn(actor, { stepUpMinutes: 15 }, now);
  expect(ask({ authTime: '2026-11-21T09:45:00.000Z' })).not.toThrow();
  expect(ask({ authTime: '2026-11-21T09:44:59.000Z' })).toThrow('that was 15 minutes ago');
  expect(ask({ iat: '2026-11-21T09:59:59.000Z' })).toThrow('the token does not say when that was');
});

test('the routes that ask for it are these, and restores that take something away', () => {
  const asking = routes.filter(({ spec }) => spec.stepUp !== undefined).map(({ name }) => name);
  expect(asking.sort()).toEqual([
    'DELETE /v1/backups/{backupId}',
    'DELETE /v1/plans/{planId}',
    'POST /v1/backups/{backupId}/download',
    'POST /v1/backups/{backupId}/unpin',
    'POST /v1/cleanup',
    'POST /v1/runs',
  ]);
});
