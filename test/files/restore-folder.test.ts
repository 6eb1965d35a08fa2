/** Restoring into folders of a real file system: everything arrives, nothing lands outside, failures leave nothing. */
import { execFileSync } from 'node:child_process';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimName } from '../../adapters/files/place-claim.ts';
import { folderTarget } from '../../adapters/files/place-folder.ts';
import { type FilesBackup, filesBackup, type SourceThing, sha256Of } from '../support/files-backup.ts';
import { contextOf, recovery, restore } from './restore-support.ts';

let base: string;
let serial = 0;
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-files-')));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** A folder of its own for each test, with the source's folder in it and something beside it that must stay as it is. */
async function place() {
  const dir = join(base, String(serial++));
  await mkdir(join(dir, 'source'), { recursive: true });
  await writeFile(join(dir, 'outside'), 'untouched');
  const source = { path: join(dir, 'source') };
  return { dir, source, target: join(dir, 'source.restored-20261121T150000Z') };
}

const everything: readonly SourceThing[] = [
  { path: '', type: 'dir', mode: 0o750, mtime: '1600000000' },
  { path: 'a.txt', content: 'alpha', mode: 0o640, mtime: '1700000000.123456' },
  { path: 'again.txt', content: 'alpha', mode: 0o600 },
  { path: 'empty', mode: 0o644 },
  { path: 'empty-folder/', type: 'dir', mode: 0o700 },
  { path: 'folder/', type: 'dir', mode: 0o500, mtime: '1650000000' },
  { path: 'folder/inner/', type: 'dir', mode: 0o555, mtime: '1650000001' },
  { path: 'folder/inner/run', content: '#!/bin/sh', mode: 0o755 },
  { path: 'folder/link', type: 'symlink', target: '../a.txt', mtime: '1500000000' },
  { path: 'ü 漢 🜁\n', content: 'strange', mode: 0o644 },
];

