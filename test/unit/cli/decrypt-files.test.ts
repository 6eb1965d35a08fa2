/** What `decrypt` makes of kinds that are not PostgreSQL: names, recipes, and packs of earlier backups. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_SHA256, IndexEncoder, type IndexEntry } from '../../../adapters/files/index-format.ts';
import { contextOfKey } from '../../../core/format/context.ts';
import { backupIdFor, manifestKey, partKey } from '../../../core/format/layout.ts';
import { sealBytes } from '../../../core/format/seal.ts';
import { sealManifest } from '../../../core/format/sealed-document.ts';
import type { Component, Manifest, Segment } from '../../../core/manifest.ts';
import { harness } from './fixtures.ts';
import { type TestKeys, testKeys } from './test-keys.ts';

const run = promisify(execFile);
const planId = 'shop';
const earlier = backupIdFor(planId, '2026-11-20T02:00:00Z');
const backupId = backupIdFor(planId, '2026-11-21T02:00:00Z');
let keys: TestKeys;
let base: string;
beforeAll(async () => {
  keys = await testKeys();
  base = await mkdtemp(join(tmpdir(), 'holdfast-decrypt-files-'));
  await writeFile(join(base, 'private.json'), keys.secrets.private ?? '');
  await writeFile(join(base, 'public.json'), keys.secrets.public ?? '');
});
afterAll(() => rm(base, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function put(root: string, key: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, key)), { recursive: true });
  await writeFile(join(root, key), bytes);
}

type Described = Pick<Segment, 'index' | 'name' | 'encoding' | 'section' | 'role'>;

async function stored(root: string, owner: string, component: string, what: Described, bytes: Uint8Array) {
  const key = partKey({ planId, backupId: owner, attempt: 1, component, ...what }, 1);
  const sealed = await sealBytes(Buffer.from(bytes), keys.recipients, contextOfKey(key));
  await put(root, key, sealed);
  const parts = [{ key, lengthBytes: sealed.length, sha256: sha256(sealed) }];
  return { ...what, plainBytes: bytes.length, parts, contents: {} } satisfies Segment;
}

async function writeManifest(root: string, components: Component[], plan = {}): Promise<void> {
  const manifest: Manifest = {
    ...{ format: 'holdfast/manifest', version: 1, planId, backupId, attempt: 1, kind: 'full' },
    ...{ trigger: 'schedule', createdBy: 'scheduler', correlationId: 'c-1', tier: 'daily', plan },
    ...{ slot: '2026-11-21T02:00:00Z', startedAt: '2026-11-21T02:00:01Z' },
    ...{ completedAt: '2026-11-21T02:01:00Z', expiresAt: '2026-12-21T02:00:00Z' },
    tools: { mongodump: '100.17.0' },
    totals: { sourceBytes: 100, plainBytes: 60, storedBytes: 1000, segments: 5, objects: 7 },
    components,
    warnings: [],
  };
  const { backupSigner: signer, recipients } = keys;
  await put(root, manifestKey(planId, backupId), await sealManifest({ manifest, signer, recipients }));
}

const described = { source: 'x', facts: {}, evidence: {} };

/** Two packs, the first of an earlier backup; each content lies somewhere behind a header, as in a tar. */
async function filesComponent(root: string, extra: IndexEntry[] = []): Promise<Component> {
  const [old, fresh] = [Buffer.from('as it was yesterday'), Buffer.from('as it is today')];
  const packOf = (owner: string, content: Buffer) =>
    stored(
      ...([root, owner, 'uploads'] as const),
      { index: 1, name: 'pack', encoding: 'tar', section: 'data', role: 'pack' },
      Buffer.concat([Buffer.alloc(512), content, Buffer.alloc(512)]),
    );
  const packs = { 1: await packOf(earlier, old), 2: await packOf(backupId, fresh) };
  const mtime = '1700000000.5';
  const file = (path: string, content: Buffer, pack: number): IndexEntry => ({
    ...{ path, type: 'file', size: content.length, mtime, mode: 0o640 },
    ...{ sha256: sha256(content), at: [pack, 512] },
  });
  const entries: IndexEntry[] = [
    { path: '../outside', type: 'file', size: 0, mtime, sha256: EMPTY_SHA256 },
    { path: 'busy', type: 'skipped', code: 'changed', why: 'changed each time it was read' },
    { path: 'docs/', type: 'dir', mtime, mode: 0o750 },
    file('docs/new.txt', fresh, 2),
    // Its content was stored for another path.
    file('docs/old copy.txt', old, 1),
    file('docs/old.txt', old, 1),
    { path: 'empty', type: 'file', size: 0, mtime, sha256: EMPTY_SHA256 },
    { path: 'link', type: 'symlink', mtime, target: 'docs/old.txt' },
    ...extra,
  ];
  const lines = new IndexEncoder();
  const text = [
    lines.head({ planId, backupId, attempt: 1, component: 'uploads', packsFrom: 0 }),
    lines.pack(1, packs[1]),
    lines.pack(2, packs[2]),
    ...entries.map((entry) => lines.entry(entry)),
    lines.end().line,
  ].join('');
  const index = await stored(
    ...([root, backupId, 'uploads'] as const),
    { index: 0, name: 'index', encoding: 'files-index-zstd', section: 'index', role: 'index' },
    zstdCompressSync(Buffer.from(text)),
  );
  return {
    ...{ ...described, name: 'uploads', kind: 'files', consistency: 'per-file', title: '/srv/uploads' },
    ...{ segments: [index, packs[2]], references: [packs[1]] },
  };
}

