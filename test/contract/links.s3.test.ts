/** Pre-signed links on the local AWS: what they give, to whom, and that they are pinned to a version. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3Client } from '../../adapters/s3/client.ts';
import { s3Links } from '../../adapters/s3/presign.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const Bucket = 'links';
const key = 'plans/shop/20261121T020000Z-3f9a1c22/a01/main/0000-a b+ü.0001';

let emulator: Emulator;
let stateDir: string;
let client: S3Client;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'holdfast-links-'));
  emulator = await startEmulator({ stateDir });
  client = s3Client({ endpoint: emulator.endpoint, region: 'us-east-1', credentials });
  await client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
}, 120_000);

afterAll(async () => {
  client?.destroy();
  await emulator?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const put = async (Body: string) =>
  (await client.send(new PutObjectCommand({ Bucket, Key: `below/${key}`, Body }))).VersionId;

test('a link gives its version to anybody, also when there is a newer one', async () => {
  const versionId = await put('first');
  await put('second');
  const links = s3Links({ client, bucket: Bucket, prefix: 'below' });
  const url = await links.linkTo(key, { versionId, seconds: 600 });
  const response = await fetch(url);
  expect([response.status, await response.text()]).toEqual([200, 'first']);
  const current = await fetch(await links.linkTo(key, { seconds: 600 }));
  expect(await current.text()).toBe('second');
});

test('the version and the time are in what is signed, and nothing that a plain GET does not send', async () => {
  // As in a function, whose credentials are of a session.
  const ofSession = s3Client({
    region: 'us-east-1',
    credentials: { ...credentials, sessionToken: 'session' },
  });
  const links = s3Links({ client: ofSession, bucket: Bucket, prefix: 'below/' });
  const { searchParams, pathname } = new URL(await links.linkTo(key, { versionId: 'v1', seconds: 600 }));
  expect(pathname).toContain('/below/plans/shop/');
  expect(searchParams.get('versionId')).toBe('v1');
  expect(searchParams.get('X-Amz-Expires')).toBe('600');
  expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host');
  expect(searchParams.get('X-Amz-Security-Token')).toBe('session');
  expect([...searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
  ofSession.destroy();
});

test('another version cannot be had by a link to one: its signature is another', async () => {
  const links = s3Links({ client, bucket: Bucket });
  const signatureOf = async (versionId: string) =>
    new URL(await links.linkTo(key, { versionId, seconds: 600 })).searchParams.get('X-Amz-Signature');
  expect(await signatureOf('v1')).not.toBe(await signatureOf('v2'));
});

test.each([0, 3601, 1.5])('%s seconds are refused', async (seconds) => {
  const links = s3Links({ client, bucket: Bucket });
  await expect(links.linkTo(key, { seconds })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});
