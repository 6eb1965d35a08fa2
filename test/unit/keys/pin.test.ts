/** Pins in the vault: the newest proven word counts, and nobody but the operator has a word. */
import { describe, expect, it } from 'vitest';
import { fastClock } from '../../../adapters/memory/clock.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { contextOfKey } from '../../../core/format/context.ts';
import { backupIdFor, pinKey, pinsPrefix } from '../../../core/format/layout.ts';
import { sealBytes } from '../../../core/format/seal.ts';
import { sealDocument } from '../../../core/format/sealed-document.ts';
import { readPins, writePin } from '../../../core/pin.ts';
import type { SigningPrivateKey } from '../../../core/ports/keys.ts';
import { pinOf } from '../../../core/recovery/pins.ts';
import { testKeyRing } from '../../support/world.ts';
import { loadTestKeys } from '../../vectors/load.ts';

const { wrapping, signers, signing, recipients } = loadTestKeys();
const planId = 'shop';
const backupId = backupIdFor(planId, '2026-11-21T02:00:00Z');
const place = { planId, backupId };
const attributes = { role: 'report', tier: 'daily', planId, storageClass: 'STANDARD' } as const;

function world() {
  const vault = memoryVault();
  const read = () => readPins({ ...place, vault, privateKeys: wrapping.slice(0, 1), signers });
  const write = (at: string, pinned: boolean, reason = 'audit') =>
    writePin({
      pin: { ...place, pinned, reason, by: 'ada', at },
      tier: 'daily',
      vault,
      keyRing: testKeyRing(),
    });
  /** Puts an object there as somebody else would. */
  const forge = async (key: string, signer: SigningPrivateKey, change: object = {}) => {
    const document = {
      format: 'holdfast/pin',
      version: 1,
      ...place,
      pinned: false,
      reason: 'x',
      by: 'eve',
      at: '2026-11-30T00:00:00.000Z',
      ...change,
    };
    const sealed = await sealDocument({
      document,
      type: 'pin',
      signer: { ...signer, role: 'operator' },
      recipients: recipients.slice(0, 1),
      context: contextOfKey(key),
    });
    await vault.write(key, [sealed], attributes);
  };
  return { vault, read, write, forge };
}

