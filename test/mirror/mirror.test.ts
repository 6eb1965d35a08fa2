/** Sealed backups from a vault in S3 onto a disk, and into a second store that speaks S3: over the S3 stand-in. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { folderVault } from '../../adapters/folder/vault.ts';
import { openFurtherVault } from '../../adapters/further-vault.ts';
import { memorySecrets } from '../../adapters/memory/secrets.ts';
import { memoryVault } from '../../adapters/memory/vault.ts';
import { s3Client } from '../../adapters/s3/client.ts';
import { s3Vault } from '../../adapters/s3/vault.ts';
import { HoldfastError } from '../../core/errors.ts';
import { manifestKey } from '../../core/format/layout.ts';
import { type Mirrored, mirror } from '../../core/mirror/mirror.ts';
import type { ObjectRole, Vault } from '../../core/ports/vault.ts';
import { type StandIn, startS3StandIn } from '../support/s3-stand-in.ts';

const backupId = '20261120T020000Z-00000001';
const older = '20261119T020000Z-00000001';
const key = (id: string, index: number) => `plans/shop/${id}/a01/main/000${index}-data.0001`;
/** Three upload parts of 8 MiB: its checksum is one of checksums. */
const long = randomBytes(2 * 8 * 1024 * 1024 + 4321);

let standIn: StandIn;
let client: S3Client;
let vault: Vault;
let folder: string;
let bucket = 0;

beforeAll(async () => {
  standIn = await startS3StandIn({ keep: 'memory' });
  client = s3Client({
    endpoint: standIn.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});
afterAll(async () => {
  client?.destroy();
  await standIn?.close();
});
beforeEach(async () => {
  bucket += 1;
  // The stand-in has one set of keys: each test has a prefix of its own.
  vault = s3Vault({ client, bucket: 'vault', prefix: `t${bucket}/` });
  folder = await mkdtemp(join(tmpdir(), 'holdfast-mirror-'));
  return () => rm(folder, { recursive: true });
});

async function put(to: Vault, name: string, bytes: Uint8Array, role: ObjectRole = 'segment'): Promise<void> {
  await to.write(name, [bytes], { role, tier: 'daily', planId: 'shop', storageClass: 'STANDARD' });
}

async function backup(id: string): Promise<void> {
  await put(vault, key(id, 1), long);
  await put(vault, key(id, 2), randomBytes(1000));
  await put(vault, `reports/shop/${id}/one`, randomBytes(100), 'report');
  await put(vault, manifestKey('shop', id), randomBytes(200), 'manifest');
}

function run(to: Vault, options: { check?: boolean; from?: Vault } = {}): Promise<Mirrored> {
  return mirror(
    { from: options.from ?? vault, to },
    { check: options.check ?? false, signal: new AbortController().signal },
  );
}

async function sha(of: Vault, name: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await of.read(name)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

test('a mirror brings every object as it is, and a second one brings nothing', async () => {
  await backup(backupId);
  const disk = folderVault(folder);
  expect(await run(disk)).toMatchObject({ backups: 1, copied: 4, present: 0, problems: { count: 0 } });
  for (const name of [key(backupId, 1), key(backupId, 2), manifestKey('shop', backupId)])
    expect(await sha(disk, name)).toBe(await sha(vault, name));
  expect(await run(disk)).toMatchObject({ backups: 1, copied: 0, present: 4, problems: { count: 0 } });
});

test('files are their owner’s alone', async () => {
  await backup(backupId);
  await run(folderVault(folder));
  expect((await stat(join(folder, 'plans'))).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, manifestKey('shop', backupId)))).mode & 0o777).toBe(0o600);
});

test('a mirror that was cut short has no manifest, and goes on where it stopped', async () => {
  await backup(backupId);
  const disk = folderVault(folder);
  const stop = new AbortController();
  const cut = mirror(
    { from: vault, to: disk },
    {
      check: false,
      signal: stop.signal,
      onObject: ({ copied }) => copied === 2 && stop.abort(new Error('the plug was pulled')),
    },
  );
  await expect(cut).rejects.toThrow('the plug was pulled');
  expect(await disk.head(manifestKey('shop', backupId))).toBeUndefined();
  expect(await run(disk)).toMatchObject({ backups: 1, problems: { count: 0 } });
  expect(await disk.head(manifestKey('shop', backupId))).toBeDefined();
});

test('bytes that are damaged on the way never become a file, in a long object as in a short one', async () => {
  await backup(backupId);
  const damaging: Vault = {
    ...vault,
    async read(name, options) {
      const stream = await vault.read(name, options);
      return stream.map((chunk: Uint8Array) => {
        const changed = Buffer.from(chunk);
        changed[0] = (changed[0] ?? 0) ^ 1;
        return changed;
      });
    },
  };
  const result = await run(folderVault(folder), { from: damaging });
  expect(result.copied).toBe(0);
  expect(result.problems.named.map(({ code }) => code)).toEqual(Array(3).fill('INTEGRITY_HASH'));
  const left = await readdir(folder, { recursive: true, withFileTypes: true });
  expect(left.filter((one) => one.isFile())).toEqual([]);
});