describe('everything', () => {
  it('comes back with contents, modes, times, links and empty folders, into a new folder', async () => {
    const { source, target, dir } = await place();
    const backup = await filesBackup({ things: everything, compression: 'zstd', filesPerPack: 2 });
    const progress: string[] = [];
    const outcome = await restore(backup, { source, onProgress: ({ segment }) => progress.push(segment) });
    expect(outcome.target).toBe(target);
    expect(outcome.skipped).toEqual([]);
    expect(outcome.comparison?.differences).toEqual([]);
    expect(outcome.comparison?.compared).toMatchObject({
      files: 5,
      filesWithTheirHash: 5,
      folders: 4,
      links: 1,
    });
    expect(progress).toContain('pack-1');
    for (const { path, type = 'file', content = '', mode = 0, mtime } of everything) {
      const found = await lstat(join(target, path));
      if (type === 'symlink') expect(await readlink(join(target, path))).toBe('../a.txt');
      else expect(found.mode & 0o7777, path).toBe(mode);
      if (type === 'file') expect(await readFile(join(target, path), 'utf8')).toBe(content);
      expect(found.mtimeMs / 1000, path).toBeCloseTo(Number(mtime ?? '1700000000.123456789'), 3);
    }
    expect((await readdir(dir)).sort()).toEqual(['outside', 'source', 'source.restored-20261121T150000Z']);
    expect(
      (await readdir(target, { recursive: true })).filter((name) => name.includes('holdfast-part')),
    ).toEqual([]);
  });

  it('gives files to their owners as root, and says so where it cannot', async () => {
    const { source, target, dir } = await place();
    const things = [{ path: 'f', content: 'x', mode: 0o4755, uid: 1234, gid: 5678 }];
    const backup = await filesBackup({ things });
    if (process.getuid?.() !== 0) return;
    await restore(backup, { source });
    expect(await lstat(join(target, 'f'))).toMatchObject({ uid: 1234, gid: 5678, mode: 0o104755 });
    const elsewhere = join(dir, 'as-nobody');
    const { seteuid, setegid, geteuid, getegid } = process;
    expect([geteuid?.(), getegid?.(), typeof seteuid, typeof setegid]).toEqual([
      0,
      0,
      'function',
      'function',
    ]);
    const getuid = process.getuid;
    // What the target asks to know whether it may give files away.
    process.getuid = () => 4711;
    try {
      const outcome = await restore(backup, { source, to: elsewhere });
      expect(outcome.skipped).toEqual([
        'the owners of 1 files and folders: only root may give files away, they belong to whoever ran this',
      ]);
    } finally {
      process.getuid = getuid;
    }
    // Set-user-id is not given to another owner.
    expect((await lstat(join(elsewhere, 'f'))).mode & 0o7777).toBe(0o755);
  });

  it('by exact path, by folder and by glob, with the folders that lead there', async () => {
    const { source, dir } = await place();
    const backup = await filesBackup({ things: everything });
    const to = (name: string) => join(dir, name);
    await restore(backup, { source, to: to('one'), paths: ['folder/inner/run'] });
    expect((await readdir(to('one'), { recursive: true })).sort()).toEqual([
      'folder',
      'folder/inner',
      'folder/inner/run',
    ]);
    expect((await lstat(to('one/folder/inner'))).mode & 0o7777).toBe(0o555);
    await restore(backup, { source, to: to('folder'), paths: ['folder'] });
    expect((await readdir(to('folder'), { recursive: true })).sort()).toEqual([
      'folder',
      'folder/inner',
      'folder/inner/run',
      'folder/link',
    ]);
    await restore(backup, { source, to: to('globs'), paths: ['*.txt'] });
    expect((await readdir(to('globs'))).sort()).toEqual(['a.txt', 'again.txt']);
    await expect(restore(backup, { source, to: to('none'), paths: ['*.jpg'] })).rejects.toThrow(
      /nothing in the backup matches "\*\.jpg"/,
    );
    expect(await readdir(dir)).not.toContain('none');
  });

  it("from a bucket's backup too, where keys that no folder can hold are reported", async () => {
    const { source, dir } = await place();
    const things: SourceThing[] = ['a//b', '/abs', '../up', 'ok/x', 'ok', 'fine'].map((path) => ({
      path,
      content: path,
      etag: '"e"',
    }));
    things.push({ path: 'marker/', type: 'dir', etag: '"m"', contentType: 'application/x-directory' });
    const backup = await filesBackup({ things, place: { bucket: 'uploads', prefix: '' } });
    const outcome = await restore(backup, { source, to: join(dir, 'out') });
    expect((await readdir(join(dir, 'out'), { recursive: true })).sort()).toEqual(['fine', 'marker', 'ok']);
    expect(outcome.skipped).toEqual([
      '../up: its path has . or .. in it',
      '/abs: its path is absolute',
      'a//b: its path has two slashes in a row, which a folder cannot keep apart from one',
      'ok/x: "ok" is a file here, and cannot be a folder as well',
    ]);
    // Nobody said who may read it.
    expect((await lstat(join(dir, 'out/fine'))).mode & 0o777).toBe(0o600);
  });
});

