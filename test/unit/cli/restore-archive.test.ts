/** What `holdfast restore` says and asks when the backup cannot be read at once. */
import { describe, expect, it } from 'vitest';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import type { Catalog } from '../../../core/ports/catalog.ts';
import { addBackup, type Harness, type HarnessOptions, harness } from './fixtures.ts';

/** A completed backup whose one object lies in an archive class; 100 GiB it says. */
async function archivedBackup(options: HarnessOptions = {}) {
  const vault = memoryVault();
  const h = harness({ ...options, context: { vault } });
  const { backupId } = await addBackup(h);
  const key = `plans/shop/${backupId}/a01/main/0000-pre-data.0001`;
  const attributes = { role: 'segment', tier: 'yearly', planId: 'shop', storageClass: 'STANDARD' } as const;
  await vault.write(key, [Buffer.from('sealed')], attributes);
  vault.setArchived(key, { state: 'archived' });
  return { h, backupId, vault, key };
}

/** Plays the restore function: takes it up, and finds that it must wait. */
const waits: HarnessOptions = {
  async onInvoke({ event }, { catalog, clock }) {
    const restoreId = String(event.restoreId);
    await catalog.startRestore(restoreId, clock.now().toISOString());
    await catalog.waitRestore(restoreId, {
      objects: 1,
      bytes: 6,
      requestedAt: clock.now().toISOString(),
      expectedAt: '2026-11-21T22:00:00.000Z',
      estimatedCostUsd: 2.54,
    });
  },
};

describe('restore of an archived backup', () => {
  it('shows wait and cost before it is asked for, and returns while it waits', async () => {
    const { h, backupId } = await archivedBackup({ ...waits, interactive: true, answers: [true] });
    const ran = await h.run('restore', backupId);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(/1 objects .* up to 12 h.*about \$0\.01/);
    expect(ran.stderr).toContain('--return-speed bulk');
    expect(ran.stdout).toContain('It goes on by itself');
    expect(ran.stdout).toContain('2026-11-21 22:00');
  });

  it('is not started without a yes', async () => {
    const asked = await archivedBackup({ ...waits, interactive: true, answers: [false] });
    expect((await asked.h.run('restore', asked.backupId)).code).toBe(4);
    const alone = await archivedBackup(waits);
    const ran = await alone.h.run('restore', alone.backupId);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('--yes');
    expect([...asked.h.invocations, ...alone.h.invocations]).toEqual([]);
  });

  it('holds the backup for a week, and has the speed in its order', async () => {
    const { h, backupId } = await archivedBackup(waits);
    const ran = await h.run('--json', 'restore', backupId, '--yes', '--no-wait', '--return-speed', 'bulk');
    const { restoreId } = ran.json() as { restoreId: string };
    expect(await h.catalog.getRestore(restoreId)).toMatchObject({ request: { returnSpeed: 'bulk' } });
    expect((await h.catalog.getBackup('shop', backupId))?.heldUntil).toBe('2026-11-28T10:00:00.000Z');
    expect((await h.run('restore', backupId, '--return-speed', 'fast')).stderr).toContain('standard or bulk');
  });

  it('holds a yearly backup for a week also when nothing of it is archived yet', async () => {
    const h = harness();
    const claimRun: Catalog['claimRun'] = (claim) => h.catalog.claimRun({ ...claim, tier: 'yearly' });
    const { backupId } = await addBackup({ catalog: { ...h.catalog, claimRun } });
    expect((await h.run('restore', backupId, '--no-wait')).code).toBe(0);
    expect((await h.catalog.getBackup('shop', backupId))?.heldUntil).toBe('2026-11-28T10:00:00.000Z');
  });

  it('is shown and can be cancelled while it waits', async () => {
    const { h, backupId } = await archivedBackup(waits);
    const ran = await h.run('--json', 'restore', backupId, '--yes', '--no-wait');
    const { restoreId } = ran.json() as { restoreId: string };
    expect((await h.run('restore', 'show', restoreId)).stdout).toMatch(/Waits for: +1 archived objects/);
    expect((await h.run('restore', 'cancel', restoreId)).code).toBe(0);
    expect(await h.catalog.getRestore(restoreId)).toMatchObject({ status: 'cancelled' });
    expect(await h.catalog.listWaitingRestores()).toEqual([]);
  });

  it('asks nothing when it is back', async () => {
    const { h, backupId, vault, key } = await archivedBackup(waits);
    vault.setArchived(key, { state: 'returned', until: '2026-12-01T00:00:00.000Z' });
    const ran = await h.run('restore', backupId, '--no-wait');
    expect(ran.code).toBe(0);
    expect(ran.stderr).not.toContain('archive');
    expect((await h.catalog.getBackup('shop', backupId))?.heldUntil).toBe('2026-11-23T10:00:00.000Z');
  });
});

describe('restore of other backups', () => {
  const expire = async (h: Harness, backupId: string) => {
    const { guard = 0 } = (await h.catalog.getBackup('shop', backupId)) ?? {};
    await h.catalog.expireBackups({
      planId: 'shop',
      victims: [{ backupId, guard }],
      keepers: [],
      expiry: { reason: 'request', decidedAt: '2026-11-21T09:00:00.000Z', by: 'ada' },
    });
  };
  it('of an expired one says that undelete comes first', async () => {
    const h = harness();
    const { backupId } = await addBackup(h);
    await expire(h, backupId);
    const ran = await h.run('restore', backupId);
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain(`holdfast undelete ${backupId}`);
    expect(h.invocations).toEqual([]);
  });
  it('takes the newest of a plan by its name', async () => {
    const h = harness();
    await addBackup(h, { slot: '2026-11-20T02:00:00Z' });
    const { backupId } = await addBackup(h);
    const ran = await h.run('--json', 'restore', '--latest', 'shop', '--no-wait');
    const { restoreId } = ran.json() as { restoreId: string };
    expect(await h.catalog.getRestore(restoreId)).toMatchObject({ backupId });
    expect((await h.run('restore', backupId, '--latest', 'shop')).code).toBe(2);
    expect((await h.run('restore')).code).toBe(2);
  });
  it('from the second copy keeps that in the order', async () => {
    const replica = memoryVault();
    const h = harness({ context: { replica } });
    const { backupId } = await addBackup(h);
    const ran = await h.run('--json', 'restore', backupId, '--from', 'replica', '--no-wait');
    const { restoreId } = ran.json() as { restoreId: string };
    expect(await h.catalog.getRestore(restoreId)).toMatchObject({ request: { from: 'replica' } });
  });
  it('never shows a target or a passphrase that was typed into the wrong option', async () => {
    const h = harness();
    const secret = 'postgres://u:hunter2@db/x';
    const from = ['restore', '--from', '/nowhere', '--verbose'];
    for (const typed of [
      [...from, '--target-env', secret],
      [...from, '--target-file', secret],
      ['keys', 'export', '--out', '/tmp/never-made', '--passphrase-file', secret, '--verbose'],
    ]) {
      const ran = await h.run(...typed);
      expect(ran.code).toBe(2);
      expect(ran.stdout + ran.stderr).not.toContain('hunter2');
      expect((await h.run('--json', ...typed)).stderr).not.toContain('hunter2');
    }
  });
  it('from a folder needs a key, a target and a folder that is there', async () => {
    const h = harness();
    const ran = await h.run('restore', '--from', '/nowhere', '--target-env', 'HOLDFAST_NO_SUCH_VARIABLE');
    expect(ran.code).not.toBe(0);
    expect(h.invocations).toEqual([]);
  });
});
