/** Work that people start: for one plan or all, each once, and by whom it may be started. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  type ApiWorld,
  apiWorld,
  type CallOptions,
  type Issuer,
  startIssuer,
} from '../../support/api-world.ts';
import { completed } from './backups-made.ts';

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

async function plan(id: string, change: object = {}) {
  const body = {
    id,
    sources: [{ kind: 'postgres', name: 'main', secret: `holdfast/sources/${id}` }],
    ...change,
  };
  expect((await world.call('POST /v1/plans', { as: 'admin', body })).status).toBe(201);
}
const run = (body: object, options: CallOptions = {}) =>
  world.call('POST /v1/runs', { as: 'operator', body, ...options });
const events = () =>
  world.started as readonly { readonly target: string; readonly event: Record<string, unknown> }[];

test('a backup of one plan is started once for one Idempotency-Key, even if its answer was lost', async () => {
  await plan('shop', { enabled: false });
  const headers = { 'idempotency-key': 'night-shift-1' };
  const first = await run({ task: 'backup', plan: 'shop' }, { headers });
  const [{ backupId } = { backupId: '' }] = first.json.started;
  expect([first.status, first.headers.get('location')]).toEqual([202, `/v1/backups/${backupId}`]);
  expect(events()).toMatchObject([
    { target: 'backup', event: { task: 'backup-now', planId: 'shop', createdBy: 'ada' } },
  ]);
  expect((await run({ task: 'backup', plan: 'shop' }, { headers })).json).toEqual(first.json);
  expect(events()).toHaveLength(1);
});

test('a backup of all plans starts each that is on, with a backup of its own, and says which are off', async () => {
  for (const id of ['a', 'b', 'c']) await plan(id);
  await plan('off', { enabled: false });
  const { json, headers } = await run({ task: 'backup' });
  expect(json.started.map(({ planId }: { planId: string }) => planId)).toEqual(['a', 'b', 'c']);
  expect(new Set(json.started.map(({ backupId }: { backupId: string }) => backupId)).size).toBe(3);
  expect(json.skipped).toEqual([{ planId: 'off', why: 'it is off' }]);
  expect([events().length, headers.get('location')]).toEqual([3, null]);
});

test('a verification takes the newest completed backup of each plan, and has a task', async () => {
  await plan('shop', { verification: { level: 'restored' } });
  await plan('empty');
  const old = await completed(world.catalog, 'shop', '2026-11-20T02:00:00Z');
  const newest = await completed(world.catalog, 'shop', '2026-11-21T02:00:00Z');
  expect(newest.backupId > old.backupId).toBe(true);
  const { json } = await run({ task: 'verify' });
  expect(json.skipped).toEqual([{ planId: 'empty', why: 'it has no completed backup' }]);
  const [{ taskId } = { taskId: '' }] = json.started;
  expect(events()).toMatchObject([
    { target: 'verify', event: { backupId: newest.backupId, level: 'restored', taskId } },
  ]);
  expect((await world.call(`GET /v1/runs/${taskId}`, { as: 'viewer' })).json).toMatchObject({
    kind: 'verify',
    status: 'pending',
  });
});

test('cleanup is for administrators, and by itself only says what it would do', async () => {
  await plan('shop');
  expect((await run({ task: 'cleanup' })).json).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  expect((await run({ task: 'cleanup', plan: 'shop' }, { as: 'admin' })).status).toBe(202);
  const tried = await world.call('POST /v1/cleanup', { as: 'admin', body: { plan: 'shop' } });
  expect(tried.headers.get('location')).toBe(`/v1/runs/${tried.json.taskId}`);
  await world.call('POST /v1/cleanup', { as: 'admin', body: { dryRun: false } });
  expect(events().map(({ target, event }) => [target, event.planId, event.dryRun])).toEqual([
    ['cleanup', 'shop', false],
    ['cleanup', 'shop', true],
    ['cleanup', undefined, false],
  ]);
});

test('what is not there, or makes no sense, is said', async () => {
  await plan('gone');
  await world.call('DELETE /v1/plans/gone', { as: 'admin', headers: { 'if-match': '"1"' } });
  for (const id of ['gone', 'never'])
    expect((await run({ task: 'backup', plan: id })).json.code).toBe('PLAN_NOT_FOUND');
  expect((await run({ task: 'backup', level: 'stored' })).json.errors[0].field).toBe('level');
  const gone = { as: 'viewer' } as const;
  expect((await world.call('GET /v1/runs/t-20261121t020000z-3f9a1c22', gone)).json.code).toBe(
    'TASK_NOT_FOUND',
  );
  expect((await world.call('POST /v1/cleanup', { as: 'admin', body: { plan: 'never' } })).json.code).toBe(
    'PLAN_NOT_FOUND',
  );
  // What a deleted plan left behind is cleaned up all the same.
  expect((await world.call('POST /v1/cleanup', { as: 'admin', body: { plan: 'gone' } })).status).toBe(202);
});