async function decrypted(name: string, components: (root: string) => Promise<Component[]>) {
  const [from, to] = [join(base, name, 'in'), join(base, name, 'out')];
  await writeManifest(from, await components(from));
  const args = ['--key', join(base, 'private.json'), '--signers', join(base, 'public.json')];
  const decrypt = () => harness().run('--json', 'decrypt', ...args, '--in', from, '--out', to);
  return { from, to, decrypt };
}

describe('decrypt of files', () => {
  it('brings packs of earlier backups along, with a program that restores what the index names', async () => {
    const { to, decrypt } = await decrypted('files', async (root) => [await filesComponent(root)]);
    const ran = await decrypt();
    expect(ran.stderr).not.toContain('Failed');
    const folder = join(to, 'uploads');
    expect((await readdir(folder)).sort()).toEqual([
      `${earlier}-0001-pack.tar`,
      `${backupId}-0001-pack.tar`,
      'RESTORE.txt',
      'index.jsonl.zst',
      'restore-files.py',
    ]);
    const recipe = await readFile(join(folder, 'RESTORE.txt'), 'utf8');
    const commands = recipe.split('\n').filter((line) => line.startsWith('     '));
    expect(commands.map((line) => line.trim())).toEqual([
      'zstd -d --rm *.zst',
      'python3 restore-files.py restored',
      'python3 restore-files.py restored photos/2026/',
    ]);
    const shell = (command: string) =>
      run('sh', ['-c', command], { cwd: folder }).catch(
        (failed: { stdout: string; stderr: string }) => failed,
      );
    await shell(String(commands[0]));
    const told = await shell(String(commands[1]));
    expect(told.stderr.trim().split('\n')).toEqual([
      '../outside: is no path of a file here: see its line in index.jsonl',
      'busy: not in the backup: changed each time it was read',
    ]);
    const restored = join(folder, 'restored');
    expect((await readdir(restored, { recursive: true })).sort()).toEqual(
      ['docs', 'docs/new.txt', 'docs/old copy.txt', 'docs/old.txt', 'empty', 'link'].sort(),
    );
    expect(await readFile(join(restored, 'docs/old copy.txt'), 'utf8')).toBe('as it was yesterday');
    expect(await readFile(join(restored, 'docs/new.txt'), 'utf8')).toBe('as it is today');
    expect(await readlink(join(restored, 'link'))).toBe('docs/old.txt');
    const { mode, mtimeMs } = await stat(join(restored, 'docs/new.txt'));
    expect([mode & 0o777, mtimeMs]).toEqual([0o640, 1_700_000_000_500]);

    await shell(`python3 restore-files.py some docs/n`);
    expect(await readdir(join(folder, 'some'), { recursive: true })).toEqual(['docs', 'docs/new.txt']);

    const pack = join(folder, `${backupId}-0001-pack.tar`);
    const bytes = await readFile(pack);
    bytes[515] = (bytes[515] ?? 0) ^ 1;
    await writeFile(pack, bytes);
    expect((await shell('python3 restore-files.py damaged docs/')).stderr).toContain(
      'docs/new.txt: SHA-256 differs',
    );
  });

  it('of a full backup, whose packs are shared with no other, restores as well', async () => {
    const content = Buffer.from('all of it, each time');
    const mtime = '1700000000';
    const { to, decrypt } = await decrypted('full', async (root) => {
      const pack = await stored(
        ...([root, backupId, 'uploads'] as const),
        { index: 1, name: 'pack-1', encoding: 'tar', section: 'data', role: 'segment' },
        Buffer.concat([Buffer.alloc(512), content]),
      );
      const lines = new IndexEncoder();
      const entry: IndexEntry = {
        ...{ path: 'a.txt', type: 'file', size: content.length, mtime },
        ...{ sha256: sha256(content), at: [1, 512] },
      };
      const head = lines.head({ planId, backupId, attempt: 1, component: 'uploads', packsFrom: 0 });
      const text = head + lines.pack(1, pack) + lines.entry(entry) + lines.end().line;
      const index = await stored(
        ...([root, backupId, 'uploads'] as const),
        { index: 0, name: 'index', encoding: 'files-index-zstd', section: 'index', role: 'index' },
        zstdCompressSync(Buffer.from(text)),
      );
      const whose = { ...described, name: 'uploads', kind: 'files', title: '/srv/uploads' };
      return [{ ...whose, consistency: 'per-file', segments: [index, pack] }];
    });
    await decrypt();
    const folder = join(to, 'uploads');
    await run('sh', ['-c', 'zstd -d --rm *.zst && python3 restore-files.py restored'], { cwd: folder });
    expect(await readFile(join(folder, 'restored/a.txt'), 'utf8')).toBe('all of it, each time');
  });

  it('writes nothing through a link that the backup holds, and leaves no file that is not whole', async () => {
    const outside = join(base, 'outside');
    await mkdir(outside);
    const mtime = '1700000000';
    const empty = { type: 'file', size: 0, mtime, sha256: EMPTY_SHA256 } as const;
    const { to, decrypt } = await decrypted('hostile', async (root) => [
      await filesComponent(root, [
        { path: 'way', type: 'symlink', mtime, target: outside },
        { path: 'way/in', ...empty },
        { path: 'wrong', ...empty, sha256: 'ab'.repeat(32) },
      ]),
    ]);
    await decrypt();
    const folder = join(to, 'uploads');
    const restoring = 'zstd -d --rm *.zst; python3 restore-files.py restored';
    const told = await run('sh', ['-c', restoring], { cwd: folder }).catch(
      (failed: { stderr: string }) => failed,
    );
    expect(await readdir(outside)).toEqual([]);
    expect(told.stderr).toContain('wrong: SHA-256 differs');
    expect(told.stderr).toContain('way: is there already: nothing was written');
    expect((await readdir(join(folder, 'restored'))).sort()).toEqual(['docs', 'empty', 'link', 'way']);
    expect(await readdir(join(folder, 'restored/way'))).toEqual(['in']);
  });

  it('names the file of an earlier backup that was not downloaded', async () => {
    const { from, decrypt } = await decrypted('lacking', async (root) => [await filesComponent(root)]);
    await rename(join(from, 'plans', planId, earlier), join(from, 'plans', planId, 'elsewhere'));
    const ran = await decrypt();
    expect(ran.json()).toMatchObject({ error: { code: 'OBJECT_MISSING' } });
    expect(ran.stdout).toContain(`${earlier}/a01/uploads/0001-pack.0001`);
  });

  it('takes nothing of a later backup, or of another plan', async () => {
    for (const [name, from, to] of [
      ['later', earlier, '20271120T020000Z-00000000'],
      ['other', `plans/${planId}/${earlier}`, `plans/other/${earlier}`],
    ] as const) {
      const { decrypt } = await decrypted(name, async (root) => {
        const component = await filesComponent(root);
        const [reference] = component.references ?? [];
        const parts = (reference?.parts ?? []).map((part) => ({ ...part, key: part.key.replace(from, to) }));
        return [{ ...component, references: [{ ...(reference as Segment), parts }] }];
      });
      expect((await decrypt()).json()).toMatchObject({ error: { code: 'INTEGRITY_SIGNATURE' } });
    }
  });
});

