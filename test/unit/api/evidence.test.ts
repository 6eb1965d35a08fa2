/** Restore drills, the report over a period, and the settings, through the API. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maskedAddress, shownAddress } from '../../../core/control/settings.ts';
import { countStats } from '../../../core/control/stats.ts';
import type { AlertRow, DrillRow, RestoreRow } from '../../../core/ports/catalog.ts';
import { type ApiWorld, apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';
import { completed } from './backups-made.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

const wk = 'wk-20260901-0123abcd';

async function worldWith(plans: Readonly<Record<string, object>>, change: object = {}): Promise<ApiWorld> {
  const { deps: base } = apiWorld(issuer);
  const keyRing = {
    publicKeys: async () => ({
      recipients: [
        { id: wk, publicKeyPem: 'pem' },
        { id: 'wk-20250901-89abcdef', publicKeyPem: 'pem' },
        {
          id: 'kms-01234567',
          providerId: 'aws-kms',
          providerInfo: 'arn',
          keyring: async () => ({}) as never,
        },
      ],
      signers: [{ id: 'sk-backup-20260901-0123abcd', role: 'backup' as const, publicKeyPem: 'pem' }],
    }),
  };
  const recipients = {
    list: async () => [{ protocol: 'email', endpoint: 'ada@example.org', confirmed: true }],
  };
  const world = apiWorld(issuer, {
    deps: { health: { keyRing, recipients }, settings: { ...base.settings, ...change } },
  });
  for (const [id, plan] of Object.entries(plans)) {
    const sources = [{ kind: 'postgres', name: 'main', secret: `holdfast/sources/${id}` }];
    const parsed = world.deps.parsePlan({ id, sources, schedule: { cron: '0 2 * * *' }, ...plan });
    await world.catalog.putPlan(parsed, 0, 'ada', '2026-11-01T00:00:00Z');
  }
  world.setNow('2026-11-21T10:00:00Z');
  return world;
}

const aDrill = (planId: string, at: string, change: Partial<DrillRow> = {}): DrillRow => ({
  planId,
  backupId: '20261120T020000Z-3f9a1c22',
  slot: '2026-11-20T02:00:00Z',
  at,
  level: 'restored',
  status: 'passed',
  seconds: 61.5,
  counted: { rows: 12 },
  differences: 0,
  detail: '',
  ...change,
});

describe('drills', () => {
  test('are shown beside what the plan promises today, narrowed and page by page', async () => {
    const world = await worldWith({ shop: { targets: { recoveryTimeMinutes: 15 } }, blog: {} });
    const drills = [
      aDrill('shop', '2026-11-19T03:00:00.000Z'),
      aDrill('blog', '2026-11-20T03:00:00.000Z', {
        status: 'failed',
        level: 'stored',
        detail: 'rows differ',
      }),
      aDrill('shop', '2026-11-21T03:00:00.000Z', { level: 'readable' }),
    ];
    for (const drill of drills) await world.catalog.saveDrill(drill);
    const list = async (query: string) => (await world.call(`GET /v1/drills${query}`, { as: 'viewer' })).json;
    const [first, second, third] = (await list('')).items;
    expect([first, third]).toEqual([
      { ...drills[2], targetSeconds: 900 },
      { ...drills[0], targetSeconds: 900 },
    ]);
    expect(second).toEqual(drills[1]);
    const page = await list('?plan=shop&limit=1');
    expect(page.items).toEqual([first]);
    expect((await list(`?plan=shop&limit=1&cursor=${page.nextCursor}`)).items).toEqual([third]);
    expect((await list('?result=failed')).items).toEqual([second]);
    expect((await list('?from=2026-11-19T03:00:00Z&to=2026-11-20T03:00:00Z')).items).toEqual([third]);
    const { status } = await world.call('GET /v1/drills?result=proven', { as: 'viewer' });
    expect(status).toBe(400);
  });
});

describe('evidence', () => {
  async function aHistory(): Promise<ApiWorld> {
    const world = await worldWith({ shop: { name: 'Shop', targets: { recoveryTimeMinutes: 1 } }, blog: {} });
    const { catalog } = world;
    for (const day of ['18', '19', '21'])
      await completed(catalog, 'shop', `2026-11-${day}T02:00:00Z`, { storedBytes: 1000 });
    await completed(catalog, 'shop', '2026-11-20T02:00:00Z', { end: 'failed' });
    // As watch counts each day.
    for (const at of ['2026-11-19T10:00:00Z', '2026-11-21T10:00:00Z'])
      await countStats(world.deps, new Date(at), () => false);
    await catalog.saveDrill(aDrill('shop', '2026-11-10T03:00:00.000Z'));
    await catalog.saveDrill(aDrill('shop', '2026-11-19T03:00:00.000Z'));
    await catalog.saveDrill(
      aDrill('shop', '2026-11-20T03:00:00.000Z', { status: 'failed', level: 'stored' }),
    );
    const restore: RestoreRow = {
      restoreId: 'r-20261120t091203z-3f9a1c22',
      planId: 'shop',
      backupId: (await catalog.listBackups('shop', { limit: 1 })).rows[0]?.backupId ?? '',
      status: 'pending',
      createdBy: 'ada',
      createdAt: '2026-11-20T09:00:00.000Z',
      request: {},
      correlationId: 'c-1',
    };
    await catalog.createRestore(restore, '2026-11-22T00:00:00Z');
    await catalog.startRestore(restore.restoreId, '2026-11-20T09:00:01.000Z');
    await catalog.finishRestore(restore.restoreId, {
      status: 'completed',
      completedAt: '2026-11-20T09:10:00.000Z',
      result: { target: 'database x', comparison: { compared: { tables: 3 }, differences: [] } },
    });
    const alert = (conditionId: string, since: string, closedAt?: string): AlertRow => ({
      ...{ conditionId, kind: 'backup-failed', severity: 'critical', planId: 'shop', subject: '', text: '' },
      ...{ since, lastToldAt: since, timesTold: 1, ...(closedAt !== undefined && { closedAt }) },
    });
    await catalog.saveAlert(
      alert('backup-failed/shop', '2026-11-20T02:01:00.000Z', '2026-11-21T02:01:00.000Z'),
    );
    await catalog.saveAlert(
      alert('cleanup-failed/shop', '2026-11-02T00:00:00.000Z', '2026-11-03T00:00:00.000Z'),
    );
    await catalog.saveAlert(alert('key-unproven/shop', '2026-11-16T10:00:00.000Z'));
    await catalog.putState('keys', { keys: { [wk]: { provenAt: '2026-09-02T00:00:00.000Z' } } }, 0);
    return world;
  }
  const period = '?from=2026-11-18T00:00:00Z&to=2026-11-22T00:00:00Z';

  test('says of each plan what was to be made and was, and what proves it', async () => {
    const world = await aHistory();
    const { status, json } = await world.call(`GET /v1/evidence${period}`, { as: 'viewer' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      stackName: 'Test',
      version: '9.9.9',
      whole: true,
      at: '2026-11-21T10:00:00.000Z',
    });
    expect(json.plans.map(({ planId }: { planId: string }) => planId)).toEqual(['blog', 'shop']);
    expect(json.plans[1]).toMatchObject({
      name: 'Shop',
      schedule: { expression: '0 2 * * *', timeZone: 'UTC', intervalSeconds: 86_400 },
      targets: { recoveryTimeMinutes: 1 },
      ...{ expectedRuns: 4, completed: 3, failed: 1, missed: 0, successRate: 0.75 },
      proofs: { restored: 1, failed: 1 },
      lastProvenAt: '2026-11-19T03:00:00.000Z',
      // From the 19th to the 21st, since the run between failed.
      longestGapSeconds: 2 * 86_400,
      oldestKeptSlot: '2026-11-18T02:00:00Z',
      restores: { completed: 1, failed: 0 },
      alerts: { raised: 2, closed: 1, longestOpenSeconds: 5 * 86_400 },
    });
    // Nothing was made: the gap is the whole period, up to now.
    expect(json.plans[0]).toMatchObject({
      completed: 0,
      missed: 4,
      longestGapSeconds: 82 * 3600,
      successRate: 0,
    });
    expect(json.plans[0]).not.toHaveProperty('lastProvenAt');
  });

  test('lists the drills, restores and alerts of the period, with what was open before it and is still', async () => {
    const world = await aHistory();
    const { json } = await world.call(`GET /v1/evidence${period}`, { as: 'viewer' });
    expect(
      json.drills.map(({ at, targetSeconds }: DrillRow & { targetSeconds: number }) => [at, targetSeconds]),
    ).toEqual([
      ['2026-11-20T03:00:00.000Z', 60],
      ['2026-11-19T03:00:00.000Z', 60],
    ]);
    expect(json.restores).toMatchObject([{ status: 'completed', createdBy: 'ada', compared: { tables: 3 } }]);
    expect(json.alerts.map(({ conditionId }: AlertRow) => conditionId)).toEqual([
      'backup-failed/shop',
      'key-unproven/shop',
    ]);
    expect(json.keys[0]).toEqual({ id: wk, provenAt: '2026-09-02T00:00:00.000Z' });
    expect(json.left).toEqual({ plans: 0, drills: 0, restores: 0, alerts: 0, deletions: 0 });
  });

  test('shows only administrators what was deleted on request', async () => {
    const world = await aHistory();
    const entry = { by: 'eve', target: 'backup/x', detail: '', correlationId: 'c', result: 'ok' as const };
    const before = { planId: 'blog' };
    await world.catalog.appendAudit({
      ...entry,
      at: '2026-11-19T01:00:00.000Z',
      id: 'a',
      action: 'backup.delete',
      before,
    });
    await world.catalog.appendAudit({
      ...entry,
      at: '2026-11-19T02:00:00.000Z',
      id: 'b',
      action: 'backup.pin',
      before,
    });
    expect((await world.call(`GET /v1/evidence${period}`, { as: 'operator' })).json).not.toHaveProperty(
      'deletions',
    );
    const { json } = await world.call(`GET /v1/evidence${period}`, { as: 'admin' });
    expect(json.deletions).toEqual([
      {
        at: '2026-11-19T01:00:00.000Z',
        by: 'eve',
        action: 'backup.delete',
        target: 'backup/x',
        result: 'ok',
      },
    ]);
    const ofShop = await world.call(`GET /v1/evidence${period}&plan=shop`, { as: 'admin' });
    expect([ofShop.json.deletions, ofShop.json.plans.length]).toEqual([[], 1]);
  });

  test('takes at most 400 days, in their order, and a plan that is there', async () => {
    const world = await worldWith({ shop: {} });
    const ask = async (query: string) => {
      const { status, json } = await world.call(`GET /v1/evidence${query}`, { as: 'viewer' });
      return [status, json.errors?.[0].field ?? json.code];
    };
    expect(await ask('?from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z')).toEqual([400, 'from']);
    expect(await ask('?from=2025-01-01T00:00:00Z&to=2026-11-21T00:00:00Z')).toEqual([400, 'to']);
    expect(await ask('?plan=absent')).toEqual([404, 'PLAN_NOT_FOUND']);
    expect((await ask(''))[0]).toBe(200);
    // A period whose days are 401.
    expect((await ask('?from=2025-10-17T12:00:00Z&to=2026-11-21T12:00:00Z'))[0]).toBe(200);
  });
});

describe('settings', () => {
  const change = {
    stepUpMinutes: 60,
    publicStatus: true,
    allowFrom: ['192.0.2.0/24'],
    signIn: { issuer: 'https://issuer.example', clientId: 'c', scopes: ['openid'] },
    health: { undeleteDays: 21, quotaBytes: 5_000 },
    shown: {
      region: 'eu-central-1',
      vault: { bucket: 'vault', prefix: 'x/', replica: true },
      mfa: 'required',
      throttle: { ratePerSecond: 50, burst: 100 },
      channels: ['ops'],
    },
  };

  test('are those of deployment, of the keys, and what plans name; never what is in a secret', async () => {
    const channel = { name: 'team', secret: 'holdfast/channels/team' };
    const shop = { notifications: { recipients: ['ada@example.org'], channels: [channel] } };
    const vaults = [{ name: 'away', secret: 'holdfast/vaults/away' }];
    const sources = [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }];
    const world = await worldWith({ shop, blog: { sources, vaults } }, change);
    const done = { exportedAt: '2026-09-02T00:00:00.000Z' };
    const old = 'wk-20240901-01010101';
    await world.catalog.putState('keys', { keys: { [wk]: done, [old]: done, 'sk-backup-x': done } }, 0);
    const { status, json } = await world.call('GET /v1/settings', { as: 'operator' });
    expect(status).toBe(200);
    expect(json).toEqual({
      ...{
        stackName: 'Test',
        version: '9.9.9',
        region: 'eu-central-1',
        quotaBytes: 5_000,
        publicStatus: true,
      },
      vault: { bucket: 'vault', prefix: 'x/', replica: true, undeleteDays: 21 },
      keys: [
        {
          ...{ id: wk, current: true, use: 'current', algorithm: 'RSA-4096, OAEP with SHA-256' },
          ...{ createdAt: '2026-09-01T00:00:00.000Z', exportedAt: '2026-09-02T00:00:00.000Z' },
        },
        {
          ...{
            id: 'wk-20250901-89abcdef',
            current: false,
            use: 'recovery',
            algorithm: 'RSA-4096, OAEP with SHA-256',
          },
          createdAt: '2025-09-01T00:00:00.000Z',
        },
        { id: 'kms-01234567', current: false, use: 'kms', algorithm: 'AWS KMS' },
        {
          ...{ id: old, current: false, use: 'old', algorithm: 'RSA-4096, OAEP with SHA-256' },
          ...{ createdAt: '2024-09-01T00:00:00.000Z', ...done },
        },
      ],
      signingKeys: [{ id: 'sk-backup-20260901-0123abcd', role: 'backup' }],
      recipients: [{ address: 'ada@example.org', confirmed: true }],
      roles: { viewer: 'holdfast-viewer', operator: 'holdfast-operator', admin: 'holdfast-admin' },
      signIn: { issuer: 'https://issuer.example', kind: 'pool', mfa: 'required', stepUpMinutes: 60 },
      channels: [
        { name: 'ops', kind: 'stack', plans: 2 },
        { name: 'team', kind: 'channel', plans: 1 },
        { kind: 'email', plans: 1 },
      ],
      connections: [
        { secret: 'holdfast/sources/shop', kind: 'postgres', plans: ['blog', 'shop'] },
        { secret: 'holdfast/vaults/away', kind: 'vault', plans: ['blog'] },
      ],
      api: { allowFrom: 1, throttle: { ratePerSecond: 50, burst: 100 } },
    });
  });

  test('shorten for viewers who hears alerts', async () => {
    const { json } = await (await worldWith({}, change)).call('GET /v1/settings', { as: 'viewer' });
    expect(json.recipients).toEqual([{ address: 'a…@example.org', confirmed: true }]);
    expect(maskedAddress('https://hooks.example.org/T00/secret')).toBe('https://hooks.example.org/…');
    expect(maskedAddress('arn:aws:sqs:eu-central-1:123456789012:alerts')).toBe('arn:aws:sqs:…');
  });

  test('never show the path of an address that is told on the web, which may be a secret', () => {
    const hook = 'https://ada:pw@hooks.example.org/T00/secret';
    expect(shownAddress(hook)).toBe('https://hooks.example.org/…');
    const others = ['ada@example.org', 'arn:aws:sqs:eu-central-1:123456789012:alerts', '+491700000000'];
    expect(others.map(shownAddress)).toEqual(others);
  });

  test('tell an issuer of one’s own from the stack’s users, also where the console has an app there', async () => {
    const signIn = { issuer: 'https://login.example', audience: 'holdfast', clientId: 'c', scopes: [] };
    const { json } = await (await worldWith({}, { ...change, signIn })).call('GET /v1/settings', {
      as: 'viewer',
    });
    expect(json.signIn.kind).toBe('oidc');
  });

  test('leave out what is not known', async () => {
    const { json } = await (await worldWith({})).call('GET /v1/settings', { as: 'viewer' });
    expect(json).toMatchObject({
      vault: { undeleteDays: 14 },
      signIn: {},
      channels: [],
      publicStatus: false,
    });
    expect(json).not.toHaveProperty('region');
    expect(json.signIn).toEqual({});
  });
});