describe('pins', () => {
  it('are beside the backup, and the newest word counts', async () => {
    const { read, write } = world();
    expect(await read()).toEqual({ unproven: false, refused: [] });
    const key = await write('2026-11-22T10:00:00.000Z', true, 'the auditors want it');
    expect(key).toMatch(/^plans\/shop\/[^/]+\/pins\/20261122T100000Z-pin-[0-9a-f]{6}$/);
    expect(await read()).toEqual({
      newest: expect.objectContaining({ pinned: true, reason: 'the auditors want it', by: 'ada' }),
      unproven: false,
      refused: [],
    });
    await write('2026-11-23T10:00:00.000Z', false);
    expect((await read()).newest).toMatchObject({ pinned: false });
    await write('2026-11-23T10:00:00.900Z', true, 'again');
    expect((await read()).newest).toMatchObject({ pinned: true, reason: 'again' });
  });

  it('of one second are told apart by their own time, not by their names', async () => {
    const { read, write } = world();
    await write('2026-11-23T10:00:00.100Z', false);
    await write('2026-11-23T10:00:00.200Z', true);
    expect((await read()).newest).toMatchObject({ pinned: true });
    await write('2026-11-23T10:00:00.300Z', false);
    expect((await read()).newest).toMatchObject({ pinned: false });
  });

  it('of anyone but the operator are passed over, and named', async () => {
    const { read, write, forge } = world();
    await write('2026-11-22T10:00:00.000Z', true);
    const later = (random: string) =>
      pinKey(planId, backupId, { at: '2026-11-30T00:00:00Z', pinned: false, random });
    await forge(later('00000a'), signing.backup);
    await forge(later('00000b'), { ...signing.stranger, id: signing.operator.id });
    await forge(later('00000c'), signing.operator, { backupId: backupIdFor(planId, '2026-11-20T02:00:00Z') });
    await forge(later('00000d'), signing.operator, { pinned: true });
    const { newest, refused } = await read();
    expect(newest).toMatchObject({ pinned: true, by: 'ada' });
    expect(refused.map(({ key, error }) => [key.slice(-1), error.code])).toEqual([
      ['d', 'INTEGRITY_SIGNATURE'],
      ['c', 'INTEGRITY_SIGNATURE'],
      ['b', 'INTEGRITY_SIGNATURE'],
      ['a', 'INTEGRITY_SIGNATURE'],
    ]);
  });

  it('that are damaged, or no pins at all, hide nothing older', async () => {
    const { vault, read, write } = world();
    await write('2026-11-22T10:00:00.000Z', true);
    const key = pinKey(planId, backupId, { at: '2026-11-30T00:00:00Z', pinned: false, random: '00000a' });
    await vault.write(key, [Buffer.from('noise')], attributes);
    await vault.write(`${pinsPrefix(planId, backupId)}zzz`, [Buffer.from('noise')], attributes);
    await vault.write(
      pinKey(planId, backupId, { at: '2026-11-29T00:00:00Z', pinned: false, random: '00000b' }),
      [await sealBytes(Buffer.alloc(100_000, 1), recipients.slice(0, 1), contextOfKey(key))],
      attributes,
    );
    const { newest, refused } = await read();
    expect(newest).toMatchObject({ pinned: true });
    expect(refused).toHaveLength(3);
  });

  it('are not hidden by whatever else lies below them, and then nothing is unproven', async () => {
    const { vault, read, write } = world();
    await write('2026-11-22T10:00:00.000Z', true);
    for (let index = 0; index < 150; index += 1) {
      await vault.write(`${pinsPrefix(planId, backupId)}x${index}`, [Buffer.from('noise')], attributes);
    }
    const { newest, unproven, refused } = await read();
    expect(newest).toMatchObject({ pinned: true });
    expect(unproven).toBe(false);
    expect(refused).toHaveLength(100);
  });

  it('that cannot be proven are told when they are newer than what can, or when there are too many', async () => {
    const { vault, read, write } = world();
    const noise = (second: number) =>
      vault.write(
        pinKey(planId, backupId, {
          at: new Date(Date.UTC(2026, 10, 23, 0, 0, second)).toISOString(),
          pinned: true,
          random: '00000a',
        }),
        [Buffer.from('noise')],
        attributes,
      );
    await noise(1);
    await write('2026-11-24T10:00:00.000Z', false);
    expect(await read()).toMatchObject({ newest: { pinned: false }, unproven: false });
    await noise(400_000);
    expect(await read()).toMatchObject({ newest: { pinned: false }, unproven: true });
    for (let second = 400_001; second < 400_101; second += 1) await noise(second);
    const cut = await read();
    expect(cut.unproven).toBe(true);
    expect(cut.newest).toBeUndefined();
  });

  it('that cannot be proven keep the backup when a catalog is rebuilt, saying so', async () => {
    const { vault, write } = world();
    const notes: unknown[] = [];
    const deps = { vault, keyRing: testKeyRing(), clock: fastClock(1) };
    const pin = () => pinOf(planId, backupId, deps, (problem) => notes.push(problem));
    await write('2026-11-22T10:00:00.000Z', false);
    expect(await pin()).toBeUndefined();
    const key = pinKey(planId, backupId, { at: '2026-11-30T00:00:00Z', pinned: true, random: '00000a' });
    await vault.write(key, [Buffer.from('noise')], attributes);
    expect(await pin()).toMatchObject({ reason: expect.stringContaining('unproven pin') });
    expect(notes).toMatchObject([{ key }]);
    await write('2026-12-01T10:00:00.000Z', false);
    expect(await pin()).toBeUndefined();
  });

  it('are not read as none when the vault fails', async () => {
    const broken = {
      // biome-ignore lint/correctness/useYield: it fails before the first one.
      async *list() {
        throw Object.assign(new Error('unavailable'), { code: 'VAULT_UNAVAILABLE' });
      },
      read: async () => {
        throw new Error('never');
      },
    };
    await expect(
      readPins({ ...place, vault: broken as never, privateKeys: wrapping, signers }),
    ).rejects.toThrow('unavailable');
  });
});
