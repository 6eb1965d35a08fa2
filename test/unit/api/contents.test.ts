/** Looking into a backup through the API: who may, what is started, and that the result comes back as it was. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { restoreEventSchema } from '../../../core/events.ts';
import { apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';
import { addBackup, keepingWorld, type Made, shop, startIso } from '../../support/backups-world.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

async function made() {
  const world = apiWorld(issuer, { deps: keepingWorld().deps });
  world.setNow(startIso);
  await world.catalog.putPlan(shop, 0, 'ada', startIso);
  return { ...world, add: (what?: Made) => addBackup(world.catalog, what) };
}

test('a viewer has the contents of a backup listed by the function that holds the keys', async () => {
  const world = await made();
  const { backupId } = await world.add();
  const body = { component: 'main', prefix: 'public.', after: 'main/public.a', limit: 10 };
  const { status, json, headers } = await world.call(`POST /v1/backups/${backupId}/contents`, {
    as: 'viewer',
    body,
  });
  expect([status, json.kind, json.status]).toEqual([202, 'contents', 'pending']);
  expect(headers.get('location')).toBe(`/v1/runs/${json.taskId}`);
  expect(world.started).toMatchObject([
    {
      target: 'restore',
      event: { task: 'contents', planId: 'shop', backupId, taskId: json.taskId, ...body },
    },
  ]);
  // What the function accepts is what it gets.
  expect(restoreEventSchema.safeParse(world.started[0]?.event).success).toBe(true);
});

test('everything may be left out: then it is the first page of all of it', async () => {
  const world = await made();
  const { backupId } = await world.add();
  expect((await world.call(`POST /v1/backups/${backupId}/contents`, { as: 'viewer', body: {} })).status).toBe(
    202,
  );
  expect(world.started).toMatchObject([{ event: { limit: 200 } }]);
});

test.each([
  ['limit', { limit: 1001 }],
  ['limit', { limit: 0 }],
  ['component', { component: '../x' }],
  ['prefix', { prefix: 'x'.repeat(4097) }],
  ['after', { after: '' }],
])('a wrong %s is refused by its name', async (field, body) => {
  const world = await made();
  const { backupId } = await world.add();
  const { status, json } = await world.call(`POST /v1/backups/${backupId}/contents`, { as: 'viewer', body });
  expect([status, json.errors?.[0].field]).toEqual([400, field]);
  expect(world.started).toEqual([]);
});

test('a backup that has not completed holds nothing that could be listed', async () => {
  const world = await made();
  const { backupId } = await world.add({ end: 'failed' });
  const { status, json } = await world.call(`POST /v1/backups/${backupId}/contents`, {
    as: 'viewer',
    body: {},
  });
  expect([status, json.code]).toEqual([409, 'BACKUP_NOT_RESTORABLE']);
  expect(world.started).toEqual([]);
});

test('a report is opened by its key, and only one of this backup', async () => {
  const world = await made();
  const { backupId } = await world.add();
  const call = (body: object) => world.call(`POST /v1/backups/${backupId}/report`, { as: 'viewer', body });
  const key = `reports/shop/${backupId}/20261121T020000Z-restored-abcdef`;
  const { status, json } = await call({ key });
  expect([status, json.kind]).toEqual([202, 'report']);
  expect((await call({})).status).toBe(202);
  expect(world.started).toMatchObject([{ event: { task: 'report', key } }, { event: { task: 'report' } }]);
  for (const other of [
    `plans/shop/${backupId}/manifest`,
    key.replace(backupId, '20261120T020000Z-00000000'),
  ]) {
    const refused = await call({ key: other });
    expect([refused.status, refused.json.errors?.[0].field]).toEqual([400, 'key']);
  }
  expect(world.started).toHaveLength(2);
});

test('the result of either task comes back as the function wrote it', async () => {
  const world = await made();
  const { backupId } = await world.add();
  const contents = {
    components: [
      { name: 'main', source: 'main', kind: 'postgres', title: 'shop', segments: 4, plainBytes: 9, items: 1 },
    ],
    items: [{ component: 'main', name: 'public.a', type: 'table', rows: 1, bytes: 2, checksum: '3' }],
    ...{ nextAfter: 'main/public.a', whole: false },
  };
  const comparison = {
    compared: { tables: 1 },
    ...{ differences: [], notProven: [], facts: {} },
    items: [{ name: 'public.a', type: 'table', source: { rows: 1 }, restored: { rows: 1 }, same: true }],
    itemsLeft: 2,
  };
  const report = {
    ...{ format: 'holdfast/report', version: 1, planId: 'shop', backupId, attempt: 1, correlationId: 'c' },
    ...{
      levelAsked: 'restored',
      level: 'restored',
      result: 'passed',
      seconds: 1,
      manifestSha256: 'x',
      tools: {},
    },
    ...{ startedAt: startIso, completedAt: startIso, remarks: [] },
    stored: { objects: 1, bytes: 1, hashed: true, differences: [] },
    components: [{ name: 'main', title: 'shop', level: 'restored', seconds: 1, comparison }],
  };
  for (const [path, result] of [
    ['contents', contents],
    ['report', { report, key: 'reports/x' }],
  ] as const) {
    const { json } = await world.call(`POST /v1/backups/${backupId}/${path}`, { as: 'viewer', body: {} });
    await world.catalog.finishTask(json.taskId, { status: 'completed', completedAt: startIso, result });
    const task = await world.call(`GET /v1/runs/${json.taskId}`, { as: 'viewer' });
    expect([task.json.status, task.json.result]).toEqual(['completed', result]);
  }
});
