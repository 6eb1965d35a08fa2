/** What concerns a whole source is told from what concerns one file of it, whatever the plan tolerates. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../adapters/clock.ts';
import { bucketError, whyUnread } from '../../../adapters/files/bucket-errors.ts';
import { StoredContents } from '../../../adapters/files/contents.ts';
import { filesDriver } from '../../../adapters/files/driver.ts';
import { unreadOf } from '../../../adapters/files/folder-facts.ts';
import type { FileEntry, SkipCode } from '../../../adapters/files/index-format.ts';
import { rootOf } from '../../../adapters/files/origin-folder.ts';
import { Skipped } from '../../../adapters/files/skipped.ts';
import { type FilesSource, filesSourceSchema } from '../../../adapters/files/source.ts';
import { BucketTarget } from '../../../adapters/files/write-bucket.ts';
import { silentLog } from '../../../adapters/log/quiet.ts';
import { memorySecrets } from '../../../adapters/memory/secrets.ts';
import { parseEndpoint } from '../../../adapters/s3/endpoint.ts';

const refusal = (name: string, httpStatusCode: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

describe('what S3 answers of one object', () => {
  test.each([
    ['ExpiredToken', 400, 'ACCESS_DENIED'],
    ['InvalidToken', 400, 'ACCESS_DENIED'],
    ['InvalidAccessKeyId', 403, 'ACCESS_DENIED'],
    ['SignatureDoesNotMatch', 403, 'ACCESS_DENIED'],
    ['RequestTimeTooSkewed', 403, 'ACCESS_DENIED'],
    ['KMS.DisabledException', 400, 'ACCESS_DENIED'],
    ['RequestTimeout', 400, 'SOURCE_UNREACHABLE'],
    ['ThrottlingException', 400, 'SOURCE_UNREACHABLE'],
    ['SlowDown', 503, 'SOURCE_UNREACHABLE'],
  ])('%s is of the source as a whole', (name, status, code) => {
    const thrown = refusal(name, status);
    expect(whyUnread(thrown, status)).toBeUndefined();
    expect(bucketError(thrown, 'uploads').code).toBe(code);
  });

  test.each([
    ['AccessDenied', 403, 'unreadable'],
    ['InvalidRequest', 400, 'unreadable'],
    ['InvalidObjectState', 403, 'archived'],
    ['NoSuchKey', 404, 'vanished'],
  ])('%s is of that object', (name, status, code) => {
    expect(whyUnread(refusal(name, status), status)?.code).toBe(code);
  });
});

describe('what a file system answers of one file', () => {
  const failing = (code: string) => Object.assign(new Error(code), { code });
  test.each(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOTCONN'])('%s is of the source as a whole', async (code) => {
    await expect(unreadOf(failing(code), tmpdir())).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });
  test('a stale handle is of the file, unless the folder of the source is gone as well', async () => {
    expect((await unreadOf(failing('ESTALE'), tmpdir())).code).toBe('vanished');
    await expect(unreadOf(failing('ESTALE'), join(tmpdir(), 'no such mount'))).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    });
  });
  test('what may not be read is of that file', async () => {
    expect((await unreadOf(failing('EACCES'), tmpdir())).code).toBe('unreadable');
  });
});

describe('with onChangedFile: warn', () => {
  const after = (code: SkipCode, count: number, files: number) => () => {
    const skipped = new Skipped('warn', 's3://uploads/');
    for (let at = 0; at < count; at++)
      skipped.note({ path: `f${at}`, type: 'skipped', code, why: 'refused' });
    skipped.requireMost(files);
  };
  test.each([
    ['unreadable', 1, 0],
    ['archived', 3, 0],
    ['unreadable', 101, 900],
    ['vanished', 5_000, 20_000],
  ] as const)('%s: %i skipped and %i kept is no backup', (code, count, files) => {
    expect(after(code, count, files)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });
  test.each([
    ['unreadable', 0, 0],
    ['unreadable', 100, 1],
    ['unreadable', 101, 10_000],
    ['archived', 9_000, 10],
    ['special', 5_000, 0],
  ] as const)('%s: %i skipped and %i kept is one', (code, count, files) => {
    expect(after(code, count, files)).not.toThrow();
  });
});

test('packs whose ids have outgrown 32 bits are found as what they are', () => {
  const contents = new StoredContents();
  const sha = Buffer.alloc(32, 7);
  contents.add(sha, { pack: 5_000_000_003, offset: 512 });
  expect(contents.find(sha)).toEqual({ pack: 5_000_000_003, offset: 512 });
});

describe('places that hold no files', () => {
  test.each(['//proc/self/root', '/proc//x', '//dev/shm', '//sys', '//', '/dev/'])(
    '%s is refused',
    (path) => {
      const parsed = filesSourceSchema.safeParse({ kind: 'files', name: 'u', path });
      expect(parsed.error?.issues.map(({ message }) => message).join()).toContain('not /, /proc');
    },
  );
  test('also behind a link', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-link-'));
    await symlink('/proc', join(folder, 'data'));
    await expect(rootOf(join(folder, 'data'))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await rm(folder, { recursive: true });
  });
});

test("the vault's own bucket is no source; one of that name in another store is", async () => {
  const client = () => ({ destroy() {}, send: async () => ({ Contents: [] }) }) as unknown as S3Client;
  const driver = filesDriver({ allowLoopback: false, vaultBucket: 'the-vault', client });
  const context = {
    ...{ secrets: memorySecrets({}), clock: systemClock, log: silentLog, defaultParallelism: 1 },
    signal: new AbortController().signal,
  };
  const of = (fields: object) =>
    filesSourceSchema.parse({ kind: 'files', name: 'u', ...fields }) as FilesSource;
  const check = async (fields: object) => (await driver.test(of(fields), context))[0];
  expect(await check({ bucket: 'the-vault', prefix: 'plans' })).toMatchObject({
    ok: false,
    detail: expect.stringContaining('must not be the vault itself'),
  });
  expect(await check({ bucket: 'the-vault', secret: 'store' })).toMatchObject({ ok: true });
  expect(await check({ bucket: 'another' })).toMatchObject({ ok: true });
});

describe('the address of a store', () => {
  const parse = (endpoint: string) =>
    parseEndpoint(JSON.stringify({ endpoint, accessKeyId: 'a', secretAccessKey: 'b' }), 'store');
  test.each([
    'https://:pw@host/',
    'https://n@host',
    'https://host/?token=x',
    'https://host/#x',
    'https://host/p',
  ])('with more than host and port is refused, unsaid: %s', (endpoint) => {
    expect(() => parse(endpoint)).toThrow(expect.objectContaining({ code: 'SECRET_INVALID' }));
  });
  test('is told as host and port alone', () => {
    expect(parse('https://Minio.example.org:9000/?').endpoint).toBe('https://minio.example.org:9000');
  });
});

describe('an object that is there already', () => {
  const entry: FileEntry = {
    ...{ path: 'a', type: 'file', size: 5, mtime: '1', sha256: 'ab'.repeat(32), etag: '"e"' },
    ...{ contentType: 'image/png', metadata: { b: '2', a: '1' }, expires: 'Thu, 01 Dec 2027 16:00:00 GMT' },
  };
  const as = { ContentLength: 5, ETag: '"e"', ContentType: 'image/png', Metadata: { a: '1', b: '2' } };
  const expires = { ExpiresString: 'Thu, 01 Dec 2027 16:00:00 GMT' };
  const same = { ...as, ...expires };
  const ChecksumSHA256 = Buffer.from(entry.sha256, 'hex').toString('base64');
  test.each([
    ['by its ETag', same, entry, 'by-etag'],
    ['by its hash', { ...same, ChecksumSHA256 }, entry, true],
    ['with another type', { ...same, ChecksumSHA256, ContentType: 'text/html' }, entry, false],
    ['with other metadata', { ...same, Metadata: { a: '1' } }, entry, false],
    ['with an encoding that it had not', { ...same, ContentEncoding: 'gzip' }, entry, false],
    ['with other caching', { ...same, CacheControl: 'no-store' }, entry, false],
    ['that expires another time', as, entry, false],
    ['of a file that was in a folder', { ...same, ETag: '"x"', ChecksumSHA256 }, withoutFacts(entry), true],
  ])('is left alone only as it should be: %s', async (_, head, wanted, expected) => {
    const client = { send: async () => head } as unknown as S3Client;
    const call = async <T>(_action: string, _what: string, send: (options: never) => Promise<T>) =>
      send({} as never);
    const target = new BucketTarget({
      place: { client, call: call as never, bucket: 'b', prefix: '' },
      overwrite: true,
    });
    expect(await target.holds(wanted, new AbortController().signal)).toBe(expected);
  });
});

function withoutFacts({ path, type, size, mtime, sha256 }: FileEntry): FileEntry {
  return { path, type, size, mtime, sha256 };
}
