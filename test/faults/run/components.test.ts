/** Backups of several sources: they run together, fail together, and may be made of some of them only. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type BackupDeps, type BackupRequest, runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { manifestKey } from '../../../core/format/layout.ts';
import { type Plan, planSchema, type Source } from '../../../core/plan.ts';
import type { SourceDriver } from '../../../core/ports/source.ts';
import { fetchManifest } from '../../../core/verification/integrity.ts';
import { fakeFilesDriver, fakeFilesSource } from '../../support/fake-files.ts';
import { fakeDriver } from '../../support/fake-source.ts';
import { memoryWorld } from '../../support/world.ts';

const live = () => new AbortController().signal;

function planOf(...sources: readonly Record<string, unknown>[]): Plan {
  return planSchema.parse({ id: 'fake', sources, schedule: { cron: '0 2 * * *' } });
}
const database = (name: string) => ({ kind: 'postgres', name, secret: `holdfast/sources/${name}` });
const files = (name: string) => fakeFilesSource(name, { mode: 'full' });

function requestOf(plan: Plan, more: Partial<BackupRequest> = {}): BackupRequest {
  const slot = '2026-11-21T02:00:00Z';
  return { plan, slot, trigger: 'schedule', createdBy: 'scheduler', correlationId: 'c-1', ...more };
}

const categoryOf: BackupDeps['categoryOf'] = ({ kind }) => (kind === 'fake-files' ? 'files' : 'database');
const byKind =
  (drivers: Record<string, SourceDriver>) =>
  ({ kind }: Source) =>
    drivers[kind] as SourceDriver;

/** Counts how many are in there at a time. */
function gauge() {
  let now = 0;
  let most = 0;
  return {
    most: () => most,
    async stay() {
      now += 1;
      most = Math.max(most, now);
      for (let turns = 0; turns < 20; turns += 1) await turn();
      now -= 1;
    },
  };
}

describe('a backup of several sources', () => {
  it('reads different sources at the same time, four at most, and lists them as the plan does', async () => {
    const world = memoryWorld();
    const names = ['f', 'e', 'd', 'c', 'b', 'a'];
    const plan = planOf(...names.map(files));
    const inside = gauge();
    const driver = fakeFilesDriver(Object.fromEntries(names.map((name) => [name, { x: name }])), {
      parallelism: 1,
      onDump: (_, name) => (name === 'x' ? inside.stay() : undefined),
    });
    const row = await runBackup(requestOf(plan), { ...world, categoryOf, driverFor: () => driver }, live());
    expect(row).toMatchObject({ status: 'completed', kind: 'files', source: names.join(',') });
    expect(inside.most()).toBe(4);
    const { manifest } = await fetchManifest('fake', row.backupId, world.vault, world.keyRing);
    expect(manifest.components.map(({ name }) => name)).toEqual(names);
  });

  it('reads the databases of one server one after the other', async () => {
    const world = memoryWorld();
    const inside = gauge();
    const inner = fakeDriver();
    const driver: SourceDriver = {
      ...inner,
      targets: async () => [1, 2, 3].map((n) => ({ component: `main-0${n}`, title: `db${n}` })),
      open: async (...request) => {
        const session = await inner.open(...request);
        return {
          ...session,
          evidence: async () => {
            await inside.stay();
            return {};
          },
        };
      },
    };
    const row = await runBackup(
      requestOf(planOf(database('main'))),
      { ...world, driverFor: () => driver },
      live(),
    );
    expect(row.status).toBe('completed');
    expect(inside.most()).toBe(1);
  });

  it('is full when it holds databases and files', async () => {
    const world = memoryWorld();
    const driverFor = byKind({
      postgres: fakeDriver(),
      'fake-files': fakeFilesDriver({ uploads: { a: 'one' } }),
    });
    const plan = planOf(database('main'), files('uploads'));
    const row = await runBackup(requestOf(plan), { ...world, categoryOf, driverFor }, live());
    expect(row).toMatchObject({ status: 'completed', kind: 'full', source: 'main,uploads' });
  });

  it('fails as a whole when one fails, stops the others, and says which it was', async () => {
    const world = memoryWorld();
    const database0 = fakeDriver({
      onChunk: (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new HoldfastError('DUMP_FAILED', 'killed')));
        }),
    });
    const uploads = fakeFilesDriver(
      { uploads: { a: 'one' } },
      {
        onDump: async () => {
          await turn();
          throw new HoldfastError('SOURCE_AUTH', 'the bucket says no', { next: 'Ask the owner.' });
        },
      },
    );
    const driverFor = byKind({ postgres: database0, 'fake-files': uploads });
    const plan = planOf(database('main'), files('uploads'));
    const row = await runBackup(requestOf(plan), { ...world, categoryOf, driverFor }, live());
    expect(row).toMatchObject({
      status: 'failed',
      error: { code: 'SOURCE_AUTH', message: 'component uploads (files of uploads): the bucket says no' },
    });
    expect(await world.vault.head(manifestKey('fake', row.backupId))).toBeUndefined();
    expect(world.alerts.published).toHaveLength(1);
    expect(world.alerts.published[0]?.text).toContain('component uploads');
    expect(database0.closed()).toBe(database0.opened());
  });

  it('does not begin when two components would have one name', async () => {
    const world = memoryWorld();
    const driver: SourceDriver = {
      ...fakeDriver(),
      targets: async () => [{ component: 'shop-02', title: 'second' }],
    };
    const plan = planOf(database('shop'), database('shop-02'));
    const row = await runBackup(requestOf(plan), { ...world, driverFor: () => driver }, live());
    expect(row).toMatchObject({ status: 'failed', error: { code: 'INVALID_INPUT' } });
  });
});

