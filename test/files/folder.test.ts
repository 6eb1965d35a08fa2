/** A real folder through the real core: chains of backups in each mode, what is kept of a file, files that change. */
import { execFileSync } from 'node:child_process';
import { createHash, hash, randomBytes } from 'node:crypto';
import {
  link,
  lstat,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentsOf, filesWorld, packDigest } from '../support/files-world.ts';

let base: string;
let count = 0;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function folderWith(files: Record<string, string | Buffer>): Promise<string> {
  const folder = join(base, `f${++count}`);
  await mkdir(folder);
  await put(folder, files);
  return folder;
}

async function put(folder: string, files: Record<string, string | Buffer>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

const sha256 = (content: string | Buffer) => hash('sha256', content);

describe('a chain of backups', () => {
  test('the second run reads what changed, and everything it names can be read from the packs it refers to', async () => {
    const world = filesWorld();
    const path = await folderWith({
      'a.txt': 'one',
      'b/c.txt': 'two',
      'b/d.txt': 'three',
      'gone.txt': 'four',
    });
    const first = await world.backup({ path });
    expect(first.facts.run).toMatchObject({ new: 4, changed: 0, unchanged: 0, readBytes: 15 });
    expect(first.facts.from).toBeUndefined();
    expect(first.component.references).toBeUndefined();

    await put(path, { 'a.txt': 'ONE', 'new.txt': 'five' });
    await rm(join(path, 'gone.txt'));
    const second = await world.backup({ path });
    expect(second.facts.run).toMatchObject({ new: 1, changed: 1, unchanged: 2, gone: 1, readBytes: 7 });
    expect(second.facts).toMatchObject({ from: first.row.backupId, fullBackupId: first.row.backupId });
    expect([...second.entries.keys()]).toEqual(['a.txt', 'b/', 'b/c.txt', 'b/d.txt', 'new.txt']);
    expect(second.entries.get('a.txt')).toMatchObject({ sha256: sha256('ONE'), size: 3 });
    expect(second.entries.get('b/c.txt')).toEqual(first.entries.get('b/c.txt'));
    expect(second.component.references).toHaveLength(1);
    expect(second.row.needs).toMatchObject([{ backupId: first.row.backupId }]);

    const third = await world.backup({ path });
    expect(third.facts.run).toMatchObject({ new: 0, changed: 0, unchanged: 4, readBytes: 0 });
    expect(third.component.segments.map(({ role }) => role)).toEqual(['index']);
    expect(third.component.references).toHaveLength(2);
    expect(third.entries).toEqual(second.entries);
  });

  test('a differential one refers to the last backup that read everything, however many came between', async () => {
    const world = filesWorld();
    const source = { path: await folderWith({ 'a.txt': 'one', 'b.txt': 'two' }), mode: 'differential' };
    const full = await world.backup(source);
    await put(source.path, { 'a.txt': 'ONE' });
    await world.backup(source);
    await put(source.path, { 'c.txt': 'three' });
    const third = await world.backup(source);
    expect(third.facts).toMatchObject({ from: full.row.backupId, mode: 'differential' });
    expect(third.facts.run).toMatchObject({ new: 1, changed: 1, unchanged: 1 });
    expect(third.component.references?.every(({ parts }) => parts[0]?.key.includes(full.row.backupId))).toBe(
      true,
    );
  });

  test('a full one stands alone, lies in the class of its tier, and nothing is built upon it', async () => {
    const world = filesWorld();
    const path = await folderWith({ 'a.txt': 'one' });
    const full = await world.backup({ path, mode: 'full' });
    expect(full.component.segments.map(({ role }) => role)).toEqual(['index', 'segment']);
    const again = await world.backup({ path, mode: 'full' });
    expect(again.facts.run).toMatchObject({ new: 1, unchanged: 0, readBytes: 3 });
    const incremental = await world.backup({ path });
    expect(incremental.facts.run).toMatchObject({ new: 1, unchanged: 0 });
    expect(incremental.component.references).toBeUndefined();
  });

  test('everything is read again when the last time was so many days ago', async () => {
    const world = filesWorld();
    const source = { path: await folderWith({ 'a.txt': 'one' }), fullEveryDays: 2 };
    await world.backup(source);
    expect((await world.backup(source)).facts.run.unchanged).toBe(1);
    const third = await world.backup(source);
    expect(third.facts.run).toMatchObject({ new: 1, unchanged: 0 });
    expect(third.component.references).toBeUndefined();
  });

  test('a file that changed just before it was read is read again, since a later change might not show', async () => {
    const world = filesWorld({ raceWindowMs: 60_000 });
    const path = await folderWith({ 'a.txt': 'one' });
    const first = await world.backup({ path });
    expect(first.entries.get('a.txt')).not.toHaveProperty('ctime');
    const second = await world.backup({ path });
    expect(second.facts.run).toMatchObject({ changed: 1, unchanged: 0, deduplicated: 1 });
    expect(second.entries.get('a.txt')).toMatchObject({
      at: (first.entries.get('a.txt') as { at: unknown }).at,
    });
  });

  test('hash: true finds a file that changed and looks as it was', async () => {
    const world = filesWorld();
    const path = await folderWith({ 'a.txt': 'one', 'b.txt': 'two' });
    const first = await world.backup({ path, hash: true });
    const same = await world.backup({ path, hash: true });
    expect(same.facts.run).toMatchObject({ unchanged: 0, new: 0, changed: 0, deduplicated: 2, readBytes: 6 });
    expect(same.entries.get('a.txt')).toEqual(first.entries.get('a.txt'));
  });
});

describe('identical contents', () => {
  test('are stored once, within a backup and across those of a plan, long files too', async () => {
    const world = filesWorld();
    const long = randomBytes(9 * 1024 * 1024);
    const path = await folderWith({ 'a.txt': 'same', 'b.txt': 'same', 'long.bin': long });
    const first = await world.backup({ path });
    expect(first.facts.run).toMatchObject({ deduplicated: 1, deduplicatedBytes: 4 });
    await put(path, { 'c.txt': 'same' });
    await rename(join(path, 'long.bin'), join(path, 'moved.bin'));
    const second = await world.backup({ path });
    expect(second.facts.run).toMatchObject({ new: 2, deduplicated: 2, deduplicatedBytes: 4 + long.length });
    const stored = second.component.segments.filter(({ section }) => section === 'data');
    expect(stored.map((segment) => contentsOf(segment).bytes)).toEqual([0]);
  });

  test('beyond what is remembered they are stored again, and nothing is lost', async () => {
    const world = filesWorld({ contentsLimit: 1 });
    const path = await folderWith({ a: 'one', b: 'two', c: 'two', d: 'one' });
    const { facts } = await world.backup({ path });
    expect(facts.run.deduplicated).toBe(1);
  });
});

describe('what is kept of a file', () => {
  test('modes, owners, times to the nanosecond, links as they are, empty folders, odd names; in the tar too', async () => {
    const world = filesWorld();
    const path = await folderWith({
      'run.sh': '#!/bin/sh\n',
      'é ü/日本.txt': 'x',
      '.hidden': 'h',
      '\ue000': '1',
      𐀀: '2',
    });
    execFileSync('chmod', ['4750', join(path, 'run.sh')]);
    execFileSync('touch', ['-d', '2001-02-03T04:05:06.123456789Z', join(path, 'run.sh')]);
    execFileSync('touch', ['-d', '1960-01-01T00:00:00Z', join(path, '.hidden')]);
    await mkdir(join(path, 'empty'), { mode: 0o700 });
    await writeFile(join(path, 'nothing'), '');
    await symlink('../outside', join(path, 'link'));
    await link(join(path, 'run.sh'), join(path, 'same.sh'));
    const { entries, component, facts } = await world.backup({ path });
    expect([...entries.keys()]).toEqual([
      '.hidden',
      'empty/',
      'link',
      'nothing',
      'run.sh',
      'same.sh',
      'é ü/',
      'é ü/日本.txt',
      '\ue000',
      '𐀀',
    ]);
    const { uid, gid } = await lstat(path);
    expect(entries.get('run.sh')).toMatchObject({ mode: 0o4750, uid, gid, mtime: '981173106.123456789' });
    expect(entries.get('.hidden')).toMatchObject({ mtime: '-315619200.000000000' });
    expect(entries.get('empty/')).toMatchObject({ type: 'dir', mode: 0o700 });
    expect(entries.get('link')).toMatchObject({ type: 'symlink', target: '../outside' });
    expect(entries.get('nothing')).toMatchObject({ size: 0, sha256: sha256('') });
    expect(entries.get('nothing')).not.toHaveProperty('at');
    expect(facts.root).toMatchObject({ mode: 0o755 });

    const pack = component.segments[1];
    if (pack === undefined) throw new Error('no pack');
    const tar = await world.tarOf(pack);
    const out = join(base, `out${++count}`);
    await mkdir(out);
    execFileSync('tar', ['-xpf', '-', '-C', out], { input: tar });
    expect(
      execFileSync('find', ['.', '-printf', '%p %m %l\\n'], { cwd: out })
        .toString()
        .split('\n')
        .filter(Boolean)
        .sort(),
    ).toEqual(
      [
        '. 755 ',
        './.hidden 644 ',
        './empty 700 ',
        './link 777 ../outside',
        './run.sh 4750 ',
        './é ü 755 ',
        './é ü/日本.txt 644 ',
        './\ue000 644 ',
        './𐀀 644 ',
      ].sort(),
    );
    expect((await lstat(join(out, 'run.sh'), { bigint: true })).mtimeNs).toBe(981173106123456789n);
  });

  test.each([
    ['gzip', 'tar-gzip'],
    ['none', 'tar'],
    ['bzip2', 'tar-bzip2'],
  ])('compression %s is what such a program reads', async (compression, encoding) => {
    const text = 'one '.repeat(100_000);
    const { component } = await filesWorld().backup({
      path: await folderWith({ 'a.txt': text }),
      compression,
    });
    expect(component.segments[1]).toMatchObject({ encoding, contents: { bytes: text.length } });
  });

  test('a pack says what its tar holds, so that it can be proven alone', async () => {
    const world = filesWorld();
    const path = await folderWith({ 'a.txt': 'one', 'b.txt': 'two' });
    const { component } = await world.backup({ path });
    const pack = component.segments[1];
    expect(pack?.contents).toEqual({
      members: 2,
      bytes: 6,
      digest: packDigest([
        { path: 'a.txt', content: Buffer.from('one') },
        { path: 'b.txt', content: Buffer.from('two') },
      ]),
    });
  });

  test('packs end at their bytes, and a file that is too long for one with others is one by itself', async () => {
    const world = filesWorld({ packBytes: 1000 });
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [
        `f${String(at).padStart(2, '0')}`,
        randomBytes(at === 5 ? 5000 : 300),
      ]),
    );
    const { component } = await world.backup({ path: await folderWith(files) });
    const packs = component.segments.slice(1).map((segment) => contentsOf(segment).members);
    expect(packs).toEqual([3, 2, 1, 3, 3]);
  });
});

