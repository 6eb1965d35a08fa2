/** From an empty catalog to the full one, out of the vault alone. */
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { fastClock } from '../../../adapters/memory/clock.ts';
import type { MemoryVault } from '../../../adapters/memory/vault.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { contextOfKey } from '../../../core/format/context.ts';
import { backupIdFor, manifestKey } from '../../../core/format/layout.ts';
import { openDocument, sealDocument } from '../../../core/format/sealed-document.ts';
import { writePin } from '../../../core/pin.ts';
import { adoptBackups } from '../../../core/recovery/adopt.ts';
import { type RebuildOptions, rebuildCatalog } from '../../../core/recovery/rebuild.ts';
import { readDocument } from '../../../core/verification/integrity.ts';
import { verifyBackup } from '../../../core/verification/verify.ts';
import { fakeRecovery } from '../../support/fake-recovery.ts';
import { fakePlan } from '../../support/fake-source.ts';
import { flipBit, tamperWith } from '../../support/tampering-vault.ts';
import { fakeRequest, memoryWorld, silentLog } from '../../support/world.ts';

const live = () => new AbortController().signal;
const slots = ['2026-11-19T02:00:00Z', '2026-11-20T02:00:00Z', '2026-11-21T02:00:00Z'] as const;
const [firstId, middleId, lastId] = slots.map((slot) => backupIdFor('fake', slot)) as [
  string,
  string,
  string,
];
const all: RebuildOptions = { dryRun: false, by: 'ada' };

/** Three backups of a plan that was renamed before the last; the first proven by a drill, the second pinned. */
async function history() {
  const world = memoryWorld();
  const recovery = fakeRecovery();
  const verifyDeps = {
    ...world,
    clock: fastClock(1),
    recoveryFor: () => recovery,
    parallelism: 2,
    workDir: 'unused',
    freeBytes: async () => 1_000_000_000,
  };
  for (const [index, slot] of slots.entries()) {
    const plan = { ...fakePlan(), name: index === 2 ? 'renamed' : 'first name' };
    await runBackup({ ...fakeRequest, plan, slot }, world, live());
  }
  const verify = (backupId: string, level: 'readable' | 'restored') =>
    verifyBackup({ planId: 'fake', backupId, level, correlationId: 'v' }, verifyDeps, live());
  await verify(firstId, 'restored');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await verify(firstId, 'readable');
  await writePin({
    pin: {
      planId: 'fake',
      backupId: middleId,
      pinned: true,
      reason: 'audit',
      by: 'ada',
      at: '2026-11-21T05:00:00.000Z',
    },
    tier: 'daily',
    vault: world.vault,
    keyRing: world.keyRing,
  });
  return world;
}