test('a backup of which one part cannot be brought has no manifest on the disk', async () => {
  await backup(backupId);
  const lacking: Vault = {
    ...vault,
    async read(name, options) {
      if (name !== key(backupId, 2)) return vault.read(name, options);
      throw new HoldfastError('OBJECT_ARCHIVED', `${name} lies in an archive class`);
    },
  };
  const disk = folderVault(folder);
  const result = await run(disk, { from: lacking });
  expect(result).toMatchObject({ backups: 0, problems: { count: 1, named: [{ code: 'OBJECT_ARCHIVED' }] } });
  expect(await disk.head(key(backupId, 1))).toBeDefined();
  expect(await disk.head(manifestKey('shop', backupId))).toBeUndefined();
  expect(await run(disk)).toMatchObject({ backups: 1, copied: 2, problems: { count: 0 } });
});

test('what a disk has lost or cut is found: at once by its length, by its content with check', async () => {
  await backup(backupId);
  const disk = folderVault(folder);
  await run(disk);
  await unlink(join(folder, key(backupId, 2)));
  await truncate(join(folder, key(backupId, 1)), 5000);
  const second = await run(disk);
  expect(second).toMatchObject({ copied: 1, problems: { count: 1 } });
  expect(second.problems.named[0]).toMatchObject({ key: key(backupId, 1), code: 'OBJECT_EXISTS' });

  await unlink(join(folder, key(backupId, 1)));
  await run(disk);
  const file = join(folder, manifestKey('shop', backupId));
  const bytes = await readFile(file);
  bytes[7] = (bytes[7] ?? 0) ^ 1;
  await writeFile(file, bytes);
  expect((await run(disk)).problems.count).toBe(0);
  const checked = await run(disk, { check: true });
  expect(checked.problems.named).toMatchObject([
    { key: manifestKey('shop', backupId), code: 'INTEGRITY_HASH' },
  ]);
});

test('what is marked for expiry is not brought, but packs that others need are, and so are those without a manifest', async () => {
  const source = memoryVault();
  vault = source;
  await backup(backupId);
  await put(vault, key(older, 1), randomBytes(500), 'pack');
  await put(vault, key(older, 2), randomBytes(500), 'segment');
  await put(vault, manifestKey('shop', older), randomBytes(200), 'manifest');
  const marked: Vault = {
    ...source,
    async head(name, options) {
      const state = await source.head(name, options);
      return state && name === manifestKey('shop', older)
        ? { ...state, tags: { ...state.tags, expire: 'yes' } }
        : state;
    },
  };
  const disk = folderVault(folder);
  expect(await run(disk, { from: marked })).toMatchObject({ backups: 1, expiring: 1, copied: 5 });
  expect(await disk.head(key(older, 1))).toBeDefined();
  expect(await disk.head(key(older, 2))).toBeUndefined();
  expect(await disk.head(manifestKey('shop', older))).toBeUndefined();
});

test('a further vault at an endpoint of its own gets the same bytes, without tags where it has none', async () => {
  await backup(backupId);
  const secret = {
    endpoint: standIn.endpoint,
    bucket: 'elsewhere',
    prefix: `further${bucket}`,
    accessKeyId: 'key',
    secretAccessKey: 'secret',
    tags: false,
  };
  const secrets = memorySecrets({ 'holdfast/vaults/minio': JSON.stringify(secret) });
  const named = { name: 'minio', secret: 'holdfast/vaults/minio' };
  const further = await openFurtherVault(named, { secrets, allowLoopback: true });
  expect(await run(further)).toMatchObject({ copied: 4, problems: { count: 0 } });
  expect(await sha(further, key(backupId, 1))).toBe(await sha(vault, key(backupId, 1)));
  expect((await further.head(key(backupId, 1)))?.tags).toEqual({});
  await expect(openFurtherVault(named, { secrets, allowLoopback: false })).rejects.toMatchObject({
    code: 'HOST_FORBIDDEN',
  });
});

test.each([
  ['no JSON', 'postgres://secret@host', 'it is not JSON'],
  ['a field that is missing', '{"endpoint":"https://s3.example.org","bucket":"b-1"}', 'accessKeyId'],
  [
    'a path in the endpoint',
    '{"endpoint":"https://s3.example.org/x","bucket":"b-1","accessKeyId":"a","secretAccessKey":"sesame"}',
    'endpoint',
  ],
  [
    'an unknown field',
    '{"endpoint":"https://s3.example.org","bucket":"b-1","accessKeyId":"a","secretAccessKey":"sesame","passwd":"sesame"}',
    'passwd',
  ],
])('the secret of a further vault with %s is refused without its value', async (_what, text, named) => {
  const open = openFurtherVault(
    { name: 'minio', secret: 's' },
    { secrets: memorySecrets({ s: text }), allowLoopback: false },
  );
  const error = await open.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error).toMatchObject({ code: 'SECRET_INVALID' });
  expect(error?.message).toContain(named);
  expect(error?.message).not.toMatch(/sesame|postgres:\/\//);
});

test.each([
  ['metadata', 'http://169.254.169.254'],
  ['metadata by another name', 'https://[fd00:ec2::254]'],
  ['this machine', 'https://127.0.0.1:9000'],
  ['plain http', 'http://10.0.0.5:9000'],
])('an endpoint that is %s is never contacted', async (_what, endpoint) => {
  const secret = { endpoint, bucket: 'b-1', accessKeyId: 'a', secretAccessKey: 'b' };
  const secrets = memorySecrets({ s: JSON.stringify(secret) });
  await expect(
    openFurtherVault({ name: 'minio', secret: 's' }, { secrets, allowLoopback: false }),
  ).rejects.toMatchObject({ code: 'HOST_FORBIDDEN' });
});