describe('nothing lands outside of the target', () => {
  const hostile: SourceThing[] = [
    { path: '../outside', content: 'evil' },
    { path: '/etc/holdfast-evil', content: 'evil' },
    { path: 'a/../../outside', content: 'evil' },
    { path: 'abs', type: 'symlink', target: '/etc' },
    { path: 'climb', type: 'symlink', target: '../outside' },
    { path: 'sub/hop', type: 'symlink', target: 'x/../../..' },
    { path: 'good', content: 'good' },
    { path: 'inner', type: 'symlink', target: 'sub' },
    { path: 'inner/through', content: 'evil' },
    { path: 'sub/f', content: 'fine' },
  ];

  it('whatever an index says: each is left out with its reason', async () => {
    const { source, target, dir } = await place();
    const outcome = await restore(await filesBackup({ things: hostile }), { source });
    // `inner` is a link to `sub`, and the listing goes through it.
    expect((await readdir(target, { recursive: true })).sort()).toEqual([
      'good',
      'inner',
      'inner/f',
      'sub',
      'sub/f',
    ]);
    expect(await readFile(join(dir, 'outside'), 'utf8')).toBe('untouched');
    expect(outcome.skipped).toHaveLength(7);
    expect(outcome.skipped.map((line) => line.split(': ')[0])).toEqual(
      expect.arrayContaining([
        '../outside',
        '/etc/holdfast-evil',
        'a/../../outside',
        'abs',
        'climb',
        'sub/hop',
        'inner/through',
      ]),
    );
    expect(outcome.comparison?.notProven).toHaveLength(7);
  });

  it('links that lie in the target are neither followed nor replaced', async () => {
    const { source, dir } = await place();
    const to = join(dir, 'target');
    await mkdir(join(dir, 'elsewhere'));
    await mkdir(to);
    await symlink(join(dir, 'elsewhere'), join(to, 'folder'));
    await symlink(join(dir, 'outside'), join(to, 'file'));
    await mkdir(join(to, 'dir-not-file'));
    execFileSync('mkfifo', [join(to, 'pipe')]);
    const things: SourceThing[] = [
      { path: 'dir-not-file', content: 'x' },
      { path: 'file', content: 'evil' },
      { path: 'folder/', type: 'dir', mode: 0o777 },
      { path: 'folder/x', content: 'evil' },
      { path: 'pipe', content: 'x' },
      { path: 'plain', content: 'fine' },
    ];
    const outcome = await restore(await filesBackup({ things }), { source, to, overwrite: true });
    expect(await readFile(join(dir, 'outside'), 'utf8')).toBe('untouched');
    expect(await readdir(join(dir, 'elsewhere'))).toEqual([]);
    expect((await lstat(join(dir, 'elsewhere'))).mode & 0o777).not.toBe(0o777);
    expect([...outcome.skipped].sort()).toEqual([
      'dir-not-file: a folder has its name in the target',
      'file: a link has its name in the target, and links there are not touched',
      'folder/: "folder" in the target is a link, and links there are not followed',
      'folder/x: "folder" in the target is a link, and links there are not followed',
      'pipe: something that is no file has its name in the target',
    ]);
    expect(await readFile(join(to, 'plain'), 'utf8')).toBe('fine');
  });

  it('a link that is put in the way while a file is being written is seen before the file gets its name', async () => {
    const { dir } = await place();
    const folder = join(dir, 'target');
    await mkdir(join(folder, 'sub'), { recursive: true });
    await mkdir(join(dir, 'elsewhere'));
    const target = await folderTarget({ folder, overwrite: true });
    const entry = { path: 'sub/f', type: 'file' as const, size: 1, sha256: 'x', mtime: '1' };
    const writer = await target.large(entry, new AbortController().signal);
    await writer.write(Buffer.from('x'));
    execFileSync('mv', [join(folder, 'sub'), join(folder, 'moved')]);
    await symlink(join(dir, 'elsewhere'), join(folder, 'sub'));
    expect(await writer.commit()).toBe('a link was put in its way while it was written');
    expect(await readdir(join(dir, 'elsewhere'))).toEqual([]);
  });

  it('names too long for the file system are left out', async () => {
    const { source, target } = await place();
    const outcome = await restore(
      await filesBackup({
        things: [
          { path: 'n'.repeat(256), content: 'x' },
          { path: 'ok', content: 'y' },
        ],
      }),
      { source },
    );
    expect(outcome.skipped).toEqual([`${'n'.repeat(256)}: a name in it is longer than 255 bytes`]);
    expect(await readdir(target)).toEqual(['ok']);
  });

  it('a target that does not tell case apart gets the first of two names', async () => {
    const { dir } = await place();
    const target = await folderTarget({ folder: join(dir, 'case'), overwrite: false });
    // This machine's file system was asked, and tells them apart.
    expect(target.foldsCase).toBe(false);
    expect(await readdir(join(dir, 'case'))).toEqual([]);
  });

  it.each([
    '/',
    '/proc/x',
    'relative',
    '/a/../b',
    's3://',
    's3://bucket//x',
    's3://bucket/a/../b',
    's3://UPPER/x',
  ])('%s is no target', (to) => {
    expect(recovery.restoreOptions.safeParse({ to }).success).toBe(false);
  });
});