describe('a catalog that is rebuilt', () => {
  let world: Awaited<ReturnType<typeof history>>;
  beforeAll(async () => {
    world = await history();
  });
  const fresh = (vault = world.vault as MemoryVault) => ({ ...world, vault, catalog: memoryCatalog() });

  it('has every row as the run left it, but for what belongs to one copy', async () => {
    const deps = fresh();
    const result = await rebuildCatalog(deps, all);
    expect(result).toMatchObject({
      plans: { adopted: 1, named: [{ planId: 'fake', enabled: true }] },
      backups: { adopted: 3, present: 0, marked: 0, withoutManifest: 0, lackingParts: 0 },
      reports: 1,
      pins: 1,
      unreadable: { count: 0 },
    });
    for (const backupId of [firstId, middleId, lastId]) {
      const before = await world.catalog.getBackup('fake', backupId);
      const after = await deps.catalog.getBackup('fake', backupId);
      const {
        versions: _,
        completedAt,
        guard: __,
        steps: ___,
        verification,
        ...rest
      } = before ?? ({} as never);
      expect(after).toMatchObject(rest);
      expect(Date.parse(after?.completedAt ?? '')).toBeLessThanOrEqual(Date.parse(completedAt ?? ''));
      expect(after?.verification).toEqual(verification);
      expect(after?.versions).toBeUndefined();
      expect(after?.adoptedAt).toBeDefined();
    }
    expect((await deps.catalog.getBackup('fake', middleId))?.pin).toEqual({
      at: '2026-11-21T05:00:00.000Z',
      by: 'ada',
      reason: 'audit',
    });
  });

  it('has the drills that the reports tell of, though a later report says less; a dry run writes none', async () => {
    const { rows: drills } = await world.catalog.listDrills({});
    expect(drills).toMatchObject([{ backupId: firstId, status: 'passed', level: 'restored' }]);
    const deps = fresh();
    await rebuildCatalog(deps, { ...all, dryRun: true });
    expect((await deps.catalog.listDrills({})).rows).toEqual([]);
    await rebuildCatalog(deps, all);
    expect((await deps.catalog.listDrills({})).rows).toEqual(drills);
  });

  it('takes the newest report for the verification and the newest drill for the proof', async () => {
    const deps = fresh();
    await rebuildCatalog(deps, all);
    const { verification } = (await deps.catalog.getBackup('fake', firstId)) ?? {};
    expect(verification).toMatchObject({ status: 'passed', level: 'readable' });
    expect(verification?.provenAt).toBeDefined();
    expect((await deps.catalog.listUnverified(10)).map((row) => row.backupId).sort()).toEqual(
      [middleId, lastId].sort(),
    );
  });

  it('has the plan of the newest backup, as old as the oldest', async () => {
    const deps = fresh();
    await rebuildCatalog(deps, all);
    expect(await deps.catalog.getPlan('fake')).toMatchObject({
      plan: { name: 'renamed' },
      revision: 1,
      createdAt: expect.stringMatching(/^2026-11-19T02:00:00/),
      updatedBy: 'ada',
    });
  });

  it('is the same after a second time, and after one that was cut short', async () => {
    const deps = fresh();
    await rebuildCatalog(
      {
        ...deps,
        catalog: {
          ...deps.catalog,
          adoptPlan: () => Promise.reject(new HoldfastError('CATALOG_UNAVAILABLE', 'gone')),
        },
      },
      all,
    ).catch(() => undefined);
    await rebuildCatalog(deps, all);
    const rows = await deps.catalog.listBackups('fake');
    expect(await rebuildCatalog(deps, all)).toMatchObject({
      plans: { adopted: 0, present: 1 },
      backups: { adopted: 0, present: 3 },
      pins: 0,
    });
    expect(await deps.catalog.listBackups('fake')).toEqual(rows);
  });

  it('leaves rows that are there alone, but gives back a pin that they lost', async () => {
    const deps = { ...world };
    expect((await world.catalog.getBackup('fake', middleId))?.pin).toBeUndefined();
    expect(await rebuildCatalog(deps, all)).toMatchObject({ backups: { adopted: 0, present: 3 }, pins: 1 });
    expect((await world.catalog.getBackup('fake', middleId))?.pin).toMatchObject({ reason: 'audit' });
    await world.catalog.setPin('fake', middleId, undefined);
  });

  it('changes nothing in a dry run, and says the same', async () => {
    const deps = fresh();
    expect(await rebuildCatalog(deps, { ...all, dryRun: true })).toMatchObject({
      plans: { adopted: 1 },
      backups: { adopted: 3 },
      pins: 1,
    });
    expect(await deps.catalog.getPlan('fake')).toBeUndefined();
    expect((await deps.catalog.listBackups('fake')).rows).toEqual([]);
  });

  it('lists what could not be read and goes on with the rest', async () => {
    const deps = fresh();
    const vault = tamperWith(deps.vault, {
      of: (key) => key === manifestKey('fake', lastId),
      bytes: (stored) => flipBit(stored, stored.length - 40),
    });
    const result = await rebuildCatalog({ ...deps, vault }, all);
    expect(result.backups.adopted).toBe(2);
    expect(result.unreadable).toMatchObject({
      count: 1,
      named: [{ key: manifestKey('fake', lastId), code: expect.stringMatching(/^INTEGRITY_/) }],
    });
    // The plan is then that of the newest one that can be read.
    expect((await deps.catalog.getPlan('fake'))?.plan.name).toBe('first name');
  });

  it('believes no report that cannot be opened, and falls back on the one before', async () => {
    const deps = fresh();
    const vault = tamperWith(deps.vault, {
      of: (key) => key.includes('-readable-'),
      bytes: (stored) => flipBit(stored, stored.length - 40),
    });
    const result = await rebuildCatalog({ ...deps, vault }, all);
    expect(result.unreadable.count).toBe(1);
    expect((await deps.catalog.getBackup('fake', firstId))?.verification?.level).toBe('restored');
  });

  it('believes no passed report about another manifest of the same backup', async () => {
    const deps = fresh();
    const key = `reports/fake/${lastId}/20261121T060000Z-restored-abcdef`;
    const old = (await world.catalog.getBackup('fake', firstId))?.verification?.reportKey ?? '';
    const [privateKeys, { signers, recipients }] = await Promise.all([
      world.keyRing.privateKeys(),
      world.keyRing.publicKeys(),
    ]);
    const bytes = await readDocument(old, world.vault);
    const report = await openDocument({
      bytes,
      type: 'report',
      privateKeys,
      signers,
      context: contextOfKey(old),
    });
    const sealed = await sealDocument({
      document: { ...(report as object), backupId: lastId, level: 'restored' },
      type: 'report',
      signer: await world.keyRing.signingKey('verify'),
      recipients,
      context: contextOfKey(key),
    });
    const vault = {
      ...deps.vault,
      list: async function* (prefix: string) {
        yield* deps.vault.list(prefix);
        if (key.startsWith(prefix))
          yield { key, lengthBytes: sealed.length, lastModifiedAt: '2026-11-21T06:00:00Z' };
      },
      read: (wanted: string) =>
        wanted === key ? Promise.resolve(Readable.from([sealed])) : deps.vault.read(wanted),
    };
    const result = await rebuildCatalog({ ...deps, vault }, all);
    expect(result.unreadable.named).toMatchObject([
      { key, why: expect.stringContaining('another manifest') },
    ]);
    expect((await deps.catalog.getBackup('fake', lastId))?.verification).toBeUndefined();
  });

  it('refuses a manifest that an unknown key signed', async () => {
    const deps = fresh();
    const strangers = {
      ...deps.keyRing,
      publicKeys: async () => ({ ...(await deps.keyRing.publicKeys()), signers: [] }),
    };
    const result = await rebuildCatalog({ ...deps, keyRing: strangers }, all);
    expect(result.backups.adopted).toBe(0);
    expect(result.unreadable.named.map(({ code }) => code)).toContain('INTEGRITY_SIGNATURE');
  });

  it('ends with an error when the vault does not answer: never an empty catalog', async () => {
    const deps = fresh();
    const down = () => {
      throw new HoldfastError('VAULT_UNAVAILABLE', 'no answer');
    };
    for (const part of ['folders', 'list', 'head', 'read'] as const) {
      const vault = { ...deps.vault, [part]: down };
      await expect(rebuildCatalog({ ...deps, catalog: memoryCatalog(), vault }, all)).rejects.toMatchObject({
        code: 'VAULT_UNAVAILABLE',
      });
    }
  });
});

