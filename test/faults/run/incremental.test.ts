/** Runs that build upon earlier ones: what they refer to is held, locked, and never goes while it is needed. */
import { describe, expect, it } from 'vitest';
import { type BackupDeps, runBackup } from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { segmentContext } from '../../../core/format/context.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import { open } from '../../../core/format/open.ts';
import type { Manifest, Segment } from '../../../core/manifest.ts';
import { planSchema } from '../../../core/plan.ts';
import type { BackupRow, Catalog } from '../../../core/ports/catalog.ts';
import { fetchManifest } from '../../../core/verification/integrity.ts';
import {
  type FakeFiles,
  type FakeFilesWatch,
  fakeFilesDriver,
  fakeFilesSource,
} from '../../support/fake-files.ts';
import { memoryWorld } from '../../support/world.ts';
import { loadTestKeys } from '../../vectors/load.ts';

const live = () => new AbortController().signal;
const slotOfDay = (day: number) => `2026-11-${String(day).padStart(2, '0')}T02:00:00Z`;
const idOfDay = (day: number) => backupIdFor('site', slotOfDay(day));
/** When a delivery comes that takes over from a function that died. */
const afterLease = 126_000;
const expiry = { reason: 'policy', decidedAt: '2026-11-29T00:00:00.000Z', by: 'cleanup' } as const;

function filesWorld(files: FakeFiles, source: Record<string, unknown> = {}) {
  const world = memoryWorld();
  const names = Object.keys(files);
  const plan = planSchema.parse({
    id: 'site',
    sources: names.map((name) => fakeFilesSource(name, source)),
    schedule: { cron: '0 2 * * *' },
  });
  const run = (day: number, watch: FakeFilesWatch = {}, more: Partial<BackupDeps> = {}, afterMs = 5000) => {
    const driver = fakeFilesDriver(files, watch);
    const slot = slotOfDay(day);
    world.clock.set(new Date(Date.parse(slot) + afterMs).toISOString());
    return runBackup(
      { plan, slot, trigger: 'schedule', createdBy: 'scheduler', correlationId: 'c' },
      { ...world, driverFor: () => driver, categoryOf: () => 'files', ...more },
      live(),
    );
  };
  const manifestOf = async (day: number): Promise<Manifest> =>
    (await fetchManifest('site', idOfDay(day), world.vault, world.keyRing)).manifest;
  return { world, run, manifestOf, plan };
}

const namesOf = (segments: readonly Segment[] | undefined) => (segments ?? []).map(({ name }) => name).sort();

