/** What a verification says when something is wrong with the backup, and when something is wrong with the world. */
import { describe, expect, it } from 'vitest';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { reportContext } from '../../../core/format/context.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import { openDocument } from '../../../core/format/sealed-document.ts';
import type { VerificationLevel } from '../../../core/ports/catalog.ts';
import type { Vault } from '../../../core/ports/vault.ts';
import { renderReport, reportSchema } from '../../../core/report.ts';
import { verifyDue } from '../../../core/verification/sweep.ts';
import { type VerifyDeps, verifyBackup } from '../../../core/verification/verify.ts';
import { type FakeRecoveryOptions, fakeRecovery } from '../../support/fake-recovery.ts';
import { fakePlan } from '../../support/fake-source.ts';
import { flipBit, tamperWith } from '../../support/tampering-vault.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';
import { loadTestKeys } from '../../vectors/load.ts';

const live = () => new AbortController().signal;
const backupId = backupIdFor('fake', fakeRequest.slot);

async function backedUp(options: FakeRecoveryOptions = {}) {
  const world = memoryWorld();
  const plan = fakePlan('fake', { verification: { level: 'restored' } });
  await world.catalog.putPlan(plan, 0, 'test', '2026-11-21T00:00:00.000Z');
  await runBackup(fakeRequest, world, live());
  const recovery = fakeRecovery(options);
  const deps: VerifyDeps = {
    ...world,
    recoveryFor: () => recovery,
    parallelism: 2,
    workDir: '/nowhere',
    freeBytes: async () => 1_000_000,
  };
  return { world, deps, recovery };
}

const verify = (deps: VerifyDeps, level: VerificationLevel = 'restored') =>
  verifyBackup({ planId: 'fake', backupId, level, correlationId: 'c-2' }, deps, live());

describe('a verification', () => {
  it.each(['stored', 'readable', 'restored'] as const)(
    'at level %s passes, is recorded, and leaves a signed report',
    async (level) => {
      const { world, deps } = await backedUp();
      const report = await verify(deps, level);
      expect(report).toMatchObject({
        result: 'passed',
        level,
        levelAsked: level,
        stored: { objects: 4, differences: [] },
      });
      const row = await world.catalog.getBackup('fake', backupId);
      expect(row?.verification).toMatchObject({ status: 'passed', level });
      expect(row?.verification?.provenAt !== undefined).toBe(level === 'restored');

      const key = row?.verification?.reportKey ?? '';
      const chunks: Buffer[] = [];
      for await (const chunk of await world.vault.read(key)) chunks.push(chunk as Buffer);
      const document = await openDocument({
        bytes: Buffer.concat(chunks),
        type: 'report',
        privateKeys: await world.keyRing.privateKeys(),
        signers: loadTestKeys().signers,
        context: reportContext('fake', backupId, key.split('/').at(-1) ?? ''),
      });
      const stored = reportSchema.parse(document);
      expect(stored).toEqual(report);
      if (level !== 'stored')
        expect(renderReport(stored)).toContain('not proven: event trigger x (needs a superuser)');
      expect(world.alerts.published).toEqual([]);
    },
  );

  it('says that a database too large for the scratch space was only read, and why', async () => {
    const { deps, recovery } = await backedUp({ drillBytes: 2_000_000 });
    const report = await verify(deps);
    expect(report).toMatchObject({ result: 'passed', level: 'readable', levelAsked: 'restored' });
    expect(report.remarks[0]).toContain('needs about 2000000 bytes of scratch space and 1000000 are free');
    expect(recovery.drills()).toBe(0);
  });

  it('fails when the restored copy differs, and tells a person which table', async () => {
    const { world, deps } = await backedUp({ differences: ['public.orders: 41 rows, evidence says 42'] });
    const report = await verify(deps);
    expect(report.result).toBe('failed');
    expect((await world.catalog.getBackup('fake', backupId))?.verification?.status).toBe('failed');
    expect(world.alerts.published).toMatchObject([{ kind: 'verification-failed', planId: 'fake' }]);
    expect(world.alerts.published[0]?.text).toContain('public.orders: 41 rows, evidence says 42');
  });
});