describe('what is not backed up', () => {
  test('sockets and pipes are named with why, and fail nothing', async () => {
    const world = filesWorld();
    const path = await folderWith({ 'a.txt': 'one' });
    execFileSync('mkfifo', [join(path, 'pipe')]);
    const server = createServer().listen(join(path, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const { facts, manifest, entries } = await world.backup({ path });
    server.close();
    expect(facts.skipped).toEqual([
      { path: 'pipe', code: 'special', why: 'it is a named pipe' },
      { path: 'socket', code: 'special', why: 'it is a socket' },
    ]);
    expect(entries.get('pipe')).toMatchObject({ type: 'skipped' });
    expect(manifest.warnings.join()).toContain('"pipe" (it is a named pipe), "socket" (it is a socket)');
  });

  test('a name that is no UTF-8 fails the backup, or is spelled out and told; never mangled', async () => {
    const world = filesWorld();
    const path = await folderWith({ 'a.txt': 'one', 'is \ufffd really': 'two' });
    execFileSync('sh', ['-c', `printf x > "$(printf 'caf\\351')"`], { cwd: path });
    expect((await world.run({ path })).error).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining('caf\\\\xe9'),
    });
    const { entries } = await world.backup({ path, onChangedFile: 'warn' });
    expect([...entries.keys()]).toEqual(['a.txt', 'caf\\xe9', 'is \ufffd really']);
    expect(entries.get('caf\\xe9')).toMatchObject({ type: 'skipped', code: 'name' });
    expect(entries.get('is \ufffd really')).toMatchObject({ type: 'file' });
  });

  test('a name that is no UTF-8 beside a file called as it is spelled: both are in the index', async () => {
    const world = filesWorld();
    const path = await folderWith({ 'caf\\xe9': 'this one is one' });
    execFileSync('sh', ['-c', `printf x > "$(printf 'caf\\351')"`], { cwd: path });
    const { entries } = await world.backup({ path, onChangedFile: 'warn' });
    expect(entries.get('caf\\xe9')).toMatchObject({ type: 'file', size: 15 });
    expect(entries.get('caf\\xe9?')).toMatchObject({ type: 'skipped', code: 'name' });
  });

  test('globs: excluded folders are not entered, dot files are files like others', async () => {
    const world = filesWorld();
    const path = await folderWith({
      'a.jpg': '1',
      'a.txt': '2',
      'deep/er/b.jpg': '3',
      'cache/c.jpg': '4',
      'x/cache/d.jpg': '5',
      '.d/e.jpg': '6',
    });
    const { entries } = await world.backup({ path, include: ['**/*.jpg'], exclude: ['**/cache'] });
    const files = [...entries.values()].filter(({ type }) => type === 'file').map(({ path: name }) => name);
    expect(files).toEqual(['.d/e.jpg', 'a.jpg', 'deep/er/b.jpg']);
    expect([...entries.keys()].filter((name) => name.includes('cache'))).toEqual([]);
  });

  test('an empty folder where files were fails, or with warn is told: it may not be mounted', async () => {
    const world = filesWorld();
    const path = await folderWith({ 'a.txt': 'one' });
    await world.backup({ path });
    await rm(join(path, 'a.txt'));
    expect((await world.run({ path })).error).toMatchObject({
      code: 'SOURCE_MISSING_OBJECT',
      message: expect.stringContaining('has no file, where the last backup had 1: is it mounted?'),
    });
    const { manifest } = await world.backup({ path, onChangedFile: 'warn' });
    expect(manifest.warnings.join()).toContain('has no file, where the last backup had 1');
  });

  test('a path that is not there is the first thing said', async () => {
    const world = filesWorld();
    expect((await world.run({ path: join(base, 'nowhere') })).error?.code).toBe('SOURCE_MISSING_OBJECT');
  });
});

