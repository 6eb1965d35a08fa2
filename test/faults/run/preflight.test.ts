/** The look before a restore: it says what the restore would, touches and asks back nothing, and names a way out of all. */
import { describe, expect, it } from 'vitest';
import { parseSource } from '../../../adapters/kinds.ts';
import { fastClock } from '../../../adapters/memory/clock.ts';
import type { MemoryVault } from '../../../adapters/memory/vault.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { type RestoreOrder, restoreOrderSchema } from '../../../core/events.ts';
import { backupIdFor, manifestKey } from '../../../core/format/layout.ts';
import { recordLimits } from '../../../core/record-limits.ts';
import { type PreflightDeps, type PreflightResult, preflight } from '../../../core/restore/preflight.ts';
import { type RestoreDeps, runRestore } from '../../../core/restore/run.ts';
import { type FakeRecoveryOptions, fakeRecovery } from '../../support/fake-recovery.ts';
import { flipBit, tamperWith } from '../../support/tampering-vault.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';
import { loadTestKeys } from '../../vectors/load.ts';

const live = () => new AbortController().signal;
const backupId = backupIdFor('fake', fakeRequest.slot);
const restoreId = 'r-20261121-0003';

async function backedUp(options: FakeRecoveryOptions = {}) {
  const world = memoryWorld();
  await runBackup(fakeRequest, world, live());
  const recovery = fakeRecovery(options);
  const deps: PreflightDeps & RestoreDeps = {
    ...{ ...world, clock: fastClock(1000), parallelism: 2 },
    ...{ recoveryFor: () => recovery, parseSource },
  };
  const look = (order: Partial<RestoreOrder> = {}, changed: Partial<PreflightDeps> = {}) =>
    preflight(orderOf(order), { ...deps, ...changed }, live());
  /** What the restore itself says to the same order. */
  const refused = async (order: Partial<RestoreOrder> = {}, changed: Partial<RestoreDeps> = {}) => {
    const row = { restoreId, planId: 'fake', backupId, status: 'pending', createdBy: 'test' } as const;
    const times = { createdAt: '2026-11-21T03:00:00.000Z', correlationId: 'c-3' };
    await world.catalog.createRestore(
      { ...row, ...times, request: orderOf(order) },
      '2026-11-23T03:00:00.000Z',
    );
    const ended = await runRestore(restoreId, { ...deps, ...changed }, live());
    return `${ended?.error?.message} (${ended?.error?.code})`;
  };
  return { world, deps, recovery, look, refused };
}

function orderOf(order: Partial<RestoreOrder>): RestoreOrder {
  return restoreOrderSchema.parse({ planId: 'fake', backupId, ...order });
}

const states = ({ checks }: PreflightResult) =>
  Object.fromEntries(checks.map(({ name, state }) => [name, state]));
const found = ({ checks }: PreflightResult, name: string) => checks.find((check) => check.name === name);