describe('what is there already', () => {
  it('a folder that is not empty is refused, an empty one is taken', async () => {
    const { source, dir } = await place();
    const backup = await filesBackup({ things: everything });
    await expect(restore(backup, { source, to: dir })).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    await expect(restore(backup, { source, to: join(dir, 'outside') })).rejects.toMatchObject({
      code: 'TARGET_UNSUITABLE',
    });
    await expect(restore(backup, { source, to: join(dir, 'no', 'parent') })).rejects.toMatchObject({
      code: 'TARGET_UNSUITABLE',
    });
    await mkdir(join(dir, 'empty'));
    await restore(backup, { source, to: join(dir, 'empty') });
    expect(await readdir(join(dir, 'empty'))).toContain('a.txt');
    expect((await lstat(join(dir, 'empty'))).mode & 0o777).toBe(0o750);
  });

  it('replace writes what differs, sets modes and times, deletes nothing, and says so', async () => {
    const { source } = await place();
    const things: SourceThing[] = [
      { path: 'changed', content: 'as it was', mode: 0o600 },
      { path: 'gone', content: 'deleted since', mode: 0o600 },
      { path: 'same', content: 'the same', mode: 0o640, mtime: '1600000000' },
    ];
    await writeFile(join(source.path, 'changed'), 'as it is!');
    await writeFile(join(source.path, 'same'), 'the same');
    await writeFile(join(source.path, 'new'), 'came later');
    await chmod(join(source.path, 'same'), 0o777);
    const { ino } = await lstat(join(source.path, 'same'));
    const outcome = await restore(await filesBackup({ things }), { source, replace: true });
    expect(outcome.target).toBe(source.path);
    expect((await readdir(source.path)).sort()).toEqual(['changed', 'gone', 'new', 'same']);
    expect(await readFile(join(source.path, 'changed'), 'utf8')).toBe('as it was');
    expect(await lstat(join(source.path, 'same'))).toMatchObject({ ino, mtimeMs: 1.6e12, mode: 0o100640 });
    expect(outcome.nextSteps.join(' ')).toMatch(
      /2 files were written to .*, 1 were there already.*Nothing was deleted/,
    );
    expect(outcome.comparison?.compared.filesWithTheirHash).toBe(3);
  });

  it('choices that exclude one another are refused before anything is opened', async () => {
    const { source, dir } = await place();
    const backup = await filesBackup({ things: everything });
    await expect(restore(backup, { source, replace: true, to: dir })).rejects.toThrow(
      /^to: goes with a new place only/,
    );
    await expect(restore(backup, { source, overwrite: true })).rejects.toThrow(/^overwrite: goes with to/);
    expect(backup.opened).toEqual([]);
  });
});