describe('restore --from of files', () => {
  const plan = { id: planId, sources: [{ kind: 'files', name: 'x', path: '/srv/uploads' }] };
  const restore = async (name: string, ...more: string[]) => {
    const from = join(base, name);
    await writeManifest(from, [await filesComponent(from)], plan);
    const args = ['--key', join(base, 'private.json'), '--signers', join(base, 'public.json')];
    // Nobody agrees: nothing is restored.
    return harness({ interactive: true, answers: [false] }).run('restore', '--from', from, ...args, ...more);
  };

  it('needs no server, and refuses to be given one', async () => {
    process.env.HOLDFAST_TEST_TARGET = 'postgres://nobody@localhost/none';
    const ran = await restore('given', '--target-env', 'HOLDFAST_TEST_TARGET');
    delete process.env.HOLDFAST_TEST_TARGET;
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('--target-env: is not for files, which is restored onto no server');
  });

  it('says where they go before it begins', async () => {
    const ran = await restore('told', '--to', join(base, 'restored here'), '--path', 'docs/');
    expect(ran.stderr).toContain(`Restored into folder ${join(base, 'restored here')}: only path docs/.`);
  });
});

describe('decrypt of a MongoDB', () => {
  it('names archives by how they are packed, and says how mongorestore reads them', async () => {
    const { to, decrypt } = await decrypted('mongo', async (root) => {
      const archive = (index: number, name: string, encoding: string) =>
        stored(
          ...([root, backupId, 'orders'] as const),
          { index, name, encoding, section: 'data', role: 'segment' },
          Buffer.from('archive'),
        );
      const segments = [
        await archive(0, 'shop', 'mongo-archive-zstd'),
        await archive(1, 'old', 'mongo-archive-gzip'),
        await archive(2, 'plain', 'mongo-archive'),
      ];
      const title = 'replica set rs0';
      return [{ ...described, name: 'orders', kind: 'mongodb', consistency: 'oplog', title, segments }];
    });
    await decrypt();
    const recipe = await readFile(join(to, 'orders', 'RESTORE.txt'), 'utf8');
    const restore =
      'mongorestore --config restore.yaml --oplogReplay --stopOnError --bypassDocumentValidation';
    expect(recipe).toContain('"0 document(s) failed to restore"');
    expect(recipe).toContain('brings users and roles of the backup along');
    expect(recipe).toContain(`zstd -dc data-0000-shop.archive.zst | ${restore} --archive\n`);
    expect(recipe).toContain(`gzip -dc data-0001-old.archive.gz | ${restore} --archive\n`);
    expect(recipe).toContain(`${restore} --archive=data-0002-plain.archive\n`);
    expect(recipe).toContain('mongodump 100.17.0');
  });

  it('of a kind that a later release knows brings the files, and says so', async () => {
    const { to, decrypt } = await decrypted('tape', async (root) => [
      {
        ...{ ...described, name: 'tape', kind: 'tape', consistency: 'snapshot', title: 'tape 7' },
        segments: [
          await stored(
            ...([root, backupId, 'tape'] as const),
            { index: 0, name: 'reel', encoding: 'reel', section: 'all', role: 'segment' },
            Buffer.from('bytes'),
          ),
        ],
      },
    ]);
    expect((await decrypt()).code).toBe(0);
    expect((await readdir(join(to, 'tape'))).sort()).toEqual(['RESTORE.txt', 'all.bin']);
    expect(await readFile(join(to, 'tape', 'RESTORE.txt'), 'utf8')).toContain('does not know the kind tape');
  });
});
