/** Bringing expired backups back. */
import { beforeEach, describe, expect, it } from 'vitest';
import { takeLease } from '../../../core/cleanup/lease.ts';
import { type UndeleteOptions, undelete, undeleteSteps } from '../../../core/cleanup/undelete.ts';
import { attemptName, backupPrefix, manifestKey } from '../../../core/format/layout.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import { type CleanupWorld, cleanupWorld, dayMs } from './cleanup-world.ts';

let world: CleanupWorld;
let old: BackupRow;
beforeEach(async () => {
  world = cleanupWorld();
  await world.addPlan();
  old = await world.addBackup({ days: 40, losers: 1 });
  await world.addBackup({ days: 10 });
  await world.run();
});

const bringBack = (change: Partial<UndeleteOptions> = {}) =>
  undelete(world.undeleteDeps, {
    backupId: old.backupId,
    by: 'ada',
    correlationId: 'c-2',
    signal: new AbortController().signal,
    ...change,
  });

describe('undelete', () => {
  it('takes the marks away while the objects are current', async () => {
    const { row, objects, hidden } = await bringBack();
    expect({ objects, hidden, status: row.status }).toEqual({ objects: 4, hidden: 0, status: 'completed' });
    // The losing attempt's objects stay marked: they are no part of it.
    expect(await world.allMarked()).toHaveLength(2);
  });

  it('removes delete markers and pins the backup', async () => {
    await world.midnight();
    const { row, hidden } = await bringBack();
    expect({ hidden, expiry: row.expiry }).toEqual({ hidden: 4, expiry: undefined });
    expect(row.pin).toMatchObject({ by: 'ada' });
    expect(await world.marks(old)).toBe('0/4');
    // The next cleanup leaves it alone, though its policy has ended.
    world.clock.advance(dayMs);
    expect(await world.run()).toMatchObject({ marked: { backups: 0 }, kept: { pinned: 1 } });
  });

  it('brings back what has several delete markers over it', async () => {
    await world.midnight();
    world.vault.hide(manifestKey('shop', old.backupId));
    await bringBack();
    expect(await world.marks(old)).toBe('0/4');
  });

  it('refuses when a part is gone for good, and touches nothing', async () => {
    await world.midnight();
    world.vault.purge(`${backupPrefix('shop', old.backupId)}${attemptName(2)}/main/0000-x.0001`);
    await expect(bringBack()).rejects.toMatchObject({
      code: 'UNDELETE_TOO_LATE',
      message: expect.stringContaining('10 of its 25 bytes'),
    });
    expect(await world.keysOf(old)).toEqual([]);
    expect(await world.status(old)).toBe('expired');
  });

  it('refuses when the manifest is gone for good', async () => {
    await world.midnight();
    world.vault.purge(manifestKey('shop', old.backupId));
    await expect(bringBack()).rejects.toMatchObject({ code: 'UNDELETE_TOO_LATE' });
  });

  it('brings back what somebody hid of a completed backup, and neither pins nor changes it', async () => {
    const { rows } = await world.catalog.listBackups('shop', { status: 'completed' });
    const good = rows[0] as BackupRow;
    for (const key of await world.keysOf(good)) world.vault.hide(key);
    await world.catalog.noteMissing('shop', good.backupId, world.clock.now().toISOString());
    const { row, hidden } = await bringBack({ backupId: good.backupId });
    expect(hidden).toBeGreaterThan(0);
    expect(row).toMatchObject({ status: 'completed', backupId: good.backupId });
    expect(row.pin).toBeUndefined();
    expect(await world.marks(good)).toMatch(/^0\//);
    expect((await world.catalog.getBackup('shop', good.backupId))?.missingSince).toBeUndefined();
  });

  it('that was interrupted anywhere and is repeated leaves it pinned', async () => {
    await world.midnight();
    for (const broken of undeleteSteps) {
      const onStep = async (step: string) => {
        if (step === broken) throw new Error('laptop closed');
      };
      const dying = undelete(
        { ...world.undeleteDeps, onStep },
        { backupId: old.backupId, by: 'ada', correlationId: 'c', signal: new AbortController().signal },
      );
      await expect(dying).rejects.toThrow('laptop closed');
      const now = await world.catalog.getBackup('shop', old.backupId);
      expect(now?.status === 'completed').toBe(now?.pin !== undefined);
    }
    expect((await bringBack()).row.pin).toMatchObject({ by: 'ada' });
    world.clock.advance(dayMs);
    expect(await world.run()).toMatchObject({ marked: { backups: 0 }, kept: { pinned: 1 } });
  });

  it('pins a completed backup that somebody hid when its policy has ended', async () => {
    await bringBack();
    await world.catalog.setPin('shop', old.backupId, undefined);
    world.vault.hide(manifestKey('shop', old.backupId));
    await world.catalog.noteMissing('shop', old.backupId, world.clock.now().toISOString());
    const { row } = await bringBack();
    expect(row).toMatchObject({ status: 'completed', pin: { by: 'ada' } });
    expect(row.missingSince).toBeUndefined();
  });

  it('refuses what was never completed, and what does not exist', async () => {
    await world.catalog.claimRun({
      planId: 'shop',
      backupId: '20261121T030000Z-0000000f',
      source: 'main',
      kind: 'database',
      trigger: 'schedule',
      createdBy: 'scheduler',
      slot: '2026-11-21T03:00:00Z',
      correlationId: 'c-3',
      tier: 'daily',
      now: world.clock.now().toISOString(),
      leaseUntil: world.clock.now().toISOString(),
    });
    await expect(bringBack({ backupId: '20261121T030000Z-0000000f' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(bringBack({ backupId: '20260101T000000Z-00000000' })).rejects.toMatchObject({
      code: 'BACKUP_NOT_FOUND',
    });
  });

  it('waits for a cleanup to end, and says so once', async () => {
    await takeLease(world.deps, 'somebody');
    let told = 0;
    const undeleted = bringBack({ onWait: () => (told += 1) });
    for (let polls = 0; polls < 3; polls += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      world.clock.advance(5000);
    }
    await world.catalog.releaseLease('cleanup', 'somebody');
    await new Promise((resolve) => setImmediate(resolve));
    world.clock.advance(5000);
    expect((await undeleted).row.status).toBe('completed');
    expect(told).toBe(1);
  });

  it('keeps cleanup from marking while it works', async () => {
    let refused: unknown;
    await undelete(
      {
        ...world.undeleteDeps,
        onStep: async (step) => {
          if (step === 'check') refused = await world.run().catch((thrown: unknown) => thrown);
        },
      },
      { backupId: old.backupId, by: 'ada', correlationId: 'c-2', signal: new AbortController().signal },
    );
    expect(refused).toMatchObject({ code: 'CLEANUP_RUNNING' });
  });

  it('gives up when it stood still so long that a cleanup took its lease', async () => {
    const standStill = async (step: string) => {
      if (step !== 'revive') return;
      world.clock.advance(17 * 60_000);
      await takeLease(world.deps, 'cleanup-1');
    };
    await expect(
      undelete(
        { ...world.undeleteDeps, onStep: standStill },
        { backupId: old.backupId, by: 'ada', correlationId: 'c-2', signal: new AbortController().signal },
      ),
    ).rejects.toMatchObject({ code: 'CLEANUP_RUNNING' });
    expect(await world.status(old)).toBe('expired');
  });
});