describe('a catalog that is rebuilt from a vault where backups are going', () => {
  it('lists as expired what is marked or was begun to be marked, and not at all what is behind a delete marker', async () => {
    const world = await history();
    const vault = world.vault as MemoryVault;
    await vault.mark(manifestKey('fake', firstId));
    const parts: string[] = [];
    for await (const { key } of vault.list(`plans/fake/${middleId}/a`)) parts.push(key);
    await vault.mark(parts[0] ?? '');
    vault.hide(manifestKey('fake', lastId));
    const catalog = memoryCatalog();
    const dry = await rebuildCatalog({ ...world, catalog }, { ...all, dryRun: true });
    const result = await rebuildCatalog({ ...world, catalog }, all);
    expect(dry.backups).toEqual(result.backups);
    for (const backupId of [firstId, middleId]) {
      expect(await catalog.getBackup('fake', backupId)).toMatchObject({
        status: 'expired',
        expiry: { reason: 'policy', by: 'ada' },
      });
    }
    expect(await catalog.listUnverified(10)).toEqual([]);
    expect(result.unreadable.named).toMatchObject([
      { code: 'CONFLICT', why: expect.stringContaining('pinned') },
    ]);
    expect(result.backups).toMatchObject({
      adopted: 0,
      marked: 2,
      markedNamed: expect.arrayContaining([`fake/${firstId}`, `fake/${middleId}`]),
      withoutManifest: 1,
    });
  });

  it('when it was cut short between adopting a marked one and expiring it finishes that the next time', async () => {
    const world = await history();
    await (world.vault as MemoryVault).mark(manifestKey('fake', firstId));
    const catalog = memoryCatalog();
    const crash = () => Promise.reject(new HoldfastError('CATALOG_UNAVAILABLE', 'gone'));
    await expect(
      rebuildCatalog({ ...world, catalog: { ...catalog, expireBackups: crash } }, all),
    ).rejects.toThrow('gone');
    expect(await catalog.getBackup('fake', firstId)).toMatchObject({ status: 'completed' });
    await rebuildCatalog({ ...world, catalog }, all);
    expect(await catalog.getBackup('fake', firstId)).toMatchObject({ status: 'expired' });
  });

  it('shows a backup that lacks a part, as failed, so that nothing counts on it', async () => {
    const world = await history();
    const vault = world.vault as MemoryVault;
    const parts: string[] = [];
    for await (const { key } of vault.list(`plans/fake/${firstId}/a`)) parts.push(key);
    vault.hide(parts[1] ?? '');
    const catalog = memoryCatalog();
    const result = await rebuildCatalog({ ...world, catalog }, all);
    expect(result.backups).toMatchObject({ adopted: 3, lackingParts: 1 });
    const row = await catalog.getBackup('fake', firstId);
    expect(row?.verification).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining(parts[1] ?? '-'),
    });
    expect(row?.verification?.provenAt).toBeUndefined();
  });
});