describe('an incremental run', () => {
  it('writes what has changed and refers to the rest, and its row says what it needs', async () => {
    const files = { uploads: { a: 'one', b: 'two', c: 'three' } as Record<string, string> };
    const { run, manifestOf } = filesWorld(files);
    const first = await run(1);
    expect(first).toMatchObject({ status: 'completed', kind: 'files' });
    expect(first.needs).toBeUndefined();
    expect(first.indexes?.uploads).toMatchObject({ fullBackupId: idOfDay(1), segment: { name: 'index' } });
    files.uploads.b = 'TWO';
    const second = await run(2);
    const { components, totals } = await manifestOf(2);
    expect(namesOf(components[0]?.segments)).toEqual(['b', 'index']);
    expect(namesOf(components[0]?.references)).toEqual(['a', 'c']);
    expect(totals).toMatchObject({ segments: 2, objects: 3 });
    expect(second.needs).toEqual([
      { backupId: idOfDay(1), attempt: 1, component: 'uploads', segments: '1,3' },
    ]);
    expect(second.indexes?.uploads?.fullBackupId).toBe(idOfDay(1));
    delete files.uploads.a;
    const third = await run(3);
    expect(third.needs).toEqual([
      { backupId: idOfDay(1), attempt: 1, component: 'uploads', segments: '3' },
      { backupId: idOfDay(2), attempt: 1, component: 'uploads', segments: '1' },
    ]);
  });

  it('differential builds upon the run that read everything, not upon the newest', async () => {
    const files = { uploads: { a: 'one', b: 'two' } as Record<string, string> };
    const { run } = filesWorld(files, { mode: 'differential' });
    await run(1);
    files.uploads.b = 'TWO';
    await run(2);
    files.uploads.c = 'three';
    const bases: (string | undefined)[] = [];
    const third = await run(3, { onOpen: (_, base) => void bases.push(base) });
    expect(bases).toEqual([idOfDay(1)]);
    expect(third.needs).toEqual([{ backupId: idOfDay(1), attempt: 1, component: 'uploads', segments: '1' }]);
  });

  it('holds its base, before it reads anything: an expiry that was decided before does not hold', async () => {
    const files = { uploads: { a: 'one', b: 'two' } as Record<string, string> };
    const { world, run } = filesWorld(files);
    const seen = await run(1);
    let expired: boolean | undefined;
    await run(2, {
      onOpen: async () => {
        expired = await world.catalog.expireBackups({ planId: 'site', victims: [seen], keepers: [], expiry });
        const own = await world.catalog.getBackup('site', idOfDay(2));
        expect(own?.needs).toEqual([
          { backupId: idOfDay(1), attempt: 1, component: 'uploads', segments: '*' },
        ]);
      },
    });
    expect(expired).toBe(false);
  });

  it('looks again when its base expires in the moment before it is held, and reads everything then', async () => {
    const files = { uploads: { a: 'one' } as Record<string, string> };
    const { world, run } = filesWorld(files);
    const seen = await run(1);
    const catalog: Catalog = {
      ...world.catalog,
      holdBases: async (...request) => {
        await world.catalog.expireBackups({ planId: 'site', victims: [seen], keepers: [], expiry });
        return world.catalog.holdBases(...request);
      },
    };
    const row = await run(2, {}, { catalog });
    expect(row).toMatchObject({ status: 'completed' });
    expect(row.needs).toBeUndefined();
    expect(row.indexes?.uploads?.fullBackupId).toBe(idOfDay(2));
  });

  it('that dies after the hold leaves what it held in its row, and the next attempt builds upon the same', async () => {
    const files = { uploads: { a: 'one', b: 'two' } as Record<string, string> };
    const { world, run } = filesWorld(files);
    await run(1);
    const held = { backupId: idOfDay(1), attempt: 1, component: 'uploads', segments: '*' };
    const clock = { ...world.clock, sleep: () => new Promise<void>(() => {}) };
    await new Promise<void>((reached) => {
      const onOpen = () => {
        reached();
        return new Promise<void>(() => {});
      };
      void run(2, { onOpen }, { clock });
    });
    expect(await world.catalog.getBackup('site', idOfDay(2))).toMatchObject({
      status: 'running',
      needs: [held],
    });
    const row = await run(2, {}, {}, afterLease);
    expect(row).toMatchObject({ status: 'completed', attempt: 2 });
    expect(row.needs).toEqual([{ ...held, segments: '1-2' }]);
  });

  it('keeps what an earlier attempt held beside what it holds itself: that one may still be completed', async () => {
    const files = { uploads: { a: 'one', b: 'two' } as Record<string, string> };
    const { world, run } = filesWorld(files);
    await run(1);
    files.uploads.c = 'three';
    await run(2);
    const clock = { ...world.clock, sleep: () => new Promise<void>(() => {}) };
    await new Promise<void>((reached) => {
      const onOpen = () => {
        reached();
        return new Promise<void>(() => {});
      };
      void run(3, { onOpen }, { clock });
    });
    await world.catalog.noteMissing('site', idOfDay(2), '2026-11-03T02:01:00.000Z');
    let held: BackupRow['needs'];
    const onOpen = async () => {
      held = (await world.catalog.getBackup('site', idOfDay(3)))?.needs;
    };
    const row = await run(3, { onOpen }, {}, afterLease);
    expect(held?.map(({ backupId, segments }) => [backupId, segments])).toEqual([
      [idOfDay(1), '*'],
      [idOfDay(2), '*'],
    ]);
    expect(row.needs?.map(({ backupId }) => backupId)).toEqual([idOfDay(1)]);
  });

  it.each<[string, (row: string, world: ReturnType<typeof memoryWorld>) => Promise<unknown>]>([
    [
      'was found damaged',
      (backupId, { catalog }) =>
        catalog.recordVerification('site', backupId, {
          status: 'failed',
          level: 'stored',
          verifiedAt: '2026-11-01T05:00:00.000Z',
          detail: 'x',
        }),
    ],
    [
      'lacks its manifest',
      (backupId, { catalog }) => catalog.noteMissing('site', backupId, '2026-11-01T05:00:00.000Z'),
    ],
  ])('does not build upon a backup that %s', async (_, happen) => {
    const files = { uploads: { a: 'one' } as Record<string, string> };
    const { world, run } = filesWorld(files);
    await run(1);
    await happen(idOfDay(1), world);
    const row = await run(2);
    expect(row).toMatchObject({ status: 'completed' });
    expect(row.needs).toBeUndefined();
  });

  it('reads everything when there is no index key, and says nothing that a later run could build upon', async () => {
    const files = { uploads: { a: 'one' } as Record<string, string> };
    const { world, run } = filesWorld(files);
    await run(1);
    const indexKeys = async () => {
      throw new HoldfastError('ACCESS_DENIED', 'no');
    };
    const row = await run(2, {}, { keyRing: { ...world.keyRing, indexKeys } });
    expect(row).toMatchObject({ status: 'completed' });
    expect(row.needs).toBeUndefined();
    expect(row.indexes).toBeUndefined();
  });

  it('reads everything when the index of the base is damaged or gone', async () => {
    const files = { uploads: { a: 'one' } as Record<string, string> };
    const { world, run } = filesWorld(files);
    const first = await run(1);
    const key = first.indexes?.uploads?.parts[0]?.key ?? '';
    const vault = {
      ...world.vault,
      read: async (...request: Parameters<typeof world.vault.read>) => {
        if (request[0] === key) throw new HoldfastError('OBJECT_MISSING', 'gone');
        return world.vault.read(...request);
      },
    };
    const row = await run(2, {}, { vault });
    expect(row).toMatchObject({ status: 'completed' });
    expect(row.needs).toBeUndefined();
  });

  it('reads everything in a further attempt when what it builds upon turns out to be damaged on the way', async () => {
    const files = { uploads: { a: 'one' } as Record<string, string> };
    const { world, run } = filesWorld(files);
    await run(1);
    // The pause before the next attempt; what renews leases goes on by the clock.
    const sleep = (ms: number, signal?: AbortSignal) =>
      ms < 10_000 ? Promise.resolve() : world.clock.sleep(ms, signal);
    let opened = 0;
    const onOpen = async () => {
      opened += 1;
      if (opened === 1) throw new HoldfastError('INTEGRITY_ARCHIVE', 'line 7 of the index is none');
    };
    const row = await run(2, { onOpen }, { clock: { ...world.clock, sleep } });
    expect(row).toMatchObject({ status: 'completed', attempt: 2 });
    expect(row.needs).toBeUndefined();
  });

  it('does not build upon one that needs a backup which was found damaged', async () => {
    const files = { uploads: { a: 'one' } as Record<string, string> };
    const { world, run } = filesWorld(files);
    await run(1);
    files.uploads.b = 'two';
    expect((await run(2)).needs).toHaveLength(1);
    const found = { status: 'failed', level: 'readable', verifiedAt: '2026-11-02T05:00:00.000Z' } as const;
    await world.catalog.recordVerification('site', idOfDay(1), { ...found, detail: 'a pack' });
    expect((await run(3)).needs).toBeUndefined();
  });

  it('that refers to what it does not hold fails: it might be marked this very moment', async () => {
    const files = { uploads: { a: 'one' } as Record<string, string> };
    const { run, manifestOf } = filesWorld(files);
    await run(1);
    const [pack] = (await manifestOf(1)).components[0]?.segments.filter(({ role }) => role === 'pack') ?? [];
    const foreign = { ...(pack as Segment) };
    const parts = foreign.parts.map((part) => ({ ...part, key: part.key.replace('/a01/', '/a07/') }));
    const row = await run(2, { references: () => [{ ...foreign, parts }] });
    expect(row).toMatchObject({ status: 'failed', error: { code: 'INTERNAL' } });
    expect(row.error?.message).toContain('does not hold');
  });

  it('lengthens the locks of what it refers to before the manifest is written, where the stack locks', async () => {
    const files = { uploads: { a: 'one', b: 'two' } as Record<string, string> };
    const { world, run, manifestOf } = filesWorld(files);
    const locked: string[] = [];
    const vault = {
      ...world.vault,
      extendLock: async (key: string, until: string) => {
        expect(await world.vault.head(`plans/site/${idOfDay(2)}/manifest`)).toBeUndefined();
        locked.push(`${key} ${until.slice(0, 10)}`);
      },
    };
    await run(1, {}, { vault, lockDays: 20 });
    expect(locked).toEqual([]);
    files.uploads.c = 'three';
    await run(2, {}, { vault, lockDays: 20 });
    const [component] = (await manifestOf(2)).components;
    expect(locked.sort()).toEqual(
      component?.references?.flatMap(({ parts }) => parts.map(({ key }) => `${key} 2026-11-22`)).sort(),
    );
    expect(locked).toHaveLength(2);
  });

  it('packs and indexes lie in STANDARD under tags of their own, whatever the tier says', async () => {
    const { world, run, manifestOf } = filesWorld({ uploads: { a: 'one' } });
    const { tier } = await run(1);
    expect(tier).toBe('yearly');
    for (const { role, parts } of (await manifestOf(1)).components[0]?.segments ?? []) {
      for (const { key } of parts) {
        expect(await world.vault.head(key)).toMatchObject({ storageClass: 'STANDARD', tags: { role } });
      }
    }
  });
});

describe('the index key', () => {
  it('opens an index, and does not open a pack', async () => {
    const { world, run, manifestOf } = filesWorld({ uploads: { a: 'one' } });
    await run(1);
    const manifest = await manifestOf(1);
    const keys = await world.keyRing.indexKeys();
    const read = async (segment: Segment) => {
      const [part] = segment.parts;
      const { planId, backupId, attempt } = manifest;
      const address = { planId, backupId, attempt, component: 'uploads', ...segment };
      const sealed = await world.vault.read(part?.key ?? '');
      const chunks: Buffer[] = [];
      for await (const chunk of open(sealed, keys, segmentContext(address, 1))) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    const [index, pack] = manifest.components[0]?.segments ?? [];
    expect(JSON.parse(await read(index as Segment))).toMatchObject({ a: { text: 'one' } });
    await expect(read(pack as Segment)).rejects.toMatchObject({ code: 'KEY_MISSING' });
    expect(loadTestKeys().recipients[0]?.id).not.toBe(keys[0]?.id);
  });
});
