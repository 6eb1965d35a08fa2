/** The log of a run, its steps and what is usual, as the API shows them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryLogReader } from '../../../adapters/memory/log-reader.ts';
import type { ClaimRequest, StepNote } from '../../../core/ports/catalog.ts';
import type { LogQuestion, LogReader } from '../../../core/ports/log-reader.ts';
import { apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';
import { completed } from './backups-made.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

const slot = '2026-11-21T02:00:00.000Z';
const at = (seconds: number) => new Date(Date.parse(slot) + seconds * 1000).toISOString();
const line = { level: 'info', function: 'backup', fields: { n: 1 } } as const;

function opened() {
  const kept = memoryLogReader(['/stack/backup']);
  const asked: LogQuestion[] = [];
  const logReader: LogReader = {
    async read(question) {
      asked.push(question);
      return kept.read(question);
    },
  };
  const world = apiWorld(issuer, { deps: { logReader } });
  world.setNow(at(3600));
  const call = (path: string) => world.call(`GET ${path}`, { as: 'viewer' });
  return { ...world, kept, asked, get: call };
}

describe('the log', () => {
  test('of a backup is found by its correlation id, between its beginning and a while after its end', async () => {
    const { catalog, kept, asked, get } = opened();
    const { backupId } = await completed(catalog, 'shop', slot, { seconds: 90 });
    kept.add('c-1', { ...line, at: at(1), message: 'dumping' }, { ...line, at: at(9), message: 'stored' });
    const { status, json } = await get(`/v1/log?backup=${backupId}&limit=1`);
    expect(status).toBe(200);
    expect(json).toEqual({
      items: [{ at: at(1), level: 'info', message: 'dumping', function: 'backup', fields: { n: 1 } }],
      nextCursor: '1',
      groups: ['/stack/backup'],
      from: at(-60),
      to: at(90 + 900),
    });
    expect(asked).toMatchObject([{ correlationId: 'c-1', level: 'debug', limit: 1 }]);
    const next = await get(`/v1/log?backup=${backupId}&limit=1&cursor=1`);
    expect(next.json.items).toMatchObject([{ message: 'stored' }]);
    expect(next.json.nextCursor).toBeUndefined();
  });

  test('does not say from where somebody called: that stands in the trail, which is for admins', async () => {
    const { catalog, kept, get } = opened();
    const { backupId } = await completed(catalog, 'shop', slot, { seconds: 90 });
    const fields = { method: 'POST', address: '198.51.100.7' };
    kept.add('c-1', { ...line, function: 'api', at: at(1), message: 'call', fields });
    const { json } = await get(`/v1/log?backup=${backupId}`);
    expect(json.items).toMatchObject([{ message: 'call' }]);
    expect(json.items[0].fields).toEqual({ method: 'POST' });
  });

  test('of a task and of a restore is theirs', async () => {
    const { catalog, asked, get } = opened();
    const { backupId } = await completed(catalog, 'shop', slot);
    const about = { planId: 'shop', backupId, createdAt: at(100), createdBy: 'ada' };
    const restoreId = 'r-20261121t020140z-3f9a1c22';
    const restore = { ...about, restoreId, status: 'pending', request: {}, correlationId: 'api-r' } as const;
    await catalog.createRestore(restore, at(86_400));
    const taskId = 't-20261121t020140z-3f9a1c22';
    await catalog.createTask({ ...about, taskId, kind: 'verify', status: 'pending', correlationId: 'api-t' });
    expect((await get(`/v1/log?restore=${restoreId}`)).status).toBe(200);
    expect((await get(`/v1/log?task=${taskId}&level=warn`)).status).toBe(200);
    expect(asked).toMatchObject([
      { correlationId: 'api-r', from: at(40), to: at(3600 + 900), level: 'debug', limit: 500 },
      { correlationId: 'api-t', level: 'warn' },
    ]);
  });

  test('is of exactly one thing that there is', async () => {
    const { get } = opened();
    const task = 't-20261121t020140z-3f9a1c22';
    const backup = '20261121T020000Z-3f9a1c22';
    const none = await get('/v1/log');
    expect([none.status, none.json.code]).toEqual([400, 'INVALID_INPUT']);
    const two = await get(`/v1/log?task=${task}&backup=${backup}`);
    expect(two.json.detail).toContain('exactly one of backup, restore and task');
    expect((await get(`/v1/log?backup=${backup}`)).json.code).toBe('BACKUP_NOT_FOUND');
    expect((await get(`/v1/log?task=${task}`)).json.code).toBe('TASK_NOT_FOUND');
    expect((await get(`/v1/log?task=${task}&limit=1001`)).status).toBe(400);
  });
});

describe('steps', () => {
  const step = (name: string, begins: number, seconds?: number): StepNote => ({
    ...{ name, startedAt: at(begins) },
    ...(seconds !== undefined && { seconds }),
  });

  test('of a backup are shown in words, with what is usual for its plan', async () => {
    const { catalog, get } = opened();
    for (const [day, seconds] of [60, 70, 200].entries()) {
      const earlier = `2026-11-1${day}T02:00:00.000Z`;
      await completed(catalog, 'shop', earlier, { seconds });
    }
    const claim: ClaimRequest = {
      ...{ planId: 'shop', backupId: '20261121T020000Z-3f9a1c22', slot, now: slot, tier: 'daily' },
      ...{ source: 'main', kind: 'database', trigger: 'schedule', createdBy: 'scheduler' },
      ...{ correlationId: 'c-9', leaseUntil: at(60) },
    };
    const { row } = await catalog.claimRun(claim);
    const owner = { planId: 'shop', backupId: row.backupId, attempt: 1 };
    const segments = [{ name: 'a', plainBytes: 1, totalBytes: 2, state: 'running' as const }];
    const progress = { plainBytes: 1, estimatedBytes: 2, step: 'dump shop', updatedAt: at(9), segments };
    await catalog.renewRun(owner, at(90), progress, [step('open', 0, 2), step('dump main', 2)]);
    const path = `/v1/backups/${row.backupId}`;
    const running = (await get(path)).json;
    expect(running).toMatchObject({ progress, usualSeconds: 70, usualSteps: [] });
    expect(running.steps).toEqual([
      { name: 'open', title: 'Opens', startedAt: at(0), seconds: 2, state: 'done' },
      { name: 'dump main', title: 'Reads and seals', startedAt: at(2), state: 'running' },
    ]);
    await catalog.failRun(owner, { code: 'DUMP_FAILED', message: 'no' }, at(12));
    const failed = (await get(path)).json;
    expect(failed.steps[1]).toMatchObject({ name: 'dump main', seconds: 10, state: 'failed' });
    const { json: list } = await get('/v1/backups?plan=shop');
    expect(list.items[0]).not.toHaveProperty('steps');
  });

  test('of a restore are shown with its segments and the time that it still takes, in a list without', async () => {
    const { catalog, get } = opened();
    const { backupId } = await completed(catalog, 'shop', slot);
    const restoreId = 'r-20261121t020140z-3f9a1c22';
    const about = { planId: 'shop', backupId, createdAt: at(100), createdBy: 'ada', correlationId: 'api-r' };
    const request = {
      ...{ planId: 'shop', backupId, replace: false, compare: true, options: {} },
      ...{ from: 'vault', returnSpeed: 'standard' },
    };
    await catalog.createRestore({ ...about, restoreId, status: 'pending', request }, at(86_400));
    await catalog.startRestore(restoreId, at(3500));
    const segments = [{ name: 'a', plainBytes: 100, totalBytes: 1000, state: 'running' as const }];
    const figures = { updatedAt: at(3599), bytesPerSecond: 100, segments };
    const progress = { plainBytes: 100, totalBytes: 1000, step: 'a', ...figures };
    await catalog.progressRestore(restoreId, progress, [step('check', 3500, 9), step('restore', 3509)]);
    const { json } = await get(`/v1/restores/${restoreId}`);
    expect(json).toMatchObject({
      ...{ progress, secondsLeft: 9 },
      steps: [
        { name: 'check', title: 'Checks the backup’s objects', state: 'done' },
        { name: 'restore', title: 'Restores', state: 'running' },
      ],
    });
    const [listed] = (await get('/v1/restores')).json.items;
    expect(listed.progress).toMatchObject({ plainBytes: 100, bytesPerSecond: 100 });
    expect(listed.progress).not.toHaveProperty('segments');
    expect(listed).not.toHaveProperty('steps');
  });
});