describe('adopt', () => {
  const request = (...ids: string[]) => ({
    task: 'adopt' as const,
    backups: ids.map((backupId) => ({ planId: 'fake', backupId })),
  });
  it('makes rows of what cleanup found, and tells nobody when all is well', async () => {
    const world = await history();
    const catalog = memoryCatalog();
    const result = await adoptBackups(request(firstId, lastId), 'c', { ...world, catalog, log: silentLog });
    expect(result.backups.adopted).toBe(2);
    expect((await catalog.listBackups('fake')).rows.map((row) => row.backupId)).toEqual([lastId, firstId]);
    expect(world.alerts.published).toEqual([]);
  });

  it('takes the plan from the newest manifest of the vault, though it was only asked for an old one', async () => {
    const world = await history();
    const catalog = memoryCatalog();
    // A run that failed is newer still, and has none.
    const later = backupIdFor('fake', '2026-11-22T02:00:00Z');
    await world.vault.write(`plans/fake/${later}/a01/main/x`, [Buffer.from('x')], {
      role: 'segment',
      tier: 'daily',
      planId: 'fake',
      storageClass: 'STANDARD',
    });
    await adoptBackups(request(firstId), 'c', { ...world, catalog, log: silentLog });
    expect((await catalog.getPlan('fake'))?.plan.name).toBe('renamed');
    expect((await catalog.listBackups('fake')).rows.map((row) => row.backupId)).toEqual([firstId]);
  });

  it('tells a person what it could not adopt', async () => {
    const world = await history();
    const vault = tamperWith(world.vault, {
      of: (key) => key === manifestKey('fake', lastId),
      bytes: (stored) => flipBit(stored, stored.length - 40),
    });
    await adoptBackups(request(firstId, lastId), 'c', {
      ...world,
      vault,
      catalog: memoryCatalog(),
      log: silentLog,
    });
    expect(world.alerts.published).toMatchObject([{ kind: 'catalog-incomplete', planId: 'fake' }]);
    expect(world.alerts.published[0]?.text).toContain(lastId);
  });
});
