/** A look before a restore: who may have one, and that the function gets the order that the restore would. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { preflightResultSchema } from '../../../api/schemas/preflight.ts';
import { restoreEventSchema } from '../../../core/events.ts';
import { type ApiWorld, apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';
import { keepingWorld } from '../../support/backups-world.ts';
import { completed } from './backups-made.ts';

let issuer: Issuer;
let world: ApiWorld;
let backupId: string;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());
beforeEach(async () => {
  world = apiWorld(issuer, { deps: keepingWorld().deps });
  world.setNow('2026-11-21T10:00:00Z');
  const sources = [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop', databases: 'all' }];
  await world.call('POST /v1/plans', { as: 'admin', body: { id: 'shop', sources } });
  ({ backupId } = await completed(world.catalog, 'shop', '2026-11-21T02:00:00Z'));
});

const look = (body: object = {}, as: 'operator' | 'viewer' = 'operator', headers = {}) =>
  world.call(`POST /v1/backups/${backupId}/preflight`, { as, body, headers });
const orders = () =>
  world.started.map(({ target, event }) => {
    expect(target).toBe('restore');
    const parsed = restoreEventSchema.parse(event);
    if (parsed.task !== 'preflight') throw new Error(parsed.task);
    return parsed.order;
  });

test('is started once for one Idempotency-Key, and has a task that tells what came of it', async () => {
  const headers = { 'idempotency-key': 'before-the-night' };
  const first = await look({ options: { database: 'copy' } }, 'operator', headers);
  expect(first.status).toBe(202);
  expect(first.json).toMatchObject({ kind: 'preflight', status: 'pending', planId: 'shop', backupId });
  expect(first.headers.get('location')).toBe(`/v1/runs/${first.json.taskId}`);
  expect((await look({ options: { database: 'copy' } }, 'operator', headers)).json).toEqual(first.json);
  expect(orders()).toMatchObject([{ backupId, replace: false, options: { database: 'copy' } }]);
  const check = {
    name: 'space',
    state: 'unknown',
    title: 'Room',
    detail: 'who knows',
    next: 'look',
  } as const;
  const result = { ok: true, target: 'database copy', needsBytes: 7, checks: [check] };
  const end = { status: 'completed', completedAt: '2026-11-21T10:01:00.000Z', result } as const;
  await world.catalog.finishTask(first.json.taskId, end);
  const { json } = await world.call(`GET /v1/runs/${first.json.taskId}`, { as: 'viewer' });
  expect(preflightResultSchema.parse(json.result)).toEqual(result);
});

test('gives the function the very order that the restore would give it', async () => {
  const replacing = { replace: true, options: { database: 'shop' } };
  const others = [{}, { options: { database: 'copy', noOwner: true }, from: 'replica' }];
  for (const body of others) {
    await look(body);
    const [order] = orders().slice(-1);
    const { json } = await world.call(`POST /v1/backups/${backupId}/restore`, { as: 'operator', body });
    const row = await world.catalog.getRestore(json.restoreId);
    expect(order).toEqual(JSON.parse(JSON.stringify(row?.request)));
    (world.started as unknown[]).length = 0;
  }
  // What would go is named in it without anybody having confirmed it: nothing is destroyed by a look.
  await look(replacing);
  expect(orders()).toMatchObject([
    { confirmed: ['the server in secret holdfast/sources/shop, database shop'] },
  ]);
});

test('is for operators; one that would destroy something, too', async () => {
  expect((await look({}, 'viewer')).json).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  expect((await look({ replace: true, options: { database: 'shop' } })).status).toBe(202);
});

test('tries no secret that is no source’s, and no option that the kind does not have', async () => {
  const foreign = await look({ options: { secret: 'holdfast/keys/private' } });
  expect([foreign.status, foreign.json.code]).toEqual([400, 'INVALID_INPUT']);
  expect((await look({ options: { to: '/tmp' } })).json.errors[0]).toMatchObject({ field: 'options.to' });
  expect(world.started).toEqual([]);
});

test('is refused for a backup that is not completed', async () => {
  backupId = '20261120T020000Z-00000000';
  expect((await look()).status).toBe(404);
});
