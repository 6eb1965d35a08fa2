/** The contract of the catalog: restores, and how they hold the backup they read. */
import { describe, expect, test } from 'vitest';
import type { ArchiveWait, Catalog, RestoreRow } from '../../core/ports/catalog.ts';
import { aBackup, aClaim, aRestore, claimed, later, now, rowOf, type SetUp } from './catalog-fixtures.ts';

const holdUntil = '2026-11-23T02:00:05.000Z';
const longer = '2026-11-28T02:00:05.000Z';
const progress = { plainBytes: 1, totalBytes: 2, step: 'data' };
const wait: ArchiveWait = {
  objects: 12,
  bytes: 3_000_000,
  requestedAt: now,
  expectedAt: '2026-11-22T14:00:00.000Z',
  estimatedCostUsd: 0.25,
};

export function restoresContract(setUp: SetUp): void {
  describe('restores', () => {
    /** The row of a restore of a completed backup. */
    async function created(catalog: Catalog, planId: string): Promise<RestoreRow> {
      const { backupId } = await aBackup(catalog, planId);
      const row = aRestore(planId, { backupId });
      await catalog.createRestore(row, holdUntil);
      return row;
    }

    const waiting = async (catalog: Catalog, planId: string) =>
      (await catalog.listWaitingRestores()).filter((row) => row.planId === planId);

    test('a restore comes back as it was created, once', async () => {
      const { catalog, planId } = await setUp();
      expect(await catalog.getRestore(`r-${planId}`)).toBeUndefined();
      const row = await created(catalog, planId);
      expect(await catalog.getRestore(row.restoreId)).toEqual(row);
      await expect(catalog.createRestore(row, longer)).rejects.toMatchObject({ code: 'CONFLICT' });
      // All or nothing: the hold of what was not created is not there either.
      expect(await rowOf(catalog, planId, row.backupId)).toMatchObject({ heldUntil: holdUntil, guard: 1 });
    });

    test('a restore holds its backup, and no shorter hold takes a longer one away', async () => {
      const { catalog, planId } = await setUp();
      const { backupId } = await created(catalog, planId);
      const held = async () => {
        const { heldUntil, guard } = await rowOf(catalog, planId, backupId);
        return { heldUntil, guard };
      };
      expect(await held()).toEqual({ heldUntil: holdUntil, guard: 1 });
      await catalog.createRestore(aRestore(planId, { restoreId: `r-${planId}-2` }), longer);
      expect(await held()).toEqual({ heldUntil: longer, guard: 2 });
      await catalog.createRestore(aRestore(planId, { restoreId: `r-${planId}-3` }), holdUntil);
      expect(await held()).toEqual({ heldUntil: longer, guard: 3 });
      expect(await catalog.getRestore(`r-${planId}-3`)).toMatchObject({ status: 'pending' });
    });

    test('nothing but a completed backup is restored, and nothing is created then', async () => {
      const { catalog, planId } = await setUp();
      const refused = async () => {
        const create = catalog.createRestore(aRestore(planId), holdUntil);
        await expect(create).rejects.toMatchObject({ code: 'BACKUP_NOT_RESTORABLE' });
        expect(await catalog.getRestore(`r-${planId}`)).toBeUndefined();
      };
      await refused();
      expect(await catalog.getBackup(planId, aRestore(planId).backupId)).toBeUndefined();
      const owner = await claimed(catalog, aClaim(planId));
      await refused();
      await catalog.failRun(owner, { code: 'INTERNAL', message: 'x' }, later);
      await refused();
      const expired = await aBackup(catalog, planId, { now: later, leaseUntil: '2026-11-21T02:31:00.000Z' });
      const expiry = { reason: 'policy', decidedAt: later, by: 'cleanup' } as const;
      expect(await catalog.expireBackups({ planId, victims: [expired], keepers: [], expiry })).toBe(true);
      await refused();
      expect(await rowOf(catalog, planId, expired.backupId)).not.toHaveProperty('heldUntil');
    });

    test('five starts at once: one is true', async () => {
      const { catalog, planId } = await setUp();
      const { restoreId } = await created(catalog, planId);
      const starts = await Promise.all([1, 2, 3, 4, 5].map(() => catalog.startRestore(restoreId, now)));
      expect(starts.filter(Boolean)).toHaveLength(1);
      expect(await catalog.getRestore(restoreId)).toMatchObject({ status: 'running', startedAt: now });
    });

    test('progress says whether someone asked to cancel', async () => {
      const { catalog, planId } = await setUp();
      const { restoreId } = await created(catalog, planId);
      await catalog.startRestore(restoreId, now);
      expect(await catalog.progressRestore(restoreId, progress)).toEqual({ cancelRequested: false });
      await catalog.requestCancel(restoreId);
      expect(await catalog.progressRestore(restoreId, progress)).toEqual({ cancelRequested: true });
      expect(await catalog.getRestore(restoreId)).toMatchObject({ progress, cancelRequested: true });
    });

    test('steps are noted with progress, and stay when the end says nothing of them', async () => {
      const { catalog, planId } = await setUp();
      const { restoreId } = await created(catalog, planId);
      await catalog.startRestore(restoreId, now);
      const check = { name: 'check', startedAt: now, seconds: 4 };
      const restore = { name: 'restore', startedAt: later };
      const segments = [{ name: 'data-1', plainBytes: 1, totalBytes: 9, state: 'running' as const }];
      const figures = { ...progress, updatedAt: later, bytesPerSecond: 12, segments };
      await catalog.progressRestore(restoreId, figures, [check, restore]);
      expect(await catalog.getRestore(restoreId)).toMatchObject({
        progress: figures,
        steps: [check, restore],
      });
      await catalog.finishRestore(restoreId, { status: 'failed', completedAt: later });
      expect((await catalog.getRestore(restoreId))?.steps).toEqual([check, restore]);
      const second = await setUp();
      const another = await created(second.catalog, second.planId);
      await second.catalog.startRestore(another.restoreId, now);
      await second.catalog.finishRestore(another.restoreId, {
        ...{ status: 'completed', completedAt: later },
        steps: [check],
      });
      expect((await second.catalog.getRestore(another.restoreId))?.steps).toEqual([check]);
    });

    test('the first end stands', async () => {
      const { catalog, planId } = await setUp();
      const { restoreId } = await created(catalog, planId);
      await catalog.startRestore(restoreId, now);
      const end = {
        status: 'completed' as const,
        result: { database: 'shop_restored' },
        completedAt: later,
      };
      await catalog.finishRestore(restoreId, end);
      await catalog.finishRestore(restoreId, {
        status: 'failed',
        error: { code: 'INTERNAL', message: 'late' },
      });
      const row = await catalog.getRestore(restoreId);
      expect(row).toMatchObject(end);
      expect(row?.error).toBeUndefined();
      await expect(catalog.requestCancel(restoreId)).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(catalog.waitRestore(restoreId, wait)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await catalog.startRestore(restoreId, now)).toBe(false);
      await catalog.progressRestore(restoreId, progress);
      expect((await catalog.getRestore(restoreId))?.progress).toBeUndefined();
    });

    test('a restore that waits for an archive is on the list until it runs again', async () => {
      const { catalog, planId } = await setUp();
      const { restoreId } = await created(catalog, planId);
      await expect(catalog.waitRestore(restoreId, wait)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await waiting(catalog, planId)).toEqual([]);
      await catalog.startRestore(restoreId, now);
      await catalog.waitRestore(restoreId, wait);
      const row = await catalog.getRestore(restoreId);
      expect(row).toMatchObject({ status: 'waiting', waitingFor: wait });
      expect(await waiting(catalog, planId)).toEqual([row]);
      const starts = await Promise.all([1, 2, 3].map(() => catalog.startRestore(restoreId, later)));
      expect(starts.filter(Boolean)).toHaveLength(1);
      const again = await catalog.getRestore(restoreId);
      expect(again).toMatchObject({ status: 'running', startedAt: later });
      expect(again).not.toHaveProperty('waitingFor');
      expect(await waiting(catalog, planId)).toEqual([]);
    });

    test('a restore that waits can be cancelled and ended, and is on the list no longer', async () => {
      const { catalog, planId } = await setUp();
      const { restoreId } = await created(catalog, planId);
      await catalog.startRestore(restoreId, now);
      await catalog.waitRestore(restoreId, wait);
      await catalog.requestCancel(restoreId);
      expect(await waiting(catalog, planId)).toMatchObject([{ cancelRequested: true }]);
      await catalog.finishRestore(restoreId, { status: 'cancelled', completedAt: later });
      expect(await catalog.getRestore(restoreId)).toMatchObject({ status: 'cancelled' });
      expect(await waiting(catalog, planId)).toEqual([]);
    });

    test('a restore that is to be cancelled does not begin to wait', async () => {
      const { catalog, planId } = await setUp();
      const { restoreId } = await created(catalog, planId);
      await catalog.startRestore(restoreId, now);
      await catalog.requestCancel(restoreId);
      await expect(catalog.waitRestore(restoreId, wait)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await catalog.getRestore(restoreId)).toMatchObject({ status: 'running' });
      expect(await waiting(catalog, planId)).toEqual([]);
    });

    test('a restore that is not there is RESTORE_NOT_FOUND, and does not come to be', async () => {
      const { catalog, planId } = await setUp();
      const id = `r-${planId}`;
      const notFound = { code: 'RESTORE_NOT_FOUND' };
      await expect(catalog.startRestore(id, now)).rejects.toMatchObject(notFound);
      await expect(catalog.waitRestore(id, wait)).rejects.toMatchObject(notFound);
      await expect(catalog.progressRestore(id, progress)).rejects.toMatchObject(notFound);
      await expect(catalog.finishRestore(id, { status: 'failed' })).rejects.toMatchObject(notFound);
      await expect(catalog.requestCancel(id)).rejects.toMatchObject(notFound);
      expect(await catalog.getRestore(id)).toBeUndefined();
    });
  });
}
