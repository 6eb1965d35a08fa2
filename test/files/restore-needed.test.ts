/** What a restore costs and refuses, through the core: a vault in memory counts the bytes that are read of each object. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSource } from '../../adapters/kinds.ts';
import { fastClock } from '../../adapters/memory/clock.ts';
import { recoveryDrivers } from '../../adapters/registry.ts';
import type { Vault } from '../../core/ports/vault.ts';
import { runRestore } from '../../core/restore/run.ts';
import { filesWorld } from '../support/files-world.ts';
import { flipBit, tamperWith } from '../support/tampering-vault.ts';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'holdfast-needed-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

let orders = 0;

/** Twelve packs of 40 KB that do not compress, four of them of an earlier backup. */
async function backedUp(mode: 'incremental' | 'full' = 'incremental') {
  const path = await mkdtemp(join(base, 'source-'));
  const world = filesWorld({ packBytes: 40_000 });
  const write = async (from: number, to: number) => {
    for (let at = from; at < to; at++) {
      const file = join(path, `d${at}`, 'photo.bin');
      await mkdir(dirname(file), { recursive: true });
      await writeFile(
        file,
        Buffer.from(Array.from({ length: 40_000 }, (_, byte) => (byte * byte * (at + 7)) % 251)),
      );
    }
  };
  await write(0, 4);
  await world.backup({ path, mode, compression: 'none' });
  await write(4, 12);
  const { row, component } = await world.backup({ path, mode, compression: 'none' });
  return { world, row, component, path };
}

type BackedUp = Awaited<ReturnType<typeof backedUp>>;

async function restored(
  { world, row, path }: BackedUp,
  options: Record<string, unknown>,
  { vault = world.vault, ...more }: { vault?: Vault; replace?: boolean } = {},
) {
  const restoreId = `r-20261121-${String(++orders).padStart(4, '0')}`;
  const to = join(base, `to-${orders}`);
  const { planId, backupId } = row;
  const request = {
    ...{ planId, backupId, options: more.replace ? options : { to, ...options } },
    ...(more.replace ? { replace: true, confirmed: [`${path}/`] } : {}),
  };
  await world.catalog.createRestore(
    {
      ...{ restoreId, planId, backupId, status: 'pending', createdBy: 'test', correlationId: 'c-1', request },
      createdAt: '2026-11-21T03:00:00.000Z',
    },
    '2026-11-23T03:00:00.000Z',
  );
  const read = new Map<string, number>();
  const headed: string[] = [];
  const counting: Vault = {
    ...vault,
    head: (key, asked) => {
      headed.push(key);
      return vault.head(key, asked);
    },
    read: async (key, asked) => {
      const body = await vault.read(key, asked);
      async function* counted() {
        for await (const chunk of body) {
          read.set(key, (read.get(key) ?? 0) + chunk.length);
          yield chunk as Uint8Array;
        }
      }
      return counted() as unknown as typeof body;
    },
  };
  const end = await runRestore(
    restoreId,
    {
      ...{ ...world, vault: counting, clock: fastClock(1000), parallelism: 2, parseSource },
      recoveryFor: recoveryDrivers({ allowLoopback: true }),
    },
    new AbortController().signal,
  );
  const packs = [...read.keys()].filter((key) => key.includes('-pack-'));
  return { end, to, read, packs, headed };
}

const keyOfPack = ({ component }: BackedUp, number: number) =>
  [...(component.references ?? []), ...component.segments].filter(({ section }) => section === 'data')[number]
    ?.parts[0]?.key ?? '';

describe.each(['incremental', 'full'] as const)('one file of a %s backup of many packs', (mode) => {
  it('costs the index and one pack, once; no other object is even asked about', async () => {
    const backup = await backedUp(mode);
    const { end, to, read, packs, headed } = await restored(backup, { paths: ['d2/photo.bin'] });
    expect(end).toMatchObject({ status: 'completed' });
    expect(await readdir(to, { recursive: true })).toEqual(['d2', 'd2/photo.bin']);
    expect(packs).toHaveLength(1);
    expect(read.get(packs[0] ?? '')).toBeLessThan(60_000);
    expect(headed.filter((key) => key.includes('-pack-'))).toEqual(packs);
    expect(end?.progress?.totalBytes).toBeLessThan(60_000);
  });

  it('comes back whole where another pack is damaged or gone', async () => {
    const backup = await backedUp(mode);
    const damaged = tamperWith(backup.world.vault, {
      of: (key) => key === keyOfPack(backup, 5),
      bytes: (bytes) => flipBit(bytes, bytes.length - 30),
    });
    const one = await restored(backup, { paths: ['d2/*'] }, { vault: damaged });
    expect(one.end).toMatchObject({ status: 'completed' });
    const all = await restored(backup, {}, { vault: damaged });
    expect(all.end).toMatchObject({ status: 'failed' });
    expect(all.end?.error?.code).toMatch(/^INTEGRITY_/);
    expect(await readdir(base)).not.toContain(all.to.slice(base.length + 1));
  });
});

describe('a restore over what is there', () => {
  it('touches nothing when a pack that it needs is damaged', async () => {
    const backup = await backedUp();
    for (let at = 0; at < 12; at++)
      await writeFile(join(backup.path, `d${at}`, 'photo.bin'), 'as it is today');
    const damaged = tamperWith(backup.world.vault, {
      of: (key) => key === keyOfPack(backup, 11),
      bytes: (bytes) => flipBit(bytes, bytes.length - 30),
    });
    const { end } = await restored(backup, {}, { vault: damaged, replace: true });
    expect(end?.error).toMatchObject({ code: 'INTEGRITY_HASH' });
    expect(end?.error?.message).toContain('the target was not touched');
    for (let at = 0; at < 12; at++)
      expect(await readFile(join(backup.path, `d${at}`, 'photo.bin'), 'utf8')).toBe('as it is today');
  });
});

describe('paths that select nothing', () => {
  it('are refused before any pack is asked about', async () => {
    const { end, headed } = await restored(await backedUp(), { paths: ['nothing/here'] });
    expect(end?.error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(headed.filter((key) => key.includes('-pack-'))).toEqual([]);
  });
});
