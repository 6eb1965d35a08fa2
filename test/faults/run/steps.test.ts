/** What a row says of the steps of a run or a restore: where it is, where it failed, and nothing that could end it. */
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseSource } from '../../../adapters/kinds.ts';
import { fastClock } from '../../../adapters/memory/clock.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import type { BackupRow, Catalog } from '../../../core/ports/catalog.ts';
import { runRestore } from '../../../core/restore/run.ts';
import { fakeRecovery } from '../../support/fake-recovery.ts';
import { fakeDriver } from '../../support/fake-source.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

const live = () => new AbortController().signal;
const backupId = backupIdFor('fake', fakeRequest.slot);
const startIso = '2026-11-21T02:00:07.000Z';
const names = (row: Pick<BackupRow, 'steps'> | undefined) => row?.steps?.map(({ name }) => name);

describe('a run', () => {
  it('that completes has all of its steps in its row, each with its time', async () => {
    const row = await runBackup(fakeRequest, memoryWorld(), live());
    expect(names(row)).toEqual([
      ...['claim', 'adopt', 'hold-source', 'open', 'hold-bases'],
      ...['open main', 'dump main', 'confirm main', 'prepare', 'write-manifest', 'complete'],
    ]);
    expect(row.steps?.every(({ seconds }) => seconds !== undefined)).toBe(true);
    expect(row.steps?.find(({ name }) => name === 'dump main')?.title).toBe('fake');
  });

  it('that fails shows the step that it failed in', async () => {
    const driver = fakeDriver({
      onChunk: (name) => {
        if (name === 'data-2') throw new HoldfastError('DUMP_FAILED', 'no');
      },
    });
    const row = await runBackup(fakeRequest, { ...memoryWorld(), driverFor: () => driver }, live());
    expect(row.status).toBe('failed');
    const [last] = row.steps?.slice(-1) ?? [];
    expect(last).toMatchObject({ name: 'dump main', title: 'fake' });
    expect(last?.seconds).toBeUndefined();
    expect(row.steps?.slice(0, -1).every(({ seconds }) => seconds !== undefined)).toBe(true);
  });

  it('that starts again begins its steps anew', async () => {
    let fails = true;
    const driver = fakeDriver({
      failOpen: () => (fails ? new HoldfastError('SOURCE_UNREACHABLE', 'no') : undefined),
    });
    const world = { ...memoryWorld(), clock: fastClock(1000, startIso), driverFor: () => driver };
    const ended = runBackup(fakeRequest, world, live());
    fails = false;
    const row = await ended;
    expect(names(row)?.filter((name) => name === 'claim')).toHaveLength(1);
  });

  it('says with each renewal of its lease where it is, how far each segment is and how fast it goes', async () => {
    const world = memoryWorld();
    const renewals: Parameters<Catalog['renewRun']>[] = [];
    const driver = fakeDriver({
      // Stands still until it was renewed twice.
      async onChunk(name, index) {
        const before = renewals.length;
        while (name === 'data-1' && index === 2 && renewals.length < before + 2) await setTimeout(5);
      },
    });
    const catalog: Catalog = {
      ...world.catalog,
      async renewRun(...renewal) {
        renewals.push(renewal);
        return world.catalog.renewRun(...renewal);
      },
    };
    const clock = fastClock(1000, startIso);
    await runBackup(fakeRequest, { ...world, catalog, clock, driverFor: () => driver }, live());
    const [, , progress, steps] = renewals.findLast(([, , , at]) => at?.at(-1)?.name === 'dump main') ?? [];
    expect(steps?.at(-1)?.seconds).toBeUndefined();
    expect(progress).toMatchObject({ step: 'dump fake', updatedAt: expect.stringMatching(/^2026-11-21T/) });
    expect(progress?.bytesPerSecond).toBeGreaterThanOrEqual(0);
    const { segments = [] } = progress ?? {};
    expect(segments.map(({ name, component }) => [name, component])).toEqual([
      ...['pre-data-0', 'data-1', 'data-2', 'post-data-3'].map((name) => [name, 'main']),
    ]);
    expect(segments.find(({ name }) => name === 'data-1')).toMatchObject({
      ...{ state: 'running', totalBytes: 1000 },
      plainBytes: expect.any(Number),
    });
  });
});

async function restored(options: Parameters<typeof fakeRecovery>[0], wait?: { requestedAt: string }) {
  const world = memoryWorld();
  await runBackup(fakeRequest, world, live());
  const restoreId = 'r-20261121-0001';
  const request = { planId: 'fake', backupId };
  const about = { createdBy: 'test', createdAt: '2026-11-21T03:00:00.000Z', correlationId: 'c-3' };
  const row = { ...about, restoreId, ...request, status: 'pending', request } as const;
  await world.catalog.createRestore(row, '2026-11-23T03:00:00.000Z');
  if (wait) {
    await world.catalog.startRestore(restoreId, about.createdAt);
    const counts = { objects: 1, bytes: 1, estimatedCostUsd: 0 };
    await world.catalog.waitRestore(restoreId, { ...wait, ...counts, expectedAt: about.createdAt });
  }
  const recovery = fakeRecovery(options);
  const deps = { ...world, parallelism: 2, recoveryFor: () => recovery, parseSource };
  return runRestore(restoreId, { ...deps, clock: fastClock(1000, '2026-11-21T04:00:00.000Z') }, live());
}

describe('a restore', () => {
  it('that completes has its steps, and all of its segments are done', async () => {
    const row = await restored({});
    expect(row?.status).toBe('completed');
    expect(names(row)).toEqual(['manifest', 'check', 'restore']);
    expect(row?.steps?.every(({ seconds }) => seconds !== undefined)).toBe(true);
    const { segments = [], plainBytes, totalBytes } = row?.progress ?? {};
    expect(segments.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
    expect(plainBytes).toBe(totalBytes);
    expect(segments.reduce((sum, segment) => sum + segment.totalBytes, 0)).toBe(totalBytes);
  });

  it('that fails shows the step that it failed in', async () => {
    const row = await restored({ failRestore: () => new HoldfastError('RESTORE_FAILED', 'no room') });
    expect(row?.status).toBe('failed');
    const [last] = row?.steps?.slice(-1) ?? [];
    expect(last?.name).toBe('restore');
    expect(last?.seconds).toBeUndefined();
  });

  it('that waited for archived objects says how long', async () => {
    const row = await restored({}, { requestedAt: '2026-11-21T03:00:00.000Z' });
    const [first] = row?.steps ?? [];
    expect(first).toMatchObject({ name: 'archive', startedAt: '2026-11-21T03:00:00.000Z' });
    expect(first?.seconds).toBeGreaterThanOrEqual(3600);
    expect(names(row)).toEqual(['archive', 'manifest', 'check', 'restore']);
  });
});