describe('a folder that was there, and empty', () => {
  const mtime = '1700000000';
  const file = (path: string) => ({ path, type: 'file', size: 1, mtime, sha256: sha256Of('x') }) as const;
  const live = () => new AbortController().signal;

  it('is not believed to be ours: a folder that becomes a link is not written through', async () => {
    const { dir } = await place();
    const [folder, outside] = [join(dir, 'in'), join(dir, 'elsewhere')];
    await mkdir(folder, { mode: 0o777 });
    await mkdir(outside);
    const target = await folderTarget({ folder, overwrite: false });
    expect(await target.small(file('d/one'), Buffer.from('x'), live())).toBeUndefined();
    await rename(join(folder, 'd'), join(folder, 'aside'));
    await symlink(outside, join(folder, 'd'));
    expect(await target.small(file('d/two'), Buffer.from('x'), live())).toMatch(/link/);
    expect(await readdir(outside)).toEqual([]);
    // Also when it becomes one while a file is being written.
    await rm(join(folder, 'd'));
    await rename(join(folder, 'aside'), join(folder, 'd'));
    const writer = await target.large(file('d/three'), live());
    await writer.write(Buffer.from('x'));
    await rename(join(folder, 'd'), join(folder, 'aside'));
    await cp(join(folder, 'aside'), outside, { recursive: true });
    await symlink(outside, join(folder, 'd'));
    expect(await writer.commit()).toMatch(/link/);
    expect(await readdir(outside)).not.toContain('three');
  });

  it('has its modes set by what it is, not by what a link of its name leads to', async () => {
    const { dir } = await place();
    const [folder, outside] = [join(dir, 'in'), join(dir, 'elsewhere')];
    await mkdir(outside, { mode: 0o700 });
    const target = await folderTarget({ folder, overwrite: false });
    const entry = { path: '', type: 'dir', mode: 0o777, mtime } as const;
    await target.folder(entry);
    await rename(folder, join(dir, 'aside'));
    await symlink(outside, folder);
    await expect(target.finish()).rejects.toMatchObject({ code: 'TARGET_UNSUITABLE' });
    expect((await lstat(outside)).mode & 0o777).toBe(0o700);
  });

  it('is taken by one restore at a time, and free again after it', async () => {
    const { dir } = await place();
    const folder = join(dir, 'in');
    await mkdir(folder);
    const claims = await Promise.allSettled([1, 2, 3].map(() => folderTarget({ folder, overwrite: false })));
    const taken = claims.flatMap((claim) => (claim.status === 'fulfilled' ? [claim.value] : []));
    expect(taken).toHaveLength(1);
    expect(claims.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: { code: 'TARGET_EXISTS' } },
      { reason: { code: 'TARGET_EXISTS' } },
    ]);
    expect(await readdir(folder)).toContain(claimName);
    await expect(folderTarget({ folder, overwrite: false })).rejects.toThrow(/Another restore is at work/);
    expect(await taken[0]?.undo()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    await (await folderTarget({ folder, overwrite: false })).finish();
    expect(await readdir(folder)).toEqual([]);
  });

  it('loses what a failed restore made, and nothing that others put there meanwhile', async () => {
    const { dir } = await place();
    const folder = join(dir, 'in');
    await mkdir(folder);
    const target = await folderTarget({ folder, overwrite: false });
    await mkdir(join(folder, 'theirs'));
    await writeFile(join(folder, 'theirs/kept'), 'kept');
    await writeFile(join(folder, 'also'), 'kept');
    for (const path of ['ours', 'd/e/f', 'theirs/new'])
      expect(await target.small(file(path), Buffer.from('x'), live())).toBeUndefined();
    expect(await target.link({ path: 'link', type: 'symlink', mtime, target: 'ours' })).toBeUndefined();
    expect(await target.undo()).toEqual([`1 new files below ${folder}`]);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual([
      'also',
      'theirs',
      'theirs/kept',
      'theirs/new',
    ]);
  });

  it('that is a link to where no files are is refused', async () => {
    const { dir } = await place();
    await symlink('/proc/self', join(dir, 'in'));
    await expect(folderTarget({ folder: join(dir, 'in'), overwrite: true })).rejects.toThrow(
      /holds no files/,
    );
  });
});

