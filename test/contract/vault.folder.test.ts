/** The folder vault: the contract as far as a folder can keep it, and what belongs to folders alone. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderVault } from '../../adapters/folder/vault.ts';
import type { ObjectAttributes } from '../../core/ports/vault.ts';
import { all, vaultContract } from './vault.ts';

const attributes: ObjectAttributes = {
  role: 'probe',
  tier: 'manual',
  planId: 'shop',
  storageClass: 'STANDARD',
};

let base: string;
let count = 0;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'holdfast-folder-'));
});

afterAll(() => rm(base, { recursive: true, force: true }));

async function emptyFolder(): Promise<string> {
  const folder = join(base, `folder-${++count}`);
  await mkdir(folder);
  return folder;
}

vaultContract(
  'a folder',
  async () => {
    const folder = await emptyFolder();
    return { vault: folderVault(folder), unfinishedUploads: () => partsIn(folder), longBytes: 300_000 };
  },
  { attributes: true },
);

/** Temporary files: what an unfinished upload is to a bucket. */
async function partsIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.includes('.holdfast-part-')).length;
}

describe('a folder vault', () => {
  test('reads copies that another program put there, under the same keys, whatever version is asked for', async () => {
    const folder = await emptyFolder();
    await mkdir(join(folder, 'plans/shop/b1'), { recursive: true });
    await writeFile(join(folder, 'plans/shop/b1/manifest'), 'a manifest');
    const vault = folderVault(folder);
    const stream = await vault.read('plans/shop/b1/manifest', { versionId: 'of-the-bucket' });
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('a manifest');
    const state = await vault.head('plans/shop/b1/manifest', { versionId: 'of-the-bucket' });
    expect(state).toMatchObject({ lengthBytes: 10, tags: {}, storageClass: 'STANDARD' });
    expect(state?.versionId).toBeUndefined();
    expect(await all(vault.folders('plans/'))).toEqual(['shop']);
  });

  test.each([
    '../outside',
    'plans/../../outside',
    '/etc/passwd',
    'plans//x',
    './x',
    'plans/x\\..\\y',
    'x/',
    '',
  ])('the key %j is refused everywhere, and nothing is made', async (key) => {
    const folder = await emptyFolder();
    await writeFile(join(base, 'outside'), 'secret');
    const vault = folderVault(folder);
    const invalid = expect.objectContaining({ code: 'INVALID_INPUT' });
    await expect(vault.read(key)).rejects.toEqual(invalid);
    await expect(vault.head(key)).rejects.toEqual(invalid);
    await expect(vault.write(key, [Buffer.from('x')], attributes)).rejects.toEqual(invalid);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each(['../', '/', 'plans/../../'])('the prefix %j is refused', async (prefix) => {
    const vault = folderVault(await emptyFolder());
    const invalid = expect.objectContaining({ code: 'INVALID_INPUT' });
    await expect(all(vault.list(prefix))).rejects.toEqual(invalid);
    await expect(all(vault.folders(prefix))).rejects.toEqual(invalid);
  });

  test('what lies behind a symbolic link is not in the vault, and nothing is written through one', async () => {
    const folder = await emptyFolder();
    const elsewhere = await emptyFolder();
    await writeFile(join(elsewhere, 'secret'), 'secret');
    await symlink(join(elsewhere, 'secret'), join(folder, 'file'));
    await symlink(elsewhere, join(folder, 'directory'));
    const vault = folderVault(folder);
    for (const key of ['file', 'directory/secret']) {
      expect(await vault.head(key)).toBeUndefined();
      await expect(vault.read(key)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    }
    expect(await all(vault.list(''))).toEqual([]);
    expect(await all(vault.list('directory/'))).toEqual([]);
    expect(await all(vault.folders(''))).toEqual([]);
    const through = vault.write('directory/new', [Buffer.from('x')], attributes);
    await expect(through).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const over = vault.write('file', [Buffer.from('secret')], attributes);
    await expect(over).rejects.toMatchObject({ code: 'OBJECT_EXISTS' });
    expect(await readdir(elsewhere)).toEqual(['secret']);
  });

  test('the folder itself may be reached by a link', async () => {
    const folder = await emptyFolder();
    await symlink(folder, join(base, 'link'));
    const vault = folderVault(join(base, 'link'));
    await vault.write('plans/x', [Buffer.from('x')], attributes);
    expect(await readFile(join(folder, 'plans/x'), 'utf8')).toBe('x');
    expect((await vault.head('plans/x'))?.lengthBytes).toBe(1);
  });

  test('a folder that is not there is an error everywhere, never "nothing there"', async () => {
    const vault = folderVault(join(base, 'nowhere'));
    const refused = expect.objectContaining({
      code: 'VAULT_REFUSED',
      message: expect.stringContaining('does not exist'),
    });
    await expect(vault.head('k')).rejects.toEqual(refused);
    await expect(vault.read('k')).rejects.toEqual(refused);
    await expect(vault.write('k', [Buffer.from('x')], attributes)).rejects.toEqual(refused);
    await expect(all(vault.list(''))).rejects.toEqual(refused);
    await expect(all(vault.folders('plans/'))).rejects.toEqual(refused);
  });

  test.skipIf(process.getuid?.() === 0)(
    'a directory that may not be read is an error, not an empty one',
    async () => {
      const folder = await emptyFolder();
      const vault = folderVault(folder);
      await vault.write('plans/x', [Buffer.from('x')], attributes);
      await chmod(join(folder, 'plans'), 0);
      try {
        await expect(all(vault.list(''))).rejects.toMatchObject({ code: 'VAULT_REFUSED' });
        await expect(vault.head('plans/x')).rejects.toMatchObject({ code: 'VAULT_REFUSED' });
      } finally {
        await chmod(join(folder, 'plans'), 0o700);
      }
    },
  );

  test('directories, and what a write that died left behind, are no objects', async () => {
    const folder = await emptyFolder();
    await mkdir(join(folder, 'plans/empty'), { recursive: true });
    await writeFile(join(folder, 'plans/.holdfast-part-0011'), 'half');
    const vault = folderVault(folder);
    expect(await all(vault.list(''))).toEqual([]);
    expect(await all(vault.folders(''))).toEqual([]);
    expect(await vault.head('plans')).toBeUndefined();
    await expect(vault.read('plans')).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
  });

  test('a name that is too long for the disk is not there, and cannot be written', async () => {
    const vault = folderVault(await emptyFolder());
    const key = `plans/${'x'.repeat(300)}`;
    expect(await vault.head(key)).toBeUndefined();
    await expect(vault.read(key)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    await expect(vault.write(key, [Buffer.from('x')], attributes)).rejects.toMatchObject({
      code: 'VAULT_UNAVAILABLE',
    });
  });

  test('files are dated by the clock that was given', async () => {
    const folder = await emptyFolder();
    const now = new Date('2026-11-21T02:00:00.000Z');
    const vault = folderVault(folder, { now: () => now });
    await vault.write('plans/x', [Buffer.from('x')], attributes);
    expect((await stat(join(folder, 'plans/x'))).mtime).toEqual(now);
    expect((await vault.head('plans/x'))?.lastModifiedAt).toBe(now.toISOString());
  });
});
