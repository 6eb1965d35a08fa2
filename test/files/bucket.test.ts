/** A bucket through the real core: chains of backups, what is kept of an object, odd keys, connections that break. */
import { createHash, hash, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { filesDriver } from '../../adapters/files/driver.ts';
import { filesSourceSchema } from '../../adapters/files/source.ts';
import { memoryClock } from '../../adapters/memory/clock.ts';
import { memorySecrets } from '../../adapters/memory/secrets.ts';
import {
  type BucketOptions,
  memoryStore,
  type StoredObject,
  startBucket,
} from '../support/bucket-stand-in.ts';
import { contentsOf, filesWorld } from '../support/files-world.ts';
import { silentLog } from '../support/world.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function bucketWith(objects: Record<string, string | Buffer>, options: BucketOptions = {}) {
  const store = memoryStore();
  for (const [key, content] of Object.entries(objects)) store.put(key, content);
  const bucket = await startBucket(store, options);
  closing.push(bucket.close);
  return { ...store, ...bucket, world: filesWorld({ client: bucket.client }) };
}

const source = { bucket: 'uploads' };

describe('a bucket', () => {
  test('is listed once a run, and only what changed is read', async () => {
    const objects = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`u/${at}.jpg`, `photo ${at}`]));
    const { put, requests, world } = await bucketWith(objects, { pageEntries: 10 });
    const first = await world.backup(source);
    expect(requests).toEqual({ list: 3, get: 25 });
    expect(first.evidence).toMatchObject({ files: 25 });
    put('u/3.jpg', 'another');
    put('v.jpg', 'new');
    const second = await world.backup(source);
    expect(requests).toEqual({ list: 6, get: 27 });
    expect(second.facts.run).toMatchObject({ new: 1, changed: 1, unchanged: 24 });
    expect(second.entries.get('u/3.jpg')).toMatchObject({ sha256: hash('sha256', 'another') });
  });

  test('of another place under the same name nothing is taken for unchanged, though all looks alike', async () => {
    const { world } = await bucketWith({ 'a/x': 'here', 'b/x': 'more' });
    const elsewhere = await bucketWith({ 'a/x': 'THERE', 'b/x': 'MORE' });
    elsewhere.put('a/x', 'HERE');
    const sameLooks = { ...elsewhere.objects.get('a/x') } as StoredObject;
    elsewhere.objects.set('a/x', {
      ...sameLooks,
      etag: 'e1',
      modified: new Date(Date.UTC(2026, 0, 1) + 1000),
    });
    await world.backup(source);
    const other = { bucket: 'elsewhere' };
    const moved = await world.backup(other, { client: elsewhere.client });
    expect(moved.facts).toMatchObject({ run: { new: 2, unchanged: 0 } });
    expect(moved.facts.from).toBeUndefined();
    expect(moved.component.references).toBeUndefined();
    expect(moved.entries.get('a/x')).toMatchObject({ etag: '"e1"', sha256: hash('sha256', 'HERE') });
    // Upon that one it builds again; not upon it, when only the prefix is another.
    expect((await world.backup(other, { client: elsewhere.client })).facts.run.unchanged).toBe(2);
    const narrower = await world.backup({ ...other, prefix: 'a' }, { client: elsewhere.client });
    expect(narrower.facts.run).toMatchObject({ new: 1, unchanged: 0, gone: 0 });
    // What is left out of it does not make it another place.
    const some = { ...other, prefix: 'a', exclude: ['y'] };
    expect((await world.backup(some, { client: elsewhere.client })).facts.run.unchanged).toBe(1);
  });

  test('keeps content type, metadata and the other headers, of empty objects and folder markers too', async () => {
    const { put, world } = await bucketWith({});
    const headers = {
      'content-type': 'image/jpeg',
      'cache-control': 'max-age=60',
      'content-disposition': 'attachment; filename="a.jpg"',
      'content-encoding': 'gzip',
      'content-language': 'de',
      'x-amz-meta-owner': 'anna',
      'x-amz-version-id': 'v1',
    };
    put('a.jpg', 'photo', headers);
    put('empty', '', { 'content-type': 'text/plain' });
    put('folder/', '', { 'content-type': 'application/x-directory' });
    const { entries } = await world.backup(source);
    expect(entries.get('a.jpg')).toMatchObject({
      contentType: 'image/jpeg',
      cacheControl: 'max-age=60',
      contentDisposition: 'attachment; filename="a.jpg"',
      contentEncoding: 'gzip',
      contentLanguage: 'de',
      metadata: { owner: 'anna' },
      versionId: 'v1',
      etag: '"e1"',
    });
    expect(entries.get('empty')).toMatchObject({ type: 'file', size: 0, contentType: 'text/plain' });
    expect(entries.get('folder/')).toMatchObject({ type: 'dir', contentType: 'application/x-directory' });
    const again = await world.backup(source);
    expect(again.facts.run).toMatchObject({ unchanged: 3, readBytes: 0, new: 0 });
  });

  test('keys that no file system would take are kept as they are, under safe names in the tar', async () => {
    const keys = [
      '../up',
      '/abs',
      'a//b',
      'a b+c&<d>',
      'a/./b',
      'back\\slash',
      'end/',
      '\u0001',
      'ü/日本 %41',
      '\ue000',
      '𐀀',
    ];
    const { world } = await bucketWith(Object.fromEntries(keys.map((key) => [key, `of ${key}`])));
    const { entries, component } = await world.backup(source);
    expect([...entries.keys()].sort()).toEqual([...keys].sort());
    for (const key of keys)
      expect(entries.get(key)).toMatchObject({ type: 'file', sha256: hash('sha256', `of ${key}`) });
    const tar = component.segments[1] && (await world.tarOf(component.segments[1]));
    expect(tar?.includes('HOLDFAST.path=../up\n')).toBe(true);
    expect(tar?.includes('path=holdfast-unsafe-name\n')).toBe(true);
  });

  test('what restores wrote into it is left out, and the prefix is a folder', async () => {
    const { world } = await bucketWith({
      'holdfast-restored/x/a': '1',
      'uploads-old/b': '2',
      'uploads/': '',
      'uploads/c': '3',
    });
    const all = await world.backup(source);
    expect([...all.entries.keys()]).toEqual(['uploads-old/b', 'uploads/', 'uploads/c']);
    expect(all.facts.left).toEqual(['holdfast-restored/']);
    const some = await filesWorldLike(world, { prefix: 'uploads' });
    expect([...some.entries.keys()]).toEqual(['c']);
  });

  const filesWorldLike = (world: ReturnType<typeof filesWorld>, more: Record<string, unknown>) =>
    world.backup({ ...source, ...more, name: 'other' });

  test('an object that was replaced after it was listed is kept as it is now, of one version', async () => {
    const { put, world } = await bucketWith(
      { a: 'one', b: 'two' },
      {
        onGet: (key) => {
          if (key === 'a') put('b', 'TWO and longer');
          return undefined;
        },
      },
    );
    const { entries } = await world.backup({ ...source, parallelism: 1 });
    expect(entries.get('b')).toMatchObject({ etag: expect.any(String), type: 'file' });
    const { at: _, ...b } = entries.get('b') as { at: unknown; size: number; sha256: string };
    expect(['two', 'TWO and longer'].map((text) => hash('sha256', text))).toContain(b.sha256);
  });

  test('deleted, archived and refused objects fail the backup, or are recorded and told', async () => {
    const answers: Record<string, { status: number; code: string }> = {
      archived: { status: 403, code: 'InvalidObjectState' },
      deleted: { status: 404, code: 'NoSuchKey' },
      refused: { status: 403, code: 'AccessDenied' },
    };
    const { world } = await bucketWith(
      { a: '1', archived: '2', deleted: '3', refused: '4' },
      { onGet: (key) => answers[key] },
    );
    expect((await world.run(source)).error?.code).toMatch(/^FILE_/);
    const { facts, row } = await world.backup({ ...source, onChangedFile: 'warn' });
    expect(facts.skipped.map(({ path, code }) => [path, code])).toEqual([
      ['archived', 'archived'],
      ['deleted', 'vanished'],
      ['refused', 'unreadable'],
    ]);
    expect(row.warnings?.length).toBe(3);
  });

  test('keys that are refused for all of it fail the backup, though the plan tolerates single objects', async () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`f${at}`, `${at}`]));
    for (const [code, expected] of [
      ['AccessDenied', 'FILE_UNREADABLE'],
      ['ExpiredToken', 'ACCESS_DENIED'],
    ] as const) {
      const { world } = await bucketWith(files, { onGet: () => ({ status: 403, code }) });
      const row = await world.run({ ...source, onChangedFile: 'warn' });
      expect(row).toMatchObject({ status: 'failed', error: { code: expected } });
    }
  });

  test('refused for a key that is gone, as S3 does where only some prefixes may be listed, it counts as vanished', async () => {
    const { objects, world } = await bucketWith(
      { a: '1', gone: '2', refused: '3' },
      {
        onGet(key) {
          if (key === 'a') return undefined;
          objects.delete('gone');
          return { status: 403, code: 'AccessDenied' };
        },
      },
    );
    const { facts } = await world.backup({ ...source, onChangedFile: 'warn' });
    expect(facts.skipped.map(({ path, code }) => [path, code])).toEqual([
      ['gone', 'vanished'],
      ['refused', 'unreadable'],
    ]);
  });

  test('a connection that breaks is gone on with, of the same version; one that changed meanwhile is read anew', async () => {
    const before = randomBytes(9 * 1024 * 1024);
    const after = randomBytes(9 * 1024 * 1024);
    let cuts = 0;
    const bucket = await bucketWith(
      { long: before },
      {
        onGet: (key, _range, response) => {
          cuts += 1;
          if (cuts > 2) return undefined;
          const object = bucket.objects.get(key);
          response.writeHead(200, {
            'content-length': before.length,
            etag: `"${object?.etag}"`,
            'last-modified': object?.modified.toUTCString(),
          });
          response.write(before.subarray(0, 1_000_000), () => {
            response.destroy();
            if (cuts === 2) bucket.put('long', after);
          });
          return 'answered';
        },
      },
    );
    cuts = 1;
    const { entries, component } = await bucket.world.backup(source);
    expect(entries.get('long')).toMatchObject({ sha256: createHash('sha256').update(after).digest('hex') });
    expect(component.segments[1] && contentsOf(component.segments[1]).voids).toEqual([0]);
    cuts = 1;
    bucket.put('other', before);
    bucket.objects.delete('long');
    const resumed = await filesWorldLike(bucket.world, { onChangedFile: 'fail' });
    expect(resumed.entries.get('other')).toMatchObject({
      sha256: createHash('sha256').update(before).digest('hex'),
    });
  });

  test('a listing that is not in order is refused: files would be lost between two runs', async () => {
    const { world, list } = await bucketWith({ a: '1', b: '2' });
    expect([...list('', '')].length).toBe(2);
    const reversed = await startBucket({
      get: () => undefined,
      list: () => [...list('', '')].reverse(),
    });
    closing.push(reversed.close);
    const row = await world.run(source, { client: reversed.client });
    expect(row.error).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('not listed in order'),
    });
  });

  test('`plan test` reaches it, reads the first object and names globs that match nothing', async () => {
    const { client } = await bucketWith({ 'a.jpg': '1', 'b.txt': '2' });
    const parsed = filesSourceSchema.parse({
      kind: 'files',
      name: 'u',
      ...source,
      include: ['*.jpg', '*.png'],
    });
    const checks = await filesDriver({ allowLoopback: true, client }).test(parsed, {
      secrets: memorySecrets({}),
      clock: memoryClock('2026-11-21T02:00:00Z'),
      log: silentLog,
      signal: new AbortController().signal,
      defaultParallelism: 2,
    });
    expect(checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['place', true],
      ['list', true],
      ['read', true],
      ['globs', true],
    ]);
    expect(checks.at(-1)?.detail).toBe(
      '1 of the first 2 files are meant; warning: nothing is matched by include *.png',
    );
  });
});
