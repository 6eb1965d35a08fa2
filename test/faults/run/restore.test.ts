/** What a restore promises: nothing is touched before all is checked, it can be cancelled, and its end is recorded. */
import { describe, expect, it } from 'vitest';
import { fastClock } from '../../../adapters/memory/clock.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import { defaultDatabaseName, type RestoreDeps, runRestore } from '../../../core/restore/run.ts';
import { type FakeRecoveryOptions, fakeRecovery } from '../../support/fake-recovery.ts';
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
  const deps: RestoreDeps = { ...world, clock: fastClock(1000), recoveryFor: () => recovery, parallelism: 2 };
  return { world, deps, recovery };
}

describe('a restore', () => {
  it('makes a new database by default, and says what was compared', async () => {
    const { deps, recovery, world } = await ordered();
    const row = await runRestore(restoreId, deps, live());
    expect(row).toMatchObject({
      status: 'completed',
      result: { database: 'fake_restored_20261121t030000z' },
    });
    expect(row?.result?.comparison).toMatchObject({ compared: { rows: 42 }, differences: [] });
    expect(recovery.touched()[0]).toMatchObject({ replace: false, compare: true });
    expect(world.alerts.published).toEqual([]);
  });

  it('replaces the database of the same name only when asked to', async () => {
    const { deps, recovery } = await ordered({}, { replace: true });
    await runRestore(restoreId, deps, live());
    expect(recovery.touched()[0]).toMatchObject({ replace: true, database: 'fake' });
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

describe('the name of the new database', () => {
  it('stays within 63 bytes, whatever the old one is called', () => {
    const title = 'é'.repeat(40);
    const name = defaultDatabaseName({ title } as never, { createdAt: '2026-11-21T03:00:00.000Z' });
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(name).toMatch(/^é+_restored_20261121t030000z$/);
  });
});
