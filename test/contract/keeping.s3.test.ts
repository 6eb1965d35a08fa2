/** Keeping on the local AWS, with and without Object Lock, and on the stand-in: what one lacks, the other has. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3Client } from '../../adapters/s3/client.ts';
import { s3Keeping } from '../../adapters/s3/keeping.ts';
import { s3Vault } from '../../adapters/s3/vault.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { type StandIn, startS3StandIn } from '../support/s3-stand-in.ts';
import { type KeepingUnderTest, keepingContract } from './keeping.ts';
import { all } from './vault.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

let emulator: Emulator;
let standIn: StandIn;
let stateDir: string;
let client: S3Client;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'holdfast-keeping-'));
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

async function onEmulator(Bucket: string, locked: boolean): Promise<KeepingUnderTest> {
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: locked }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const place = { client, bucket: Bucket, prefix: 'below/here' };
  const at = (key: string) => ({ Bucket, Key: `below/here/${key}` });
  return {
    vault: s3Vault({ ...place, ...(locked ? { objectLock: { mode: 'COMPLIANCE', days: 1 } } : {}) }),
    keeping: s3Keeping(place),
    async hide(key) {
      await client.send(new DeleteObjectCommand(at(key)));
    },
    async leaveUpload(key) {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(at(key)));
      return UploadId ?? '';
    },
  };
}

// MiniStack answers NoSuchKey for the tags of a version while a delete marker lies over it; S3 gives them.
const lacking = { tagsBehindMarkers: true };
keepingContract('S3 on the local AWS', () => onEmulator('plain', false), lacking);
keepingContract('S3 with Object Lock in compliance mode', () => onEmulator('compliant', true), lacking);
keepingContract(
  'the S3 stand-in',
  async () => {
    const toStandIn = s3Client({ endpoint: standIn.endpoint, region: 'us-east-1', credentials });
    const place = { client: toStandIn, bucket: 'any' };
    return {
      vault: s3Vault(place),
      keeping: s3Keeping(place),
      hide: async (key) => void standIn.markers.set(key, randomUUID()),
      async leaveUpload(Key) {
        const begun = await toStandIn.send(new CreateMultipartUploadCommand({ Bucket: 'any', Key }));
        return begun.UploadId ?? '';
      },
    };
  },
  { severalVersions: true },
);

test('a bucket that does not exist is an error everywhere, never "absent" or "nothing there"', async () => {
  const keeping = s3Keeping({ client, bucket: 'nowhere' });
  const refused = expect.objectContaining({
    code: 'VAULT_REFUSED',
    message: expect.stringContaining('bucket does not exist'),
  });
  await expect(keeping.mark('k')).rejects.toEqual(refused);
  await expect(keeping.unmark('k')).rejects.toEqual(refused);
  await expect(all(keeping.versions(''))).rejects.toEqual(refused);
  await expect(keeping.removeDeleteMarker('k', 'v')).rejects.toEqual(refused);
  await expect(all(keeping.unfinishedUploads(''))).rejects.toEqual(refused);
  const upload = { key: 'k', uploadId: 'u', startedAt: new Date().toISOString() };
  await expect(keeping.abortUpload(upload)).rejects.toEqual(refused);
});

test('a bucket without versions is unsuitable: nothing is marked in it', async () => {
  await client.send(new CreateBucketCommand({ Bucket: 'unversioned' }));
  const place = { client, bucket: 'unversioned' };
  const attributes = { role: 'probe', tier: 'manual', planId: 'p', storageClass: 'STANDARD' } as const;
  await s3Vault(place).write('k', [Buffer.from('x')], attributes);
  await expect(s3Keeping(place).mark('k')).rejects.toMatchObject({ code: 'VAULT_UNSUITABLE' });
});
