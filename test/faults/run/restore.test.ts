/** What a restore promises: nothing is touched before all is checked, it can be cancelled, and its end is recorded. */
import { describe, expect, it } from 'vitest';
import { parseSource } from '../../../adapters/kinds.ts';
import { fastClock } from '../../../adapters/memory/clock.ts';
import { recoveryDrivers } from '../../../adapters/registry.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { backupIdFor, manifestKey } from '../../../core/format/layout.ts';
import type { Vault } from '../../../core/ports/vault.ts';
import { type RestoreDeps, runRestore } from '../../../core/restore/run.ts';
import { type FakeRecoveryOptions, fakeRecovery } from '../../support/fake-recovery.ts';
import { fakePlan } from '../../support/fake-source.ts';
import { flipBit, tamperWith } from '../../support/tampering-vault.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

const live = () => new AbortController().signal;
const backupId = backupIdFor('fake', fakeRequest.slot);
const restoreId = 'r-20261121-0001';

async function ordered(options: FakeRecoveryOptions = {}, request: Record<string, unknown> = {}) {
  const world = memoryWorld();
  await runBackup(fakeRequest, world, live());
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
    '2026-11-23T03:00:00.000Z',
  );
  const recovery = fakeRecovery(options);
  const deps: RestoreDeps = {
    ...{ ...world, clock: fastClock(1000), parallelism: 2 },
    ...{ recoveryFor: () => recovery, parseSource },
  };
  return { world, deps, recovery };
}