describe('a file that changes while it is read', () => {
  const changing = (change: (path: string, time: number) => Promise<void>) => {
    let times = 0;
    return async (path: string) => {
      if (path === 'log.txt') await change(path, ++times);
    };
  };

  test('is read again, and what is stored is one state of it', async () => {
    const path = await folderWith({ 'a.txt': 'one', 'log.txt': 'two' });
    const afterRead = changing(async (name, time) => {
      if (time === 1) await writeFile(join(path, name), 'longer than before');
    });
    const { entries, facts } = await filesWorld({ afterRead }).backup({ path });
    expect(entries.get('log.txt')).toMatchObject({ sha256: sha256('longer than before'), size: 18 });
    expect(facts.skippedTotal).toBe(0);
  });

  test.each([
    ['grows', (file: string, time: number) => writeFile(file, 'x'.repeat(100 + time)), 'changed'],
    ['shrinks', (file: string, time: number) => truncate(file, 90 - time), 'changed'],
    ['is rewritten with the same length', (file: string) => utimes(file, 1, Math.random() * 1e9), 'changed'],
  ])('and %s each time fails the backup, or is recorded and told', async (_, change, code) => {
    const files = { 'a.txt': 'one', 'log.txt': 'twelve bytes'.repeat(8) };
    const policies = ['fail', 'warn'] as const;
    const [failed, warned] = await Promise.all(
      policies.map(async (onChangedFile) => {
        const path = await folderWith(files);
        const afterRead = changing((name, time) => change(join(path, name), time));
        const world = filesWorld({ afterRead });
        const row = await world.run({ path, onChangedFile });
        return { row, backup: row.status === 'completed' ? await world.read(row) : undefined };
      }),
    );
    expect(failed?.row.error).toMatchObject({
      code: 'FILE_CHANGED',
      message: expect.stringContaining('"log.txt"'),
    });
    expect(warned?.backup?.facts.skipped).toMatchObject([{ path: 'log.txt', code }]);
    expect(warned?.backup?.entries.get('a.txt')).toMatchObject({ type: 'file' });
    expect(warned?.row.warnings?.join()).toContain('"log.txt"');
  });

  test('a file that is gone when it is to be read fails the attempt, or is recorded and told', async () => {
    const runWith = async (onChangedFile: 'fail' | 'warn') => {
      const path = await folderWith({ 'a.txt': 'one', 'b.txt': 'two', 'zz/late.txt': 'four' });
      const afterRead = async (name: string) => {
        if (name === 'a.txt') await rm(join(path, 'zz/late.txt'), { force: true });
      };
      // A pack each: the last one is read when the first one is done.
      const world = filesWorld({ afterRead, packBytes: 3 });
      return world.backup({ path, onChangedFile, parallelism: 1 });
    };
    const again = await runWith('fail');
    // The next attempt lists anew, and does not find it.
    expect(again.manifest.attempt).toBe(2);
    expect([...again.entries.keys()]).toEqual(['a.txt', 'b.txt', 'zz/']);
    expect((await runWith('warn')).facts.skipped).toMatchObject([{ path: 'zz/late.txt', code: 'vanished' }]);
  });

  test('a long one that changes while it streams leaves a void member, and is written again', async () => {
    const before = randomBytes(12 * 1024 * 1024);
    const after = randomBytes(12 * 1024 * 1024);
    const path = await folderWith({ 'a.txt': 'one', 'long.bin': before });
    let changed = false;
    const world = filesWorld({
      afterRead: async (name) => {
        if (name !== 'long.bin' || changed) return;
        changed = true;
        await writeFile(join(path, 'long.bin'), after);
      },
    });
    const { entries, component } = await world.backup({ path });
    expect(entries.get('long.bin')).toMatchObject({
      sha256: createHash('sha256').update(after).digest('hex'),
    });
    const pack = component.segments[1];
    expect(pack && contentsOf(pack)).toMatchObject({ members: 3, voids: [1] });
  });
});
