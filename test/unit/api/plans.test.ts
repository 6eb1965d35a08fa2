/** Plans through the API: made, changed by two people at once, switched, tried, deleted. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HoldfastError } from '../../../core/errors.ts';
import {
  type ApiWorld,
  apiWorld,
  type CallOptions,
  type Issuer,
  startIssuer,
} from '../../support/api-world.ts';

let issuer: Issuer;
let world: ApiWorld;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());
beforeEach(() => {
  world = apiWorld(issuer);
  world.setNow('2026-11-21T10:00:00Z');
});

const aPlan = (change: object = {}) => ({
  id: 'shop',
  sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }],
  schedule: { cron: '0 2 * * *', timeZone: 'Europe/Berlin' },
  ...change,
});
const call = (name: string, options: CallOptions = {}) => world.call(name, { as: 'admin', ...options });
const create = (change: object = {}, options: CallOptions = {}) =>
  call('POST /v1/plans', { body: aPlan(change), ...options });
const replace = (change: object, headers: Record<string, string>, options: CallOptions = {}) =>
  call('PUT /v1/plans/shop', { body: aPlan(change), headers, ...options });
const schedule = () => world.deps.scheduler.get('shop');
const codeOf = async (made: Promise<{ status: number; json: { code?: string } }>) => {
  const { status, json } = await made;
  return [status, json?.code];
};

describe('a new plan', () => {
  test('has its schedule, its defaults, its next five runs, and an ETag', async () => {
    const { status, headers, json } = await create();
    expect([status, headers.get('etag'), headers.get('location')]).toEqual([201, '"1"', '/v1/plans/shop']);
    expect(json).toMatchObject({
      plan: { id: 'shop', enabled: true, retention: { daily: 30 }, verification: { level: 'readable' } },
      revision: 1,
      schedule: { expression: 'cron(0 2 * * ? *)', timeZone: 'Europe/Berlin', enabled: true },
    });
    expect(json.nextRuns).toHaveLength(5);
    expect(await schedule()).toMatchObject({ expression: 'cron(0 2 * * ? *)', enabled: true });
  });

  test('runs at its hour on either side of a change of the clocks', async () => {
    world.setNow('2026-10-23T12:00:00Z');
    const { json } = await create();
    expect(json.nextRuns).toEqual([
      '2026-10-24T00:00:00Z',
      '2026-10-25T00:00:00Z',
      '2026-10-26T01:00:00Z',
      '2026-10-27T01:00:00Z',
      '2026-10-28T01:00:00Z',
    ]);
  });

  test('is refused where there is one, and a repetition by the same person makes its schedule again', async () => {
    await create();
    await world.deps.scheduler.remove('shop');
    expect((await create()).status).toBe(201);
    expect([await schedule(), (await world.catalog.getPlan('shop'))?.revision]).toMatchObject([
      { enabled: true },
      1,
    ]);
    expect(await codeOf(create({ name: 'Else' }))).toEqual([409, 'CONFLICT']);
    const token = await world.tokenOf('admin', { sub: 'person-2', username: 'bob' });
    expect(await codeOf(create({}, { token }))).toEqual([409, 'CONFLICT']);
  });

  test.each([
    [
      'sources.0.secret',
      { sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/keys/private' }] },
      'holdfast/sources/',
    ],
    [
      'sources.0.secret',
      {
        sources: [
          { kind: 'postgres', name: 'main', secret: 'arn:aws:secretsmanager:eu-west-1:1:secret:other-Ab12' },
        ],
      },
      'holdfast/sources/',
    ],
    ['vaults.0.secret', { vaults: [{ name: 'other', secret: 'holdfast/sources/shop' }] }, 'holdfast/vaults/'],
    [
      'notifications.channels.0.secret',
      { notifications: { channels: [{ name: 'ops', secret: 'holdfast/vaults/x' }] } },
      'holdfast/channels/',
    ],
    [
      'sources.0.nonsense',
      { sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/s', nonsense: 1 }] },
      'nonsense',
    ],
    ['schedule.cron', { schedule: { cron: '0 2 1 * 1' } }, 'day'],
    ['schedule.aws', { schedule: { aws: 'cron(0 2 1 * 1 *)' } }, '?'],
    ['schedule.timeZone', { schedule: { cron: '0 2 * * *', timeZone: 'Mars/Olympus' } }, 'IANA'],
    ['retention.daily', { retention: { daily: -1 } }, '0'],
  ])('says that %s is wrong, and what is allowed', async (field, change, allowed) => {
    const { status, json } = await create(change);
    expect([status, json.code]).toEqual([400, 'INVALID_INPUT']);
    const named = json.errors.find(
      (each: { field: string }) => each.field === field || field.startsWith(`${each.field}.`),
    );
    expect(named?.allowed).toContain(allowed);
    expect(await world.catalog.getPlan('shop')).toBeUndefined();
  });

  test.each([
    [{ cron: '30 1 * * 1-5' }, 'cron(30 1 ? * MON-FRI *)'],
    [{ rate: '6 hours' }, 'rate(6 hours)'],
    [{ aws: 'cron(0 2 L * ? *)' }, 'cron(0 2 L * ? *)'],
    [{ aws: 'rate(1 day)' }, 'rate(1 day)'],
  ])('takes the schedule %j', async (given, expression) => {
    expect((await create({ schedule: given })).json.schedule.expression).toBe(expression);
  });

  test('takes the ARN of a secret below the prefix', async () => {
    const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:holdfast/sources/shop-AbCdEf';
    expect((await create({ sources: [{ kind: 'postgres', name: 'main', secret }] })).status).toBe(201);
  });

  test('tried without being made: what would differ, and when it would run', async () => {
    await create();
    const { status, json } = await call('POST /v1/plans?dryRun=true', {
      body: aPlan({ retention: { daily: 14 }, deadManUrl: 'https://hc.example.org/secret-path' }),
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      action: 'change',
      revision: 1,
      nextRuns: { length: 5 },
      schedule: { differs: false },
    });
    expect(json.fields).toEqual([
      { field: 'deadManUrl', after: '"…"' },
      { field: 'retention.daily', before: '30', after: '14' },
    ]);
    expect((await world.catalog.getPlan('shop'))?.revision).toBe(1);
  });

  test('tried without being made, it is not in the trail: nobody made anything', async () => {
    await call('POST /v1/plans?dryRun=true', { body: aPlan() });
    expect((await world.catalog.listAudit('2026-11')).rows).toEqual([]);
    await create();
    expect((await world.catalog.listAudit('2026-11')).rows).not.toEqual([]);
  });
});

describe('two editors', () => {
  test('of one revision: the second is told, and reads it again', async () => {
    await create();
    const first = await replace({ name: 'First' }, { 'if-match': '"1"' });
    expect([first.status, first.headers.get('etag')]).toEqual([200, '"2"']);
    expect(await codeOf(replace({ name: 'Second' }, { 'if-match': '"1"' }))).toEqual([
      412,
      'PRECONDITION_FAILED',
    ]);
    expect((await world.catalog.getPlan('shop'))?.plan.name).toBe('First');
    expect((await replace({ name: 'Second' }, { 'if-match': '"2"' })).status).toBe(200);
  });

  test('at the same moment: one of five is taken', async () => {
    await create();
    const all = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((name) => replace({ name }, { 'if-match': '"1"' })),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
  });

  test('must say which revision they mean', async () => {
    await create();
    expect(await codeOf(replace({ name: 'x' }, {}))).toEqual([428, 'PRECONDITION_REQUIRED']);
    expect(await codeOf(replace({ name: 'x' }, { 'if-match': '*' }))).toEqual([428, 'PRECONDITION_REQUIRED']);
    expect(await codeOf(replace({ name: 'x' }, { 'if-match': 'W/"1"' }))).toEqual([
      412,
      'PRECONDITION_FAILED',
    ]);
    expect(await codeOf(call('DELETE /v1/plans/shop'))).toEqual([428, 'PRECONDITION_REQUIRED']);
  });

  test('make a new one by If-None-Match, once', async () => {
    const made = await replace({}, { 'if-none-match': '*' });
    expect([made.status, made.headers.get('etag')]).toEqual([201, '"1"']);
    expect(await codeOf(replace({ name: 'x' }, { 'if-none-match': '*' }))).toEqual([
      412,
      'PRECONDITION_FAILED',
    ]);
    expect(await codeOf(replace({ id: 'else' }, { 'if-match': '"1"' }))).toEqual([400, 'INVALID_INPUT']);
    expect(
      await codeOf(
        call('PUT /v1/plans/none', { body: aPlan({ id: 'none' }), headers: { 'if-match': '"1"' } }),
      ),
    ).toEqual([404, 'PLAN_NOT_FOUND']);
  });

  test('that know a revision get no second copy of it', async () => {
    await create();
    const headers = { 'if-none-match': 'W/"1"' };
    const same = await world.call('GET /v1/plans/shop', { as: 'viewer', headers });
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', '"1"']);
    await replace({ name: 'x' }, { 'if-match': '"1"' });
    expect((await world.call('GET /v1/plans/shop', { as: 'viewer', headers })).status).toBe(200);
  });
});

describe('a schedule', () => {
  test('that could not be made leaves the plan, says so, and is made by a repetition', async () => {
    const broken = {
      ...world.deps.scheduler,
      put: async () => Promise.reject(new HoldfastError('ACCESS_DENIED', 'not allowed')),
    };
    const bad = apiWorld(issuer, { deps: { scheduler: broken, catalog: world.catalog } });
    const { status, json } = await bad.call('POST /v1/plans', { as: 'admin', body: aPlan() });
    expect([status, json.code]).toEqual([500, 'ACCESS_DENIED']);
    expect(json.detail).toContain('is saved (revision 1), but its schedule is not');
    expect(await schedule()).toBeUndefined();
    expect((await create()).status).toBe(201);
    expect(await schedule()).toBeDefined();
  });

  test('goes with its plan, and what is left of the plan is its backups', async () => {
    await create();
    const gone = await call('DELETE /v1/plans/shop', { headers: { 'if-match': '"1"' } });
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect(await schedule()).toBeUndefined();
    expect((await call('GET /v1/plans')).json.items).toEqual([]);
    expect(await codeOf(call('GET /v1/plans/shop'))).toEqual([404, 'PLAN_NOT_FOUND']);
    expect(await codeOf(call('POST /v1/plans/shop/enable'))).toEqual([404, 'PLAN_NOT_FOUND']);
    expect((await create()).json.revision).toBe(3);
    expect(await schedule()).toBeDefined();
  });

  test('is off and on with its plan', async () => {
    await create();
    const off = await call('POST /v1/plans/shop/disable');
    expect([off.json.plan.enabled, off.json.nextRuns, off.headers.get('etag')]).toEqual([false, [], '"2"']);
    expect((await schedule())?.enabled).toBe(false);
    expect((await call('POST /v1/plans/shop/disable')).headers.get('etag')).toBe('"2"');
    expect((await call('POST /v1/plans/shop/enable')).json.nextRuns).toHaveLength(5);
  });
});

describe('the list', () => {
  test('has each plan with its next run and newest backup, page by page', async () => {
    for (const id of ['a', 'b', 'c']) await create({ id });
    await world.catalog.claimRun({
      planId: 'b',
      backupId: '20261121T010000Z-3f9a1c22',
      source: 'main',
      kind: 'database',
      trigger: 'schedule',
      createdBy: 'scheduler',
      slot: '2026-11-21T01:00:00Z',
      correlationId: 'c-1',
      tier: 'daily',
      now: '2026-11-21T01:00:05Z',
      leaseUntil: '2026-11-21T01:05:00Z',
    });
    const first = (await world.call('GET /v1/plans?limit=2', { as: 'viewer' })).json;
    expect(first.items.map(({ plan }: { plan: { id: string } }) => plan.id)).toEqual(['a', 'b']);
    expect(first.items[0].nextRuns).toEqual(['2026-11-22T01:00:00Z']);
    expect(first.items[1].lastBackup).toMatchObject({ status: 'running', slot: '2026-11-21T01:00:00Z' });
    const rest = (await world.call(`GET /v1/plans?limit=2&cursor=${first.nextCursor}`, { as: 'viewer' }))
      .json;
    expect(rest.items).toHaveLength(1);
  });

  test('shows the path of a dead-man URL to administrators only, and the trail to nobody', async () => {
    const deadManUrl = 'https://hc.example.org/secret-path';
    expect((await create({ deadManUrl })).json.plan.deadManUrl).toBe(deadManUrl);
    const seen = (await world.call('GET /v1/plans/shop', { as: 'operator' })).text;
    expect(seen).toContain('https://hc.example.org/…');
    expect(seen).not.toContain('secret-path');
    await replace({ deadManUrl, name: 'x' }, { 'if-match': '"1"' });
    const trail = JSON.stringify((await world.catalog.listAudit('2026-11')).rows);
    expect(trail).toContain('plan.replace');
    expect(trail).not.toContain('secret-path');
  });
});

describe('trying a plan', () => {
  const tested = async (name: string, options: CallOptions) => {
    const { status, headers, json } = await world.call(name, { as: 'operator', ...options });
    expect([status, headers.get('location')]).toEqual([202, `/v1/runs/${json.taskId}`]);
    return json.taskId as string;
  };

  test('starts the backup function, which puts the result into the task', async () => {
    await create();
    const taskId = await tested('POST /v1/plans/shop/test', { body: { notify: true } });
    expect(world.started).toMatchObject([
      {
        target: 'backup',
        event: { task: 'plan-test', taskId, notify: true, plan: { id: 'shop' }, by: 'ada' },
      },
    ]);
    const look = () => world.call(`GET /v1/runs/${taskId}`, { as: 'viewer' });
    expect((await look()).json).toMatchObject({ kind: 'plan-test', status: 'pending', planId: 'shop' });
    const result = { ok: true, sources: [{ source: 'main', checks: [] }] };
    await world.catalog.finishTask(taskId, {
      status: 'completed',
      completedAt: '2026-11-21T10:00:05Z',
      result,
    });
    expect((await look()).json).toMatchObject({ status: 'completed', result });
  });

  test('of one that is not saved sends a test notice for admins alone: anybody could be named there', async () => {
    const body = { plan: aPlan({ notifications: { recipients: ['victim@example.org'] } }), notify: true };
    const refused = world.call('POST /v1/plans/test', { as: 'operator', body });
    expect(await codeOf(refused)).toEqual([403, 'FORBIDDEN']);
    expect(world.started).toEqual([]);
    expect((await call('POST /v1/plans/test', { body })).status).toBe(202);
  });

  test('takes one that is not saved, and saves nothing; its secrets are held to the prefixes', async () => {
    await tested('POST /v1/plans/test', { body: { plan: aPlan() } });
    expect(await world.catalog.getPlan('shop')).toBeUndefined();
    const stolen = aPlan({ sources: [{ kind: 'postgres', name: 'main', secret: 'prod/root' }] });
    expect(await codeOf(call('POST /v1/plans/test', { body: { plan: stolen } }))).toEqual([
      400,
      'INVALID_INPUT',
    ]);
  });
});