describe('a restore', () => {
  it('makes a new database by default, and says what was compared', async () => {
    const { deps, recovery, world } = await ordered();
    const row = await runRestore(restoreId, deps, live());
    expect(row).toMatchObject({
      status: 'completed',
      result: { target: 'fake restored at 2026-11-21T03:00:00.000Z' },
    });
    expect(row?.result?.comparison).toMatchObject({ compared: { rows: 42 }, differences: [] });
    expect(recovery.touched()[0]).toMatchObject({ replace: false, compare: true });
    expect(world.alerts.published).toEqual([]);
  });

  it('hands the kind what was asked for, and replaces only when asked to', async () => {
    const { deps, recovery } = await ordered({}, { replace: true, options: { database: 'fake' } });
    await runRestore(restoreId, deps, live());
    expect(recovery.touched()).toEqual([
      {
        ...{ replace: true, compare: true, requestedAt: '2026-11-21T03:00:00.000Z' },
        options: { database: 'fake', noOwner: false },
      },
    ]);
  });

  it('with an option that the kind does not have names it before anything is fetched', async () => {
    const { deps, recovery, world } = await ordered({}, { options: { to: 's3://elsewhere', noOwner: true } });
    const read: string[] = [];
    const vault: Vault = {
      ...deps.vault,
      read: (key, options) => {
        read.push(key);
        return deps.vault.read(key, options);
      },
    };
    const row = await runRestore(restoreId, { ...deps, vault }, live());
    expect(row).toMatchObject({ status: 'failed', error: { code: 'INVALID_INPUT' } });
    expect(row?.error?.message).toContain('to: is not for postgres, which takes database, noOwner');
    expect(read).toEqual([manifestKey('fake', backupId)]);
    expect(recovery.touched()).toEqual([]);
    expect(world.alerts.published).toHaveLength(1);
  });

  it('of a kind that this release does not know says so', async () => {
    const { deps, recovery } = await ordered();
    const recoveryFor = () => recoveryDrivers({ allowLoopback: true })({ kind: 'tape' });
    const row = await runRestore(restoreId, { ...deps, recoveryFor }, live());
    expect(row?.error).toMatchObject({ code: 'FORMAT_UNKNOWN' });
    expect(row?.error?.message).toContain('"tape"');
    expect(recovery.touched()).toEqual([]);
  });

  it('delivered twice is carried out once', async () => {
    const { deps, recovery } = await ordered();
    const [first, second] = await Promise.all([
      runRestore(restoreId, deps, live()),
      runRestore(restoreId, deps, live()),
    ]);
    expect([first, second].filter(Boolean)).toHaveLength(1);
    expect(recovery.touched()).toHaveLength(1);
  });

  it('of a damaged backup does not touch the target', async () => {
    const { deps, recovery, world } = await ordered();
    const vault = tamperWith(deps.vault, {
      of: (key) => key.includes('0002-'),
      bytes: (b) => flipBit(b, b.length - 30),
    });
    const row = await runRestore(restoreId, { ...deps, vault }, live());
    expect(row).toMatchObject({ status: 'failed', error: { code: 'INTEGRITY_HASH' } });
    expect(recovery.touched()).toEqual([]);
    expect(world.alerts.published).toMatchObject([{ kind: 'restore-failed', code: 'INTEGRITY_HASH' }]);
  });

  it('that fails is recorded with its reason and told', async () => {
    const { deps, world } = await ordered({
      failRestore: () => new HoldfastError('TARGET_SPACE', 'no room'),
    });
    const row = await runRestore(restoreId, deps, live());
    expect(row).toMatchObject({ status: 'failed', error: { code: 'TARGET_SPACE', message: 'no room' } });
    expect(world.alerts.published).toHaveLength(1);
  });

  it('keeps a next step that knows better than the code, and leaves out the one of the code', async () => {
    const next = 'Drop shop_x, then restore again.';
    const { deps } = await ordered({
      failRestore: () => new HoldfastError('RESTORE_FAILED', 'no', { next }),
    });
    expect((await runRestore(restoreId, deps, live()))?.error).toMatchObject({ next });
    const other = await ordered({ failRestore: () => new HoldfastError('RESTORE_FAILED', 'no') });
    expect((await runRestore(restoreId, other.deps, live()))?.error).not.toHaveProperty('next');
  });

  it('that differs from the evidence is completed, and a person hears it', async () => {
    const { deps, world } = await ordered({ differences: ['orders: 2 rows, not 3'] });
    const row = await runRestore(restoreId, deps, live());
    expect(row).toMatchObject({
      status: 'completed',
      result: { comparison: { differences: ['orders: 2 rows, not 3'] } },
    });
    expect(world.alerts.published).toMatchObject([{ kind: 'restore-failed', code: 'EVIDENCE_MISMATCH' }]);
    expect(world.alerts.published[0]?.text).toContain('orders: 2 rows, not 3');
  });

  it('destroys nothing but what was confirmed', async () => {
    const elsewhere = await ordered({}, { replace: true, confirmed: ['main, another'] });
    const row = await runRestore(restoreId, elsewhere.deps, live());
    expect(row?.error).toMatchObject({ code: 'TARGET_UNSUITABLE' });
    expect(row?.error?.message).toContain(
      'would replace main, fake, but what was confirmed is main, another',
    );
    expect(elsewhere.recovery.touched()).toEqual([]);
    const same = await ordered({}, { replace: true, confirmed: ['main, fake', 'main, another'] });
    expect((await runRestore(restoreId, same.deps, live()))?.status).toBe('completed');
  });

  it('that is cancelled stops, and nobody is alarmed', async () => {
    const { deps, world } = await ordered({
      whileRestoring: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          void world.catalog.requestCancel(restoreId);
        }),
    });
    const row = await runRestore(restoreId, deps, live());
    expect(row).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
    expect(world.alerts.published).toEqual([]);
  });

  it('of a component that is not in the backup names those that are', async () => {
    const { deps } = await ordered({}, { component: 'other' });
    const row = await runRestore(restoreId, deps, live());
    expect(row?.error?.message).toContain('must be one of main (fake)');
  });

  it('shows its progress', async () => {
    const { deps } = await ordered();
    const row = await runRestore(restoreId, deps, live());
    expect(row?.progress?.totalBytes).toBeGreaterThan(300_000);
    expect(row?.progress?.plainBytes).toBe(row?.progress?.totalBytes);
  });
});

describe('a restore from a further vault', () => {
  const from = 'vault:disk';

  it('reads that one, as the plan of today names it', async () => {
    const { deps, world } = await ordered({}, { from });
    await world.catalog.putPlan(
      fakePlan('fake', { vaults: [{ name: 'disk', folder: '/mnt/disk' }] }),
      ...([0, 'test', '2026-11-21T02:00:00.000Z'] as const),
    );
    const asked: unknown[] = [];
    const furtherVault: RestoreDeps['furtherVault'] = (name, plan) => {
      asked.push([name, plan.vaults]);
      return deps.vault;
    };
    const vault: Vault = {
      ...deps.vault,
      read: () => Promise.reject(new Error('the vault of the stack was read')),
    };
    const row = await runRestore(restoreId, { ...deps, vault, furtherVault }, live());
    expect(row?.status).toBe('completed');
    expect(asked).toEqual([['disk', [{ name: 'disk', folder: '/mnt/disk' }]]]);
  });

  it('is refused where there is none', async () => {
    const { deps } = await ordered({}, { from });
    const row = await runRestore(restoreId, deps, live());
    expect(row?.error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(row?.error?.message).toContain('from is "vault:disk"');
  });
});
