/** A restore of what lies in an archive class: asks first, waits, goes on; nothing is touched and nobody pays twice. */
import { describe, expect, it } from 'vitest';
import { parseSource } from '../../../adapters/kinds.ts';
import { fastClock } from '../../../adapters/memory/clock.ts';
import type { MemoryVault } from '../../../adapters/memory/vault.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import { archivedOf, estimateReturn, returnDays } from '../../../core/restore/archive.ts';
import { type RestoreDeps, runRestore } from '../../../core/restore/run.ts';
import { verifyBackup } from '../../../core/verification/verify.ts';
import { fakeRecovery } from '../../support/fake-recovery.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

const live = () => new AbortController().signal;
const backupId = backupIdFor('fake', fakeRequest.slot);
const restoreId = 'r-20261121-0002';

async function archived(request: Record<string, unknown> = {}) {
  const world = memoryWorld();
  await runBackup(fakeRequest, world, live());
  const vault = world.vault as MemoryVault;
  const keys: string[] = [];
  for await (const { key } of vault.list(`plans/fake/${backupId}/a`)) keys.push(key);
  for (const key of keys) vault.setArchived(key, { state: 'archived' });
  await world.catalog.createRestore(
    {
      restoreId,
      planId: 'fake',
      backupId,
      status: 'pending',
      createdBy: 'test',
      createdAt: '2026-11-21T03:00:00.000Z',
      correlationId: 'c-3',
      request: { planId: 'fake', backupId, ...request },
    },
    '2026-11-28T03:00:00.000Z',
  );
  const asked: { key: string; days: number; speed: string }[] = [];
  const watched: MemoryVault = {
    ...vault,
    requestReturn: async (key, options) => {
      asked.push({ key, days: options.days, speed: options.speed });
      await vault.requestReturn(key, options);
    },
  };
  const recovery = fakeRecovery();
  const deps: RestoreDeps = {
    ...world,
    vault: watched,
    clock: fastClock(1000),
    recoveryFor: () => recovery,
    parseSource,
    parallelism: 2,
  };
  const bringBack = (some = keys) => {
    for (const key of some) vault.setArchived(key, { state: 'returned', until: '2026-12-01T00:00:00.000Z' });
  };
  return { world, deps, recovery, keys, asked, vault, bringBack };
}

describe('a restore from an archive class', () => {
  it('asks for every object, waits, and says until when and what it costs', async () => {
    const { world, deps, recovery, keys, asked } = await archived();
    const row = await runRestore(restoreId, deps, live());
    expect(row).toMatchObject({ status: 'waiting', waitingFor: { objects: keys.length } });
    expect(row?.waitingFor?.estimatedCostUsd).toBeGreaterThan(0);
    expect(asked.map(({ key }) => key).sort()).toEqual([...keys].sort());
    expect(asked[0]).toMatchObject({ days: returnDays, speed: 'standard' });
    expect(recovery.touched()).toEqual([]);
    expect(world.alerts.published).toMatchObject([
      { kind: 'restore-waiting', severity: 'warning', code: 'OBJECT_ARCHIVED' },
    ]);
    expect(await world.catalog.listWaitingRestores()).toHaveLength(1);
  });

  it('goes on when it is started again and all are back', async () => {
    const { world, deps, recovery, bringBack } = await archived();
    await runRestore(restoreId, deps, live());
    bringBack();
    expect(await runRestore(restoreId, deps, live())).toMatchObject({ status: 'completed' });
    expect(recovery.touched()).toHaveLength(1);
    expect(await world.catalog.listWaitingRestores()).toEqual([]);
  });

  it('waits on while one is still away, without asking or telling again', async () => {
    const { world, deps, keys, asked, bringBack } = await archived();
    const first = await runRestore(restoreId, deps, live());
    bringBack(keys.slice(1));
    const second = await runRestore(restoreId, deps, live());
    expect(second).toMatchObject({ status: 'waiting', waitingFor: { objects: 1 } });
    expect(second?.waitingFor?.expectedAt).toBe(first?.waitingFor?.expectedAt);
    expect(second?.waitingFor?.estimatedCostUsd).toBe(first?.waitingFor?.estimatedCostUsd);
    expect(asked).toHaveLength(keys.length);
    expect(world.alerts.published).toHaveLength(1);
  });

  it('gives what is back more days when it would go again within one, and goes on', async () => {
    const { deps, keys, asked, vault } = await archived();
    const now = deps.clock.now().getTime();
    const until = (hours: number) => new Date(now + hours * 3_600_000).toISOString();
    for (const [at, key] of keys.entries())
      vault.setArchived(key, { state: 'returned', until: until(at === 0 ? 5 : 100) });
    expect(await runRestore(restoreId, deps, live())).toMatchObject({ status: 'completed' });
    expect(asked.map(({ key }) => key)).toEqual([keys[0]]);
  });

  it('is cancelled also when that is asked for in the moment in which it begins to wait', async () => {
    const { world, deps } = await archived();
    const catalog = {
      ...world.catalog,
      waitRestore: async (...wait: Parameters<typeof world.catalog.waitRestore>) => {
        await world.catalog.requestCancel(restoreId);
        return world.catalog.waitRestore(...wait);
      },
    };
    const row = await runRestore(restoreId, { ...deps, catalog }, live());
    expect(row).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
    expect(world.alerts.published).toEqual([]);
  });

  it('is refused when the manifest is not the one that the catalog knows', async () => {
    const { world, deps, asked } = await archived();
    const catalog = {
      ...world.catalog,
      getBackup: async (...name: Parameters<typeof world.catalog.getBackup>) => {
        const row = await world.catalog.getBackup(...name);
        return row?.manifest ? { ...row, manifest: { ...row.manifest, sha256: '0'.repeat(64) } } : row;
      },
    };
    const row = await runRestore(restoreId, { ...deps, catalog }, live());
    expect(row).toMatchObject({ status: 'failed', error: { code: 'INTEGRITY_HASH' } });
    expect(asked).toEqual([]);
  });

  it('asks slowly and cheaply when told to', async () => {
    const { deps, asked } = await archived({ returnSpeed: 'bulk' });
    await runRestore(restoreId, deps, live());
    expect(asked[0]?.speed).toBe('bulk');
  });

  it('asks for nothing when the backup is damaged anyway', async () => {
    const { deps, keys, asked, vault } = await archived();
    vault.hide(keys[0] ?? '');
    vault.purge(keys[0] ?? '');
    expect(await runRestore(restoreId, deps, live())).toMatchObject({
      status: 'failed',
      error: { code: 'INTEGRITY_HASH' },
    });
    expect(asked).toEqual([]);
  });
});