describe('a restore that fails', () => {
  const things = Array.from({ length: 30 }, (_, at) => ({
    path: `d${at % 3}/f${at}`,
    content: `content ${at}`,
  }));
  async function damaged(): Promise<FilesBackup> {
    return filesBackup({
      things,
      filesPerPack: 5,
      edit: (entry) =>
        entry.type === 'file' && entry.path === 'd2/f29' ? { ...entry, sha256: 'ab'.repeat(32) } : entry,
    });
  }

  it('leaves no folder that was not there before, and empties one that was empty', async () => {
    const { source, target, dir } = await place();
    await expect(restore(await damaged(), { source })).rejects.toMatchObject({ code: 'INTEGRITY_HASH' });
    expect(await readdir(dir)).not.toContain(target.slice(dir.length + 1));
    await mkdir(join(dir, 'empty'));
    await expect(restore(await damaged(), { source, to: join(dir, 'empty') })).rejects.toMatchObject({
      code: 'INTEGRITY_HASH',
    });
    expect(await readdir(join(dir, 'empty'))).toEqual([]);
  });

  it('says exactly what it wrote where things lay before', async () => {
    const { source, dir } = await place();
    const to = join(dir, 'used');
    await mkdir(join(to, 'd0'), { recursive: true });
    await writeFile(join(to, 'd0/f0'), 'older');
    const error = await restore(await damaged(), { source, to, overwrite: true }).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toMatch(
      /this is left on the target: \d+ new files below .*used; 1 files that were written over below .*used: "d0\/f0"/,
    );
    expect((await readdir(to, { recursive: true })).filter((name) => name.includes('holdfast-part'))).toEqual(
      [],
    );
  });

  it('because it was cancelled, ends within a second and leaves nothing', async () => {
    const { source, target, dir } = await place();
    const controller = new AbortController();
    const backup = await filesBackup({
      things: [{ path: 'big', content: Buffer.alloc(20_000_000, 1) }, ...things],
    });
    const began = performance.now();
    const running = restore(backup, {
      source,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('cancelled by a person')),
    });
    await expect(running).rejects.toThrow('cancelled by a person');
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await readdir(dir)).not.toContain(target.slice(dir.length + 1));
  });
});

describe('the drill', () => {
  it('restores everything, reads it back, and leaves nothing on the disk', async () => {
    const work = join(base, 'drill');
    const backup = await filesBackup({
      things: [...everything, { path: 'zz', type: 'skipped', why: 'EACCES' }],
      filesPerPack: 2,
      compression: 'gzip',
    });
    const proof = await recovery.drill(backup.component, backup.open, work, contextOf());
    expect(proof.differences).toEqual([]);
    expect(proof.compared).toMatchObject({ files: 5, filesReadBack: 5, folders: 4, links: 1, skipped: 1 });
    expect(proof.notProven).toEqual([{ what: 'zz', why: 'not in the backup: EACCES' }]);
    expect(await readdir(work)).toEqual([]);
    expect(recovery.drillBytes(backup.component)).toBeGreaterThan(128 * 1024 * 1024);
  });

  it("proves a bucket's keys that no folder could hold", async () => {
    const things: SourceThing[] = ['a//b', '../up', 'ok/x', 'ok'].map((path) => ({
      path,
      content: path,
      etag: '"e"',
    }));
    const backup = await filesBackup({ things, place: { bucket: 'uploads', prefix: '' } });
    const proof = await recovery.drill(backup.component, backup.open, join(base, 'drill'), contextOf());
    expect(proof.differences).toEqual([]);
    expect(proof.compared.filesReadBack).toBe(3);
    // `..` in a key is not restored anywhere.
    expect(proof.notProven.map(({ what }) => what)).toEqual(['../up: its path has . or .. in it']);
  });

  it('finds an index that is not what the evidence says, and throws for a file that is not what the index says', async () => {
    const backup = await filesBackup({ things: everything });
    const component = { ...backup.component, evidence: { ...backup.component.evidence, links: 7 } };
    const { differences } = await recovery.drill(component, backup.open, join(base, 'drill'), contextOf());
    expect(differences).toEqual(['the index has links 1, the evidence says 7']);
    const wrong = await filesBackup({
      things: everything,
      edit: (entry) => (entry.path === 'a.txt' ? ({ ...entry, size: 4 } as typeof entry) : entry),
    });
    await expect(
      recovery.drill(wrong.component, wrong.open, join(base, 'drill'), contextOf()),
    ).rejects.toMatchObject({ code: 'INTEGRITY_ARCHIVE' });
    expect(await readdir(join(base, 'drill'))).toEqual([]);
  });
});
