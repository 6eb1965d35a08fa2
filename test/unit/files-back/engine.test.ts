/** The engine against a model: what a backup holds and a person asked for is what arrives, in any way of reading it. */
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../adapters/clock.ts';
import type { FileEntry, FolderEntry, IndexEntry, LinkEntry } from '../../../adapters/files/index-format.ts';
import { type FilesRestore, restoreFiles } from '../../../adapters/files/restore-engine.ts';
import { LeftOutList } from '../../../adapters/files/restore-left.ts';
import { smallBytes } from '../../../adapters/files/restore-pack.ts';
import { planPasses } from '../../../adapters/files/restore-passes.ts';
import { Pool } from '../../../adapters/files/restore-pool.ts';
import type { RestoreTarget } from '../../../adapters/files/restore-target.ts';
import { silentLog } from '../../../adapters/log/quiet.ts';
import type { RecoveryContext } from '../../../core/ports/recovery.ts';
import {
  type FilesBackup,
  type FilesBackupOptions,
  filesBackup,
  type SourceThing,
} from '../../support/files-backup.ts';

/** A target in memory that notes the order of things. */
class MemoryTarget implements RestoreTarget {
  readonly ground: RestoreTarget['ground'] = 'posix';
  readonly prefixBytes = 0;
  foldsCase = false;
  readonly largeAtATime = 2;
  readonly files = new Map<string, Buffer>();
  readonly folders: string[] = [];
  readonly finished: string[] = [];
  readonly links = new Map<string, string>();
  readonly there = new Set<string>();
  readonly calls: string[] = [];
  largeNow = 0;
  largeMost = 0;
  onSmall: () => Promise<void> = async () => {};

  async holds(entry: FileEntry) {
    return this.there.has(entry.path);
  }
  async expect() {}
  async folder({ path }: FolderEntry) {
    this.calls.push(`folder ${path}`);
    this.folders.push(path);
    return undefined;
  }
  async small({ path }: FileEntry, bytes: Uint8Array) {
    this.calls.push(`file ${path}`);
    await this.onSmall();
    this.files.set(path, Buffer.from(bytes));
    return undefined;
  }
  async large({ path }: FileEntry) {
    const chunks: Buffer[] = [];
    this.largeNow++;
    this.largeMost = Math.max(this.largeMost, this.largeNow);
    return {
      write: async (bytes: Uint8Array) => void chunks.push(Buffer.from(bytes)),
      commit: async () => {
        this.largeNow--;
        this.files.set(path, Buffer.concat(chunks));
        return undefined;
      },
      abandon: async () => void this.largeNow--,
    };
  }
  async link({ path, target }: LinkEntry) {
    this.calls.push(`link ${path}`);
    this.links.set(path, target);
    return undefined;
  }
  async finishFolder({ path }: FolderEntry) {
    this.finished.push(path);
  }
  async finish() {
    return [];
  }
  async undo() {
    return [];
  }
}

export function contextOf(signal = new AbortController().signal): RecoveryContext {
  return { clock: systemClock, log: silentLog, signal, parallelism: 2, onProgress: () => {} };
}

async function restored(backup: FilesBackup, more: Partial<FilesRestore> & { target?: MemoryTarget } = {}) {
  const target = more.target ?? new MemoryTarget();
  const leftOut = new LeftOutList();
  const { component, open } = backup;
  const result = await restoreFiles({
    component,
    open,
    onlyChanged: false,
    leftOut,
    context: contextOf(),
    ...more,
    target,
  });
  return { target, leftOut: leftOut.lines(), result };
}