describe('a backup that was asked for', () => {
  const plan = planOf(database('main'), files('uploads'));
  const drivers = { postgres: fakeDriver(), 'fake-files': fakeFilesDriver({ uploads: { a: 'one' } }) };
  const manual = { trigger: 'restore-point', token: 'token-12345', createdBy: 'ann' } as const;

  it('of some sources holds these, and row and manifest say so', async () => {
    const world = { ...memoryWorld(), categoryOf, driverFor: byKind(drivers) };
    const only = ['uploads'];
    const request = requestOf(plan, { ...manual, only, label: 'before 4.2', keepDays: 400 });
    const row = await runBackup(request, world, live());
    expect(row).toMatchObject({
      status: 'completed',
      trigger: 'restore-point',
      kind: 'files',
      source: 'uploads',
      only,
      label: 'before 4.2',
      keepDays: 400,
      tier: 'manual',
      expiresAt: '2027-12-26T02:00:00.000Z',
    });
    const { manifest } = await fetchManifest('fake', row.backupId, world.vault, world.keyRing);
    expect(manifest).toMatchObject({ only, label: 'before 4.2', keepDays: 400, expiresAt: row.expiresAt });
    expect(manifest.components.map(({ name }) => name)).toEqual(['uploads']);
  });

  it('of every source by name is a backup of the whole plan', async () => {
    const world = { ...memoryWorld(), categoryOf, driverFor: byKind(drivers) };
    const row = await runBackup(requestOf(plan, { ...manual, only: ['uploads', 'main'] }), world, live());
    expect(row).toMatchObject({ status: 'completed', kind: 'full', source: 'main,uploads' });
    expect(row.only).toBeUndefined();
  });

  it('of a source that is not there is refused, and the message names those that are', async () => {
    const world = { ...memoryWorld(), categoryOf, driverFor: byKind(drivers) };
    const run = runBackup(requestOf(plan, { ...manual, only: ['upload'] }), world, live());
    await expect(run).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('of main, uploads'),
    });
    expect((await world.catalog.listBackups('fake')).rows).toEqual([]);
  });
});