describe('a restore from the second copy', () => {
  it('reads the copy and not the vault', async () => {
    const { deps, bringBack, vault } = await archived({ from: 'replica' });
    bringBack();
    const broken = { ...vault, read: () => Promise.reject(new Error('the vault is gone')) };
    const row = await runRestore(restoreId, { ...deps, vault: broken, replica: vault }, live());
    expect(row).toMatchObject({ status: 'completed' });
  });
  it('says when there is none', async () => {
    const { deps } = await archived({ from: 'replica' });
    expect(await runRestore(restoreId, deps, live())).toMatchObject({
      status: 'failed',
      error: { code: 'INVALID_INPUT', message: expect.stringContaining('no second copy') },
    });
  });
});

describe('a verification of what lies in an archive class', () => {
  it('proves what is stored and says why no more, without paying for a return', async () => {
    const { world, deps, asked, recovery } = await archived();
    const report = await verifyBackup(
      { planId: 'fake', backupId, level: 'restored', correlationId: 'v' },
      {
        ...world,
        vault: deps.vault,
        recoveryFor: () => recovery,
        parallelism: 2,
        workDir: 'unused',
        freeBytes: async () => 1_000_000_000,
      },
      live(),
    );
    expect(report).toMatchObject({ result: 'passed', level: 'stored', levelAsked: 'restored' });
    expect(report.remarks[0]).toContain('archive class');
    expect(asked).toEqual([]);
    expect(world.alerts.published).toEqual([]);
  });
});

describe('what a return takes', () => {
  const gib = 1024 ** 3;
  const object = (
    storageClass: string,
    lengthBytes: number,
    state: 'archived' | 'returning' = 'archived',
  ) => ({
    storageClass: storageClass as 'DEEP_ARCHIVE',
    lengthBytes,
    archive: { state },
  });
  const now = new Date('2026-11-21T00:00:00Z');
  it.each([
    ['DEEP_ARCHIVE', 'standard', 12, 2.54],
    ['DEEP_ARCHIVE', 'bulk', 48, 0.79],
    ['GLACIER', 'standard', 5, 1.54],
    ['GLACIER', 'bulk', 12, 0.54],
  ] as const)('100 GiB of %s, %s: at most %i hours and about $%d', (storageClass, speed, hours, usd) => {
    const wait = estimateReturn([object(storageClass, 100 * gib)], speed, now);
    expect((Date.parse(wait.expectedAt) - now.getTime()) / 3_600_000).toBe(hours);
    expect(wait.estimatedCostUsd).toBeCloseTo(usd, 1);
  });
  it('is nothing more for what is on its way, and the slowest counts', () => {
    const wait = estimateReturn(
      [object('GLACIER', gib, 'returning'), object('DEEP_ARCHIVE', gib, 'returning')],
      'standard',
      now,
    );
    expect(wait).toMatchObject({ objects: 2, bytes: 2 * gib, estimatedCostUsd: 0 });
    expect(wait.expectedAt).toBe('2026-11-21T12:00:00.000Z');
  });
  it('is found from the outside, each object by itself, of the wanted component and attempt alone', async () => {
    const { vault, keys } = await archived();
    const row = { planId: 'fake', backupId, madeBy: 1 };
    const found = async (component?: string, madeBy?: number) =>
      (await archivedOf({ ...row, madeBy }, component, vault)).length;
    expect(await found()).toBe(keys.length);
    const folder = `plans/fake/${backupId}/`;
    const attributes = { role: 'segment', tier: 'yearly', planId: 'fake', storageClass: 'STANDARD' } as const;
    for (const key of [`${folder}a01/other/0000-x.0001`, `${folder}a02/main/0000-x.0001`]) {
      await vault.write(key, [Buffer.alloc(100_000)], attributes);
      vault.setArchived(key, { state: 'archived' });
    }
    expect(await found(undefined, 1)).toBe(keys.length + 1);
    expect(await found('other', 1)).toBe(1);
    expect(await found('other')).toBe(1);
    // The largest is back, the others are not.
    const heads = await Promise.all(keys.map((key) => vault.head(key)));
    const [largest] = heads.sort((a, b) => (b?.lengthBytes ?? 0) - (a?.lengthBytes ?? 0));
    vault.setArchived(largest?.key ?? '', { state: 'returned', until: '2026-12-01T00:00:00.000Z' });
    expect(await found(keys[0]?.split('/')[4], 1)).toBe(keys.length - 1);
    for (const key of keys) vault.setArchived(key, undefined);
    expect(await found(keys[0]?.split('/')[4], 1)).toBe(0);
  });
});