const name = fc.constantFrom('a', 'b', 'B', 'a-b', 'a.c', 'ü', '..', 'x y', '[1]');
const pathOf = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const thing: fc.Arbitrary<SourceThing> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      path: pathOf,
      content: fc.constantFrom('', 'one', 'two', 'three', 'x'.repeat(3000)),
    }),
  },
  { weight: 2, arbitrary: pathOf.map((path) => ({ path: `${path}/`, type: 'dir' as const })) },
  {
    weight: 1,
    arbitrary: fc
      .record({ path: pathOf, target: fc.constantFrom('a', '../b', '/etc', 'a/../..') })
      .map((link) => ({ ...link, type: 'symlink' as const })),
  },
  { weight: 1, arbitrary: pathOf.map((path) => ({ path, type: 'skipped' as const })) },
);
const sources = fc.uniqueArray(thing, { maxLength: 25, selector: ({ path }) => path });

/** What must arrive, said once more and simply. */
function model(things: readonly SourceThing[], wants: (path: string) => boolean) {
  const safe = (path: string) => !path.split('/').includes('..');
  const placed = things.filter(({ path, type }) => type !== 'skipped' && wants(path) && safe(path));
  const linkStays = ({ path, target = '' }: SourceThing) =>
    target === 'a' || (target === '../b' && path.includes('/'));
  const solid = (one: SourceThing) => one.type === undefined || (one.type === 'symlink' && linkStays(one));
  const blocked = ({ path }: SourceThing, by: readonly SourceThing[]) =>
    by.some((one) => path.startsWith(`${one.path}/`));
  const sorted = [...placed].sort((one, other) =>
    Buffer.compare(Buffer.from(one.path), Buffer.from(other.path)),
  );
  const standing: SourceThing[] = [];
  const here: SourceThing[] = [];
  for (const one of sorted) {
    if (blocked(one, standing)) continue;
    if (one.type === 'symlink' && !linkStays(one)) continue;
    if (solid(one)) standing.push(one);
    here.push(one);
  }
  return here;
}

