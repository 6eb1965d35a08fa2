/** The S3 vault on the local AWS, with and without Object Lock, and on the stand-in that the fault tests lean on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3Client } from '../../adapters/s3/client.ts';
import { s3Vault } from '../../adapters/s3/vault.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { type StandIn, startS3StandIn } from '../support/s3-stand-in.ts';
import { all, type VaultUnderTest, vaultContract } from './vault.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
/** The smallest part that S3 takes, so that the long way is short. */
const partBytes = 5 * 1024 * 1024;
const longBytes = partBytes * 2 + 12_345;

let emulator: Emulator;
let stateDir: string;
let client: S3Client;
let standIn: StandIn;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'holdfast-vault-'));
  emulator = await startEmulator({ stateDir });
  client = s3Client({ endpoint: emulator.endpoint, region: 'us-east-1', credentials });
  standIn = await startS3StandIn({ keep: 'memory' });
}, 120_000);

afterAll(async () => {
  client?.destroy();
  await standIn?.close();
  await emulator?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

async function onEmulator(Bucket: string, lockMode?: 'GOVERNANCE' | 'COMPLIANCE'): Promise<VaultUnderTest> {
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: lockMode !== undefined }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const objectLock = lockMode === undefined ? {} : { objectLock: { mode: lockMode } };
  return {
    vault: s3Vault({ client, bucket: Bucket, prefix: 'below/here', partBytes, ...objectLock }),
    unfinishedUploads: () => unfinishedUploads(client, Bucket),
    longBytes,
    ...(lockMode === undefined ? {} : { lockMode }),
    archive: {
      async put(key, Body) {
        const Key = `below/here/${key}`;
        await client.send(new PutObjectCommand({ Bucket, Key, Body, StorageClass: 'DEEP_ARCHIVE' }));
      },
      async back(key) {
        const Key = `below/here/${key}`;
        await expect
          .poll(async () => (await client.send(new HeadObjectCommand({ Bucket, Key }))).Restore, {
            timeout: 10_000,
          })
          .toContain('ongoing-request="false"');
      },
    },
  };
}

vaultContract('S3 on the local AWS', () => onEmulator('plain'));
vaultContract('S3 with Object Lock in governance mode', () => onEmulator('governed', 'GOVERNANCE'));
vaultContract('S3 with Object Lock in compliance mode', () => onEmulator('compliant', 'COMPLIANCE'));
vaultContract('the S3 stand-in', async () => {
  const toStandIn = s3Client({ endpoint: standIn.endpoint, region: 'us-east-1', credentials });
  return {
    vault: s3Vault({ client: toStandIn, bucket: 'any', partBytes, objectLock: { mode: 'GOVERNANCE' } }),
    unfinishedUploads: () => unfinishedUploads(toStandIn, 'any'),
    longBytes,
    lockMode: 'GOVERNANCE',
    archive: {
      async put(key, Body) {
        const object = { Bucket: 'any', Key: key, Body, StorageClass: 'GLACIER' } as const;
        await toStandIn.send(new PutObjectCommand(object));
      },
      async back(key) {
        const object = standIn.objects.get(key);
        if (object === undefined) throw new Error(`${key} is not there`);
        const until = new Date(Date.now() + 7 * 86_400_000).toUTCString();
        object.restore = `ongoing-request="false", expiry-date="${until}"`;
      },
    },
  };
});

test('a bucket that does not exist is an error everywhere, never "nothing there"', async () => {
  const vault = s3Vault({ client, bucket: 'nowhere', partBytes });
  const refused = expect.objectContaining({
    code: 'VAULT_REFUSED',
    message: expect.stringContaining('bucket does not exist'),
  });
  const attributes = { role: 'probe', tier: 'manual', planId: 'p', storageClass: 'STANDARD' } as const;
  await expect(vault.head('k')).rejects.toEqual(refused);
  await expect(vault.read('k')).rejects.toEqual(refused);
  await expect(vault.write('k', [Buffer.from('x')], attributes)).rejects.toEqual(refused);
  await expect(all(vault.list(''))).rejects.toEqual(refused);
  await expect(all(vault.folders('plans/'))).rejects.toEqual(refused);
  await expect(vault.requestReturn('k', { days: 1, speed: 'bulk' })).rejects.toEqual(refused);
  await expect(vault.extendLock('k', new Date().toISOString())).rejects.toEqual(refused);
});

test('a lock that holds is lengthened in its own mode, since another would need the right to go around it', async () => {
  const { vault } = await onEmulator('changed-its-mode', 'GOVERNANCE');
  const attributes = { role: 'pack', tier: 'daily', planId: 'p', storageClass: 'STANDARD' } as const;
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  await vault.write('k', [Buffer.from('x')], { ...attributes, lockUntil: inHours(1) });
  const bucket = { client, bucket: 'changed-its-mode', prefix: 'below/here' };
  const now = s3Vault({ ...bucket, objectLock: { mode: 'COMPLIANCE' } });
  await now.extendLock('k', inHours(5));
  const { lock } = (await vault.head('k')) ?? {};
  expect(lock?.mode).toBe('GOVERNANCE');
  expect(Date.parse(lock?.until ?? '')).toBeGreaterThan(Date.now() + 4 * 3_600_000);
});

test('a lock that lasts as long already costs one request, and nothing is set', async () => {
  const toStandIn = s3Client({ endpoint: standIn.endpoint, region: 'us-east-1', credentials });
  const vault = s3Vault({ client: toStandIn, bucket: 'any', objectLock: { mode: 'GOVERNANCE' } });
  const attributes = { role: 'pack', tier: 'daily', planId: 'p', storageClass: 'STANDARD' } as const;
  const lockUntil = new Date(Date.now() + 3_600_000).toISOString();
  await vault.write('locked-long-enough', [Buffer.from('x')], { ...attributes, lockUntil });
  const before = { ...standIn.requests };
  await vault.extendLock('locked-long-enough', new Date(Date.parse(lockUntil) - 60_000).toISOString());
  expect(standIn.requests).toEqual({ ...before, HeadObject: (before.HeadObject ?? 0) + 1 });
  toStandIn.destroy();
});

async function unfinishedUploads(of: S3Client, Bucket: string): Promise<number> {
  const { Uploads } = await of.send(new ListMultipartUploadsCommand({ Bucket }));
  return Uploads?.length ?? 0;
}
