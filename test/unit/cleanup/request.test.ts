/** What a person asks of one backup: to let it go, and to take it back. */
import { beforeEach, describe, expect, it } from 'vitest';
import { takeLease } from '../../../core/cleanup/lease.ts';
import { expireOne, undeleteOne } from '../../../core/cleanup/request.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import { type CleanupWorld, cleanupWorld, dayMs } from './cleanup-world.ts';

let world: CleanupWorld;
beforeEach(async () => {
  world = cleanupWorld();
  await world.addPlan();
});

const asked = ({ planId, backupId }: BackupRow, change: object = {}) => ({
  ...world.options,
  by: 'ada',
  planId,
  backupId,
  ...change,
});
const expire = (row: BackupRow, change: object = {}) => expireOne(world.deps, asked(row, change));
const undelete = (row: BackupRow, change: object = {}) => undeleteOne(world.deps, asked(row, change));
const kept = (why: string) => ({ code: 'BACKUP_KEPT', message: expect.stringContaining(why) });

describe('a wish that a backup goes', () => {
  it('marks all of it, says who asked, and leaves its neighbours alone', async () => {
    const wished = await world.addBackup({ days: 3 });
    const newer = await world.addBackup({ days: 2 });
    const older = await world.addBackup({ days: 4 });
    expect(await expire(wished)).toMatchObject({ objects: 4, bytes: 32, markedAt: expect.any(String) });
    expect(await world.marks(wished)).toBe('4/4');
    expect((await world.catalog.getBackup('shop', wished.backupId))?.expiry).toMatchObject({
      reason: 'request',
      by: 'ada',
    });
    expect([await world.marks(newer), await world.marks(older)]).toEqual(['0/4', '0/4']);
    expect((await world.catalog.getPlan('shop'))?.usage).toMatchObject({
      byTier: { daily: { backups: 2, storedBytes: 50 } },
    });
  });

  it('does the same when it is delivered again', async () => {
    const wished = await world.addBackup({ days: 3 });
    await world.addBackup({ days: 2 });
    const first = await expire(wished);
    expect(await expire(wished)).toEqual(first);
  });

  it('goes beside what expires by policy, each for its own reason', async () => {
    await world.addBackup({ days: 1 });
    const wished = await world.addBackup({ days: 3 });
    const old = await world.addBackup({ days: 40 });
    await expire(wished);
    const reasons = await Promise.all(
      [wished, old].map(
        async ({ backupId }) => (await world.catalog.getBackup('shop', backupId))?.expiry?.reason,
      ),
    );
    expect(reasons).toEqual(['request', 'policy']);
  });

  it('is refused for the last good one, and the one before may go', async () => {
    const last = await world.addBackup({ days: 2 });
    const before = await world.addBackup({ days: 3 });
    await expect(expire(last)).rejects.toMatchObject(kept('it is the last good one'));
    await expire(before);
    await expect(expire(last)).rejects.toMatchObject(kept('the last good'));
    expect(await world.status(last)).toBe('completed');
    expect(await world.marks(last)).toBe('0/4');
  });

  it('is refused for the last one that a restore has proven', async () => {
    await world.addBackup({ days: 1 });
    const proven = await world.addBackup({
      days: 3,
      verification: { provenAt: world.clock.now().toISOString() },
    });
    await expect(expire(proven)).rejects.toMatchObject(kept('a restore has proven'));
  });

  it('takes a newest one that failed its verification, since it justifies nothing', async () => {
    const bad = await world.addBackup({ days: 1, verification: { status: 'failed' } });
    await world.addBackup({ days: 2 });
    // The newest of all is kept by policy rules as the last completed only while nothing newer was made.
    await world.addBackup({ days: 0.5 });
    await expire(bad);
    expect(await world.status(bad)).toBe('expired');
  });

  it('is refused while it is pinned, held by a restore, or the plan is paused', async () => {
    await world.addBackup({ days: 1 });
    const row = await world.addBackup({ days: 3 });
    const at = world.clock.now().toISOString();
    await world.catalog.setPin('shop', row.backupId, { at, by: 'bob', reason: 'the audit' });
    await expect(expire(row)).rejects.toMatchObject(kept('it is pinned'));
    await world.catalog.setPin('shop', row.backupId, undefined);
    await world.catalog.setPaused('shop', { at, by: 'bob', reason: 'moving' });
    await expect(expire(row)).rejects.toMatchObject(kept('paused'));
    await world.catalog.setPaused('shop', undefined);
    const restore = {
      restoreId: 'r-20261121t020000z-3f9a1c22',
      planId: 'shop',
      backupId: row.backupId,
      status: 'pending',
    } as const;
    await world.catalog.createRestore(
      { ...restore, createdBy: 'ada', createdAt: at, request: {}, correlationId: 'c-9' },
      new Date(world.clock.now().getTime() + dayMs).toISOString(),
    );
    await expect(expire(row)).rejects.toMatchObject(kept('held until'));
  });

  it('keeps the parts that an increment needs, and the increment can be restored', async () => {
    const base = await world.addBackup({ days: 5, isIndexed: true });
    const needs = [{ backupId: base.backupId, attempt: 1, component: 'main', segments: '0' }];
    const increment = await world.addBackup({ days: 4, needs });
    world.clock.advance(2 * dayMs);
    await expire(base);
    expect((await world.catalog.getBackup('shop', base.backupId))?.expiry?.kept).toEqual(needs);
    const marked = await world.allMarked();
    expect(marked.some((key) => key.includes(`${base.backupId}/a01/main/0000-`))).toBe(false);
    expect(marked.some((key) => key.includes(`${base.backupId}/a01/main/0001-`))).toBe(true);
    expect(await world.status(increment)).toBe('completed');
  });

  it('says that what is running, failed or unknown cannot be deleted', async () => {
    await expect(expire(await world.addBackup({ end: 'running', days: 0.01 }))).rejects.toMatchObject({
      code: 'RUN_IN_PROGRESS',
    });
    await expect(expire(await world.addBackup({ end: 'failed' }))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    const row = await world.addBackup();
    await expect(expire({ ...row, planId: 'other' })).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  });

  it('waits for a cleanup that runs, and gives up in time', async () => {
    const row = await world.addBackup({ days: 3 });
    await world.addBackup({ days: 2 });
    await takeLease(world.deps, 'another');
    let looks = 0;
    const secondsLeft = () => {
      looks += 1;
      return looks < 3 ? 600 : 100;
    };
    const clock = { now: () => world.clock.now(), sleep: async () => {} };
    await expect(expireOne({ ...world.deps, clock }, asked(row, { secondsLeft }))).rejects.toMatchObject({
      code: 'CLEANUP_RUNNING',
    });
    expect(await world.status(row)).toBe('completed');
  });
});

describe('a plan that was deleted', () => {
  it('keeps its backups however old they are, until a person lets one go', async () => {
    const rows = [];
    for (const days of [400, 40, 35]) rows.push(await world.addBackup({ days }));
    await world.catalog.deletePlan('shop', 1, 'ada', world.clock.now().toISOString());
    expect(await world.run()).toMatchObject({ marked: { backups: 0 }, kept: { 'plan deleted': 3 } });
    expect(await world.allMarked()).toEqual([]);
    await expire(rows[1] as BackupRow);
    expect(await Promise.all(rows.map(world.status))).toEqual(['completed', 'expired', 'completed']);
  });
});

describe('taking back', () => {
  it('revives what is marked and not hidden yet, with a pin of who asked', async () => {
    const row = await world.addBackup({ days: 3 });
    await world.addBackup({ days: 2 });
    await expire(row);
    expect(await undelete(row)).toMatchObject({ pinned: true });
    expect(await world.marks(row)).toBe('0/4');
    expect(await world.catalog.getBackup('shop', row.backupId)).toMatchObject({
      status: 'completed',
      pin: { by: 'ada' },
    });
    expect(await undelete(row)).toMatchObject({ backupId: row.backupId });
  });

  it('leaves what S3 has hidden to an operator, and changes nothing', async () => {
    const row = await world.addBackup({ days: 3 });
    await world.addBackup({ days: 2 });
    await expire(row);
    await world.midnight();
    await expect(undelete(row)).rejects.toMatchObject({
      code: 'UNDELETE_HIDDEN',
      next: expect.stringContaining('holdfast undelete'),
    });
    expect(await world.status(row)).toBe('expired');
  });

  it('takes marks away that somebody made by hand', async () => {
    const row = await world.addBackup({ days: 3 });
    for (const key of await world.keysOf(row)) await world.vault.mark(key);
    expect(await undelete(row)).toMatchObject({ pinned: false });
    expect(await world.marks(row)).toBe('0/4');
  });
});