describe('whatever a backup holds', () => {
  // Globs pass such names by.
  const climbs = (path: string) => path.split('/').includes('..');
  const wishes: readonly (readonly [string[] | undefined, (path: string) => boolean])[] = [
    [undefined, () => true],
    [['a'], (path) => path === 'a' || path.startsWith('a/')],
    [['ü/'], (path) => path === 'ü' || path.startsWith('ü/')],
    [['**/b'], (path) => /(?:^|\/)b\/?$/.test(path) && !climbs(path)],
    [['a*/**/*'], (path) => /^a[^/]*\/[^/]/.test(path) && !climbs(path)],
  ];

  it('what arrives is what the model says, with any number of packs and passes', async () => {
    await fc.assert(
      fc.asyncProperty(
        sources,
        fc.record({
          filesPerPack: fc.integer({ min: 1, max: 4 }),
          compression: fc.constantFrom('none' as const, 'zstd' as const),
          budget: fc.option(
            fc.record({
              entries: fc.integer({ min: 1, max: 5 }),
              lineBytes: fc.integer({ min: 200, max: 2000 }),
            }),
          ),
          wish: fc.constantFrom(...wishes),
        }),
        async (things, { filesPerPack, compression, budget, wish: [paths, wants] }) => {
          const backup = await filesBackup({ things, filesPerPack, compression });
          const expected = model(things, wants);
          const any = things.some(({ path, type }) => type !== 'skipped' && wants(path));
          if (paths !== undefined && !any) {
            await expect(restored(backup, { paths })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
            return;
          }
          const { target, result } = await restored(backup, { paths, ...(budget ? { budget } : {}) });
          const files = expected.filter(({ type }) => type === undefined);
          expect(new Map([...target.files].map(([path, bytes]) => [path, bytes.toString()]))).toEqual(
            new Map(files.map(({ path, content = '' }) => [path, content.toString()])),
          );
          expect([...target.links.keys()].sort()).toEqual(
            expected
              .filter(({ type }) => type === 'symlink')
              .map(({ path }) => path)
              .sort(),
          );
          const folders = expected.filter(({ type }) => type === 'dir').map(({ path }) => path);
          expect(target.folders).toEqual(expect.arrayContaining(folders));
          expect([...target.finished].sort()).toEqual([...target.folders].sort());
          // A folder is finished after all that is in it.
          for (const [at, path] of target.finished.entries())
            expect(
              target.finished.slice(at + 1).some((later) => later.startsWith(path) && later !== path),
            ).toBe(false);
          expect(result.placed.files).toBe(files.length);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('one file', () => {
  const things = Array.from({ length: 300 }, (_, at) => ({
    path: `f/${String(at).padStart(3, '0')}`,
    content: Buffer.alloc(20_000, `${at};`),
  }));

  it('costs the index and a part of one pack', async () => {
    const backup = await filesBackup({ things, filesPerPack: 100 });
    const { target } = await restored(backup, { paths: ['f/101'] });
    expect([...target.files.keys()]).toEqual(['f/101']);
    expect(backup.opened).toEqual(['b2/index', 'b2/pack-2']);
    // The second of a hundred files of 20 KB.
    expect(backup.readBytes.get('b2/pack-2')).toBeLessThan(200_000);
    expect(backup.stored.get('b2/pack-2')?.length).toBeGreaterThan(2_000_000);
  });

  it('that is not there is an error that says so, before anything is fetched', async () => {
    const backup = await filesBackup({
      things: [...things, { path: 'gone', type: 'skipped', why: 'EACCES' }],
    });
    const target = new MemoryTarget();
    await expect(restored(backup, { paths: ['f/001', 'nothing/*.jpg', 'gone'], target })).rejects.toThrow(
      'paths: nothing in the backup matches "nothing/*.jpg", "gone" (the backup could not read gone: EACCES)',
    );
    expect(backup.opened).toEqual(['b2/index']);
    expect(target.calls).toEqual([]);
  });

  it('is found by its exact name, also where that looks like a glob', async () => {
    const things = ['r[1]*.pdf', 'other', '{a,b}'].map((path) => ({ path, content: path }));
    const { target } = await restored(await filesBackup({ things }), { paths: ['r[1]*.pdf', '{a,b}'] });
    expect([...target.files.keys()]).toEqual(['r[1]*.pdf', '{a,b}']);
  });
});

describe('memory', () => {
  it('holds what the budget says: more is restored in passes, each pack read once a pass', async () => {
    const things = Array.from({ length: 60 }, (_, at) => ({ path: `f${at}`, content: `content ${at}` }));
    const backup = await filesBackup({ things, filesPerPack: 10 });
    const { result, target } = await restored(backup, { budget: { entries: 20, lineBytes: 1e9 } });
    expect(target.files.size).toBe(60);
    expect(backup.opened.filter((key) => key.includes('pack'))).toHaveLength(6);
    // Survey, folders, three passes of two packs, times.
    expect(result.passes).toBe(6);
  });

  it('one content under more names than fit is read again, not remembered', async () => {
    const things = Array.from({ length: 50 }, (_, at) => ({ path: `f${at}`, content: 'the same' }));
    const backup = await filesBackup({ things });
    const { target } = await restored(backup, { budget: { entries: 20, lineBytes: 1e9 } });
    expect(target.files.size).toBe(50);
    expect(backup.opened.filter((key) => key.includes('pack'))).toHaveLength(3);
  });

  it('large files go through as streams, two at a time, copies of one too', async () => {
    const content = Buffer.alloc(smallBytes + 1, 'large');
    const things = ['a', 'b', 'c', 'd', 'e'].map((path) => ({ path, content }));
    const backup = await filesBackup({
      things: [...things, { path: 'f', content: 'small' }],
      compression: 'zstd',
    });
    const { target } = await restored(backup);
    expect([...target.files.keys()].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    for (const { path } of things) expect(target.files.get(path)?.equals(content)).toBe(true);
    expect(target.largeMost).toBeLessThanOrEqual(2);
    expect(target.largeNow).toBe(0);
  });

  it('passes hold what fits, and cover each wanted file once', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            entries: fc.integer({ min: 1, max: 50 }),
            lineBytes: fc.integer({ min: 1, max: 900 }),
          }),
          { maxLength: 20 },
        ),
        (packs) => {
          const counts = new Map(packs.map((pack, at) => [at, pack]));
          const passes = planPasses(counts, { entries: 20, lineBytes: 400 });
          const covered = new Map<number, number>();
          for (const pass of passes) {
            let entries = 0;
            for (const [pack, { from, to }] of pass) {
              expect(from).toBe(covered.get(pack) ?? 0);
              covered.set(pack, to);
              entries += to - from;
            }
            expect(entries).toBeLessThanOrEqual(20);
          }
          expect(covered).toEqual(new Map(packs.map(({ entries }, at) => [at, entries])));
        },
      ),
    );
  });

  it('a pool never has more under way than it may', async () => {
    const pool = new Pool({ tasks: 3, bytes: 100 });
    let now = 0;
    let most = 0;
    for (const bytes of [10, 10, 10, 10, 90, 90, 500, 10]) {
      await pool.run(bytes, async () => {
        now += bytes;
        most = Math.max(most, bytes > 100 ? 0 : now);
        await pause(2);
        now -= bytes;
      });
    }
    await pool.drained();
    expect(most).toBeLessThanOrEqual(100);
    await pool.run(1, () => Promise.reject(new Error('broken')));
    await expect(pool.drained()).rejects.toThrow('broken');
  });
});

describe('damage', () => {
  const things = [
    { path: 'a', content: 'alpha' },
    { path: 'b', content: 'beta' },
    { path: 'large', content: Buffer.alloc(smallBytes + 1, 1) },
  ];
  const edited = (edit: NonNullable<FilesBackupOptions['edit']>) => filesBackup({ things, edit });
  const file = (entry: IndexEntry, path: string): entry is FileEntry =>
    entry.type === 'file' && entry.path === path;

  it('a file whose hash is not that of the index is never given to the target as whole', async () => {
    for (const path of ['a', 'large']) {
      const backup = await edited((entry) =>
        file(entry, path) ? { ...entry, sha256: 'ab'.repeat(32) } : entry,
      );
      const target = new MemoryTarget();
      const placed = restored(backup, { target }).then(({ result }) => result.placed);
      await expect(placed).rejects.toMatchObject({ code: 'INTEGRITY_HASH' });
      expect(target.files.has(path)).toBe(false);
      expect(target.largeNow).toBe(0);
    }
  });

  it('offsets that overlap, that contradict each other or lie behind the end are refused', async () => {
    const atA = { offset: 0 };
    const moved = (from: number) => (entry: IndexEntry) => {
      if (file(entry, 'a')) atA.offset = entry.at?.[1] ?? 0;
      return file(entry, 'b') ? { ...entry, at: [1, atA.offset + from] as const } : entry;
    };
    const wrong = [
      [moved(2), /overlap/],
      [moved(0), /two things/],
      [moved(10 ** 9), /it ends after/],
    ] as const;
    const { component } = await filesBackup({ things });
    expect(component.segments).toHaveLength(2);
    for (const [edit, why] of wrong) {
      const backup = await edited(edit);
      await expect(restored(backup).then(({ result }) => result.placed)).rejects.toThrow(why);
    }
  });

  it('a pack that the manifest does not name is not opened', async () => {
    const backup = await filesBackup({ things });
    const component = { ...backup.component, segments: backup.component.segments.slice(0, 1) };
    await expect(restored({ ...backup, component })).rejects.toThrow(/and the manifest does not/);
    expect(backup.opened).toEqual(['b2/index']);
  });

  it('an index that is damaged touches nothing', async () => {
    const backup = await filesBackup({ things });
    const index = backup.stored.get('b2/index') as Buffer;
    backup.stored.set('b2/index', index.subarray(0, index.length - 3));
    const target = new MemoryTarget();
    await expect(restored(backup, { target })).rejects.toMatchObject({ code: 'INTEGRITY_ARCHIVE' });
    expect(target.calls).toEqual([]);
  });
});

describe('order and ends', () => {
  it('links come after every file, and folders before what is in them', async () => {
    const things = [
      { path: 'a/', type: 'dir' as const },
      { path: 'a/link', type: 'symlink' as const, target: '../z' },
      { path: 'a/x', content: '1' },
      { path: 'z/y', content: '2' },
    ];
    const { target } = await restored(await filesBackup({ things }));
    expect(target.calls[0]).toBe('folder a/');
    expect(target.calls.at(-1)).toBe('link a/link');
  });

  it('nothing is placed below a link or a file of the same backup', async () => {
    const things = [
      { path: 'l', type: 'symlink' as const, target: 'elsewhere' },
      { path: 'l-other', content: 'fine' },
      { path: 'l/x', content: 'through the link' },
      { path: 'f', content: 'file' },
      { path: 'f/x', content: 'below a file' },
    ];
    const { target, leftOut } = await restored(await filesBackup({ things }));
    expect([...target.files.keys()].sort()).toEqual(['f', 'l-other']);
    expect(leftOut).toEqual([
      'f/x: "f" is a file here, and cannot be a folder as well',
      'l/x: "l" is a link here, and cannot be a folder as well',
    ]);
  });

  it('of names that the target takes for one, the first is restored and the others are reported', async () => {
    const things = ['README', 'Readme', 'dir/x', 'Dir/y', 'other'].map((path) => ({ path, content: path }));
    const target = new MemoryTarget();
    target.foldsCase = true;
    const { leftOut } = await restored(await filesBackup({ things }), { target });
    expect([...target.files.keys()].sort()).toEqual(['Dir/y', 'README', 'other']);
    expect(leftOut).toHaveLength(2);
    expect(leftOut[0]).toMatch(/^Readme: its name differs from another one only in case/);
  });

  it('where it writes over things, what is there already is neither written nor fetched', async () => {
    const things = Array.from({ length: 20 }, (_, at) => ({ path: `f${at}`, content: `content ${at}` }));
    const backup = await filesBackup({ things, filesPerPack: 10 });
    const target = new MemoryTarget();
    const { segments } = backup.component;
    expect(segments).toHaveLength(3);
    // In byte order: f0, f1, f10 … f17 are the first pack.
    for (const path of ['f0', 'f1', 'f10', 'f11', 'f12', 'f13', 'f14', 'f15', 'f16', 'f17'])
      target.there.add(path);
    const { result } = await restored(backup, { target, onlyChanged: true });
    expect(result).toMatchObject({ unchanged: 10, placed: { files: 10 } });
    expect(backup.opened).toEqual(['b2/index', 'b2/pack-2']);
  });

  it('a cancel ends it at once, even while the vault stalls, and the target fails it at once too', async () => {
    const things = Array.from({ length: 50 }, (_, at) => ({
      path: `f${at}`,
      content: Buffer.alloc(50_000, at),
    }));
    const backup = await filesBackup({ things, filesPerPack: 25 });
    const controller = new AbortController();
    const stalling: FilesBackup = {
      ...backup,
      open: (segment) => {
        const stream = backup.open(segment);
        if (segment.role !== 'pack') return stream;
        stream.read = () => null;
        return stream;
      },
    };
    const began = performance.now();
    setTimeout(() => controller.abort(new Error('cancelled')), 50);
    await expect(restored(stalling, { context: contextOf(controller.signal) })).rejects.toThrow('cancelled');
    expect(performance.now() - began).toBeLessThan(1500);
    const target = new MemoryTarget();
    target.onSmall = () => Promise.reject(new Error('no space'));
    await expect(restored(backup, { target })).rejects.toThrow('no space');
    expect(target.files.size).toBe(0);
  });
});