const isPart = (key: string) => key.includes('/a01/') && key.includes('0001-');
const isManifest = (key: string) => key.endsWith('/manifest');

/** Each must be found at every level that looks that far, before any tool is fed a byte. */
const damage: [string, VerificationLevel, (vault: Vault) => Vault][] = [
  ['an object is gone', 'stored', (vault) => tamperWith(vault, { of: isPart, bytes: () => undefined })],
  [
    'an object is cut short',
    'stored',
    (vault) => tamperWith(vault, { of: isPart, bytes: (b) => b.subarray(0, -1) }),
  ],
  [
    'bytes were appended',
    'stored',
    (vault) => tamperWith(vault, { of: isPart, bytes: (b) => Buffer.concat([b, Buffer.from('x')]) }),
  ],
  [
    'an object is marked for expiry',
    'stored',
    (vault) => tamperWith(vault, { of: isPart, tags: { role: 'segment', tier: 'yearly', expire: 'yes' } }),
  ],
  ['an object lost its tags', 'stored', (vault) => tamperWith(vault, { of: isPart, tags: {} })],
  [
    'one bit of an object is flipped',
    'readable',
    (vault) => tamperWith(vault, { of: isPart, bytes: (b) => flipBit(b, b.length >> 1) }),
  ],
  [
    'the manifest is gone',
    'stored',
    (vault) => tamperWith(vault, { of: isManifest, bytes: () => undefined }),
  ],
  [
    'one bit of the manifest is flipped',
    'stored',
    (vault) => tamperWith(vault, { of: isManifest, bytes: (b) => flipBit(b, 900) }),
  ],
];

describe('when', () => {
  for (const [what, from, tamper] of damage) {
    const levels = (['stored', 'readable', 'restored'] as const).slice(
      ['stored', 'readable', 'restored'].indexOf(from),
    );
    it.each(levels)(`${what}, level %s fails and tells, and no server is fed`, async (level) => {
      const { world, deps, recovery } = await backedUp();
      const report = await verify({ ...deps, vault: tamper(deps.vault) }, level);
      expect(report.result).toBe('failed');
      expect(recovery.drills()).toBe(0);
      expect((await world.catalog.getBackup('fake', backupId))?.verification?.status).toBe('failed');
      expect(world.alerts.published).toHaveLength(1);
    });
  }

  it('the manifest is another one than the catalog knows, it fails', async () => {
    const { world, deps } = await backedUp();
    const row = await world.catalog.getBackup('fake', backupId);
    const catalog = {
      ...deps.catalog,
      getBackup: async () => row && { ...row, manifest: { lengthBytes: 1, sha256: '0'.repeat(64) } },
    };
    expect((await verify({ ...deps, catalog }, 'stored')).result).toBe('failed');
  });

  it('the private key is missing, it says nothing about the backup but that it could not be verified', async () => {
    const { world, deps } = await backedUp();
    const keyRing = { ...deps.keyRing, privateKeys: async () => loadTestKeys().wrapping.slice(1) };
    await expect(verify({ ...deps, keyRing })).rejects.toMatchObject({ code: 'KEY_MISSING' });
    expect((await world.catalog.getBackup('fake', backupId))?.verification?.status).toBe('error');
    expect(world.alerts.published).toEqual([]);
  });

  it('the vault does not answer, the backup is not called bad', async () => {
    const { world, deps } = await backedUp();
    const vault: Vault = {
      ...deps.vault,
      head: async () => {
        throw new HoldfastError('VAULT_UNAVAILABLE', '503');
      },
    };
    await expect(verify({ ...deps, vault })).rejects.toMatchObject({ code: 'VAULT_UNAVAILABLE' });
    expect((await world.catalog.getBackup('fake', backupId))?.verification?.status).toBe('error');
  });

  it('a backup is not completed, or is not there, it is refused', async () => {
    const { deps } = await backedUp();
    const other = '20260101T000000Z-00000000';
    await expect(
      verifyBackup({ planId: 'fake', backupId: other, level: 'stored', correlationId: 'c' }, deps, live()),
    ).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  });
});