describe('a look before a restore', () => {
  it('opens the manifest and some of the contents, asks the kind, and restores nothing', async () => {
    const { look, recovery, world } = await backedUp();
    const result = await look();
    expect(result).toMatchObject({ ok: true, target: 'database fake', needsBytes: 1000 });
    expect(states(result)).toEqual({
      ...{ manifest: 'ok', order: 'ok', loss: 'ok', objects: 'ok', keys: 'ok', reach: 'ok' },
    });
    expect(found(result, 'reach')?.detail).toBe('the definitions can be read');
    expect(recovery.touched()).toEqual([]);
    expect(await world.catalog.listRestores({}, { limit: 10 })).toMatchObject({ rows: [] });
    expect(world.alerts.published).toEqual([]);
  });

  it('does not fetch the contents: it opens the beginnings of some', async () => {
    const { look, deps } = await backedUp();
    const read: string[] = [];
    const vault = {
      ...deps.vault,
      read: (...asked: Parameters<typeof deps.vault.read>) => {
        read.push(asked[0]);
        return deps.vault.read(...asked);
      },
    };
    await look({}, { vault });
    expect(read).toHaveLength(2);
    expect(read[0]).toBe(manifestKey('fake', backupId));
  });

  it('says what the restore would of a manifest that somebody changed, and looks no further', async () => {
    const { look, refused, deps } = await backedUp();
    const damage = { of: (key: string) => key.endsWith('/manifest'), bytes: (b: Buffer) => flipBit(b, 900) };
    const vault = tamperWith(deps.vault, damage);
    const result = await look({}, { vault });
    expect(result).toMatchObject({ ok: false, target: 'not known' });
    expect(result.checks).toMatchObject([{ name: 'manifest', state: 'failed' }]);
    expect(found(result, 'manifest')?.detail).toBe(await refused({}, { vault }));
  });

  it('fails where the private key is another one', async () => {
    const { look, deps } = await backedUp();
    const keyRing = { ...deps.keyRing, privateKeys: async () => loadTestKeys().wrapping.slice(1) };
    const result = await look({}, { keyRing });
    expect(result.checks).toMatchObject([
      { name: 'manifest', state: 'failed', detail: expect.stringContaining('KEY_MISSING') },
    ]);
  });

  it('fails where the key of the contents alone does not open them', async () => {
    const { look, deps } = await backedUp();
    let asked = 0;
    const { wrapping } = loadTestKeys();
    const privateKeys = async () => wrapping.slice(asked++ === 0 ? 0 : 1);
    const result = await look({}, { keyRing: { ...deps.keyRing, privateKeys } });
    expect(states(result)).toMatchObject({ manifest: 'ok', objects: 'ok', keys: 'failed', reach: 'ok' });
    expect(result.ok).toBe(false);
  });

  it('says what the restore would of an object that is gone', async () => {
    const { look, refused, deps } = await backedUp();
    const gone = { of: (key: string) => key.includes('/a'), bytes: () => undefined };
    const vault = tamperWith(deps.vault, gone);
    const result = await look({}, { vault });
    expect(states(result)).toMatchObject({ manifest: 'ok', objects: 'failed' });
    expect(found(result, 'objects')?.detail).toBe(await refused({}, { vault }));
    // The target is looked at all the same: a person sees all that is wrong.
    expect(found(result, 'reach')?.detail).toBe('the definitions cannot be read');
  });

  it('of what is archived says until when and for how much, and asks nothing back', async () => {
    const { look, deps, world } = await backedUp();
    const memory = world.vault as MemoryVault;
    for await (const { key } of memory.list(`plans/fake/${backupId}/a`))
      memory.setArchived(key, { state: 'archived' });
    const asked: string[] = [];
    const vault = { ...deps.vault, requestReturn: async (key: string) => void asked.push(key) };
    const result = await look({}, { vault });
    expect(result.ok).toBe(true);
    expect(states(result)).toMatchObject({ objects: 'warning', keys: 'unknown' });
    expect(found(result, 'objects')?.detail).toMatch(/archive class.* until 2026-.* US dollars/);
    expect(found(result, 'reach')?.detail).toBe('the definitions cannot be read');
    expect(asked).toEqual([]);
  });

  it('refuses, as the restore does, to take away what was not shown', async () => {
    const { look, refused } = await backedUp();
    const order = { replace: true, confirmed: ['somewhere else'] };
    const result = await look(order);
    expect(found(result, 'loss')).toMatchObject({ state: 'failed', detail: await refused(order) });
  });

  it('warns of what goes, where that was shown', async () => {
    const { look } = await backedUp();
    const result = await look({ replace: true, confirmed: ['main, fake'] });
    expect(found(result, 'loss')).toMatchObject({ state: 'warning', detail: 'fake is replaced' });
    expect(result.ok).toBe(true);
  });

  it('names an option that the kind does not have, and a component that is not there', async () => {
    const { look, refused } = await backedUp();
    const options = { to: 's3://elsewhere' };
    expect(found(await look({ options }), 'order')?.detail).toBe(await refused({ options }));
    expect(found(await look({ component: 'other' }), 'order')?.detail).toContain('must be one of');
  });

  it('is not ok where the kind found something that fails, and is where it only warns or does not know', async () => {
    const check = { name: 'space', title: 'Room', detail: 'none', next: 'make some' };
    for (const state of ['failed', 'warning', 'unknown'] as const) {
      const { look } = await backedUp({ preflight: [{ ...check, state }] });
      expect((await look()).ok, state).toBe(state !== 'failed');
    }
  });

  it('is no proof of anything where the kind looked at nothing', async () => {
    const { look } = await backedUp({ preflight: [] });
    expect(await look()).toMatchObject({ ok: false });
  });

  it('has a next step for every check that is not ok, and room in a task however long they are', async () => {
    const long = 'x'.repeat(1_000_000);
    const { look, deps } = await backedUp();
    const keyRing = {
      ...deps.keyRing,
      privateKeys: async () => {
        throw new HoldfastError('SECRETS_UNAVAILABLE', long);
      },
    };
    const result = await look({}, { keyRing });
    for (const { state, next } of result.checks) if (state !== 'ok') expect(next).toBeTruthy();
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(recordLimits.taskResultBytes / 50);
  });

  it('ends with the reason of whoever stops it', async () => {
    const { deps } = await backedUp();
    const stop = new AbortController();
    stop.abort(new HoldfastError('CANCELLED', 'stopped'));
    await expect(preflight(orderOf({}), deps, stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