describe('the sweep', () => {
  it("verifies what waits, each at its plan's level, and then nothing", async () => {
    const { deps, recovery } = await backedUp();
    const options = { correlationId: 'c', secondsLeft: () => 600, signal: live() };
    expect(await verifyDue(deps, options)).toEqual({ verified: 1, failed: 0, left: 0 });
    expect(recovery.drills()).toBe(1);
    expect(await verifyDue(deps, options)).toEqual({ verified: 0, failed: 0, left: 0 });
  });

  it('begins nothing that it has no time for', async () => {
    const { deps, recovery } = await backedUp();
    const options = { correlationId: 'c', secondsLeft: () => 60, signal: live() };
    expect(await verifyDue(deps, options)).toEqual({ verified: 0, failed: 0, left: 1 });
    expect(recovery.drills()).toBe(0);
  });
});

describe('the sweep, when something goes wrong,', () => {
  const options = { correlationId: 'c', secondsLeft: () => 600, signal: live() };

  it('keeps a failed verification failed and is thrown when nobody could be told', async () => {
    const { world, deps } = await backedUp({ differences: ['public.orders differs'] });
    world.alerts.breakDown(true);
    await expect(verifyDue(deps, options)).rejects.toMatchObject({ code: 'ALERT_FAILED' });
    expect((await world.catalog.getBackup('fake', backupId))?.verification?.status).toBe('failed');
  });

  it('never calls a failed backup milder because a later attempt could not be carried out', async () => {
    const { world, deps } = await backedUp({ differences: ['public.orders differs'] });
    await verify(deps);
    const keyRing = { ...deps.keyRing, privateKeys: async () => loadTestKeys().wrapping.slice(1) };
    await expect(verify({ ...deps, keyRing })).rejects.toMatchObject({ code: 'KEY_MISSING' });
    expect((await world.catalog.getBackup('fake', backupId))?.verification?.status).toBe('failed');
  });

  it('only records what could not be carried out, however often it tries: watch tells it', async () => {
    const { world, deps } = await backedUp();
    const vault: Vault = {
      ...deps.vault,
      head: async () => {
        throw new HoldfastError('VAULT_UNAVAILABLE', '503');
      },
    };
    for (let sweeps = 0; sweeps < 4; sweeps += 1) {
      world.clock.advance(900_000);
      expect(await verifyDue({ ...deps, vault }, options)).toMatchObject({ verified: 0, failed: 1 });
    }
    expect(world.alerts.published).toEqual([]);
    const row = await world.catalog.getBackup('fake', backupId);
    expect(row?.verification).toMatchObject({ status: 'error', detail: 'VAULT_UNAVAILABLE: 503' });
  });

  it('is thrown when it can record nothing', async () => {
    const { deps } = await backedUp();
    const vault: Vault = {
      ...deps.vault,
      write: async () => {
        throw new HoldfastError('VAULT_UNAVAILABLE', '503');
      },
    };
    await expect(verifyDue({ ...deps, vault }, options)).rejects.toMatchObject({ code: 'VAULT_UNAVAILABLE' });
  });

  it('puts a backup that kills its function behind the others', async () => {
    const { world, deps } = await backedUp();
    await runBackup({ ...fakeRequest, slot: '2026-11-21T08:00:00Z' }, world, live());
    const first = (await world.catalog.listUnverified(10)).map((row) => row.slot);
    world.clock.advance(1000);
    const dead = new Promise<never>(() => {});
    void verifyDue({ ...deps, freeBytes: () => dead }, options);
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const later = (await world.catalog.listUnverified(10)).map((row) => row.slot);
    expect(later).toEqual([...first].reverse());
  });

  it('verifies as readable what a drill had no time for, and says so', async () => {
    const { world, deps } = await backedUp();
    const deadline = new AbortController();
    const slow = {
      ...fakeRecovery(),
      drill: async () => {
        deadline.abort(new HoldfastError('DEADLINE', 'time is up'));
        throw deadline.signal.reason;
      },
    };
    const stopped = { ...options, signal: deadline.signal };
    await verifyDue({ ...deps, recoveryFor: () => slow }, stopped);
    expect(world.alerts.published).toEqual([]);
    expect((await world.catalog.getBackup('fake', backupId))?.verification?.detail).toContain('DEADLINE');
    world.clock.advance(900_000);
    expect(await verifyDue(deps, options)).toEqual({ verified: 1, failed: 0, left: 0 });
    const row = await world.catalog.getBackup('fake', backupId);
    expect(row?.verification).toMatchObject({ status: 'passed', level: 'readable' });
    expect(row?.verification?.detail).toContain('did not end within the time');
  });

  it('verifies as readable what filled the scratch space in the middle', async () => {
    const { deps } = await backedUp();
    const full = {
      ...fakeRecovery(),
      drill: async () => {
        throw new HoldfastError('SCRATCH_TOO_SMALL', 'only 12 bytes are left');
      },
    };
    const report = await verify({ ...deps, recoveryFor: () => full });
    expect(report).toMatchObject({ result: 'passed', level: 'readable', levelAsked: 'restored' });
    expect(report.remarks[0]).toContain('only 12 bytes are left');
  });

  it('compares locks in whole seconds, as S3 keeps them', async () => {
    const { world, deps } = await backedUp();
    const startedAt = (await world.catalog.getBackup('fake', backupId))?.startedAt ?? '';
    const until = new Date(Math.floor((Date.parse(startedAt) + 30 * 86_400_000) / 1000) * 1000).toISOString();
    const vault: Vault = {
      ...deps.vault,
      head: async (key, more) => {
        const state = await deps.vault.head(key, more);
        return state && { ...state, lock: { mode: 'GOVERNANCE', until } };
      },
    };
    expect((await verify({ ...deps, vault, lockDays: 30 }, 'stored')).result).toBe('passed');
    expect((await verify({ ...deps, vault, lockDays: 31 }, 'stored')).result).toBe('failed');
  });

  it('expects locks from the attempt that wrote it, though a later one completed its row', async () => {
    const vault = memoryVault({ objectLock: { mode: 'COMPLIANCE' } });
    const world = { ...memoryWorld(), vault };
    const lockDays = 30;
    const dead = { ...world, lockDays, clock: { ...world.clock, sleep: () => new Promise<void>(() => {}) } };
    await new Promise<void>((reached) => {
      const onStep = async (step: string) => {
        if (step !== 'complete') return;
        reached();
        await new Promise<void>(() => {});
      };
      void runBackup(fakeRequest, { ...dead, onStep }, live());
    });
    world.clock.advance(121_000);
    const row = await runBackup(fakeRequest, { ...world, lockDays }, live());
    expect(row).toMatchObject({ status: 'completed', attempt: 2, madeBy: 1 });
    const deps: VerifyDeps = {
      ...world,
      lockDays,
      recoveryFor: () => fakeRecovery(),
      parallelism: 2,
      workDir: '/nowhere',
      freeBytes: async () => 1_000_000,
    };
    expect(await verify(deps, 'stored')).toMatchObject({ result: 'passed', stored: { differences: [] } });
    const stricter = await verify({ ...deps, lockDays: lockDays + 1 }, 'stored');
    expect(stricter.stored.differences[0]).toMatch(/lock ends/);
  });
});
