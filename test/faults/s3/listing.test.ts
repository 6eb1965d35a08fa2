/** Listings that fail on the way: an error each time, never a list that only looks whole. */
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../support/s3-stand-in.ts';
import { attributes, type FaultyVault, faultyVault } from './faulty-vault.ts';

const names = ['plans/a/1', 'plans/b/1', 'plans/b-1/1', 'plans/c/1', 'plans/d/1'];
const pageEntries = 2;

interface Listing {
  readonly operation: Operation;
  readonly action: string;
  read(faulty: FaultyVault): Promise<readonly string[]>;
  readonly whole: readonly string[];
}

const listings: [string, Listing][] = [
  [
    'objects',
    {
      operation: 'ListObjectsV2',
      action: 's3:ListBucket',
      read: ({ vault }) => collected(vault.list('plans/'), ({ key }) => key),
      whole: names.toSorted(),
    },
  ],
  [
    'folders',
    {
      operation: 'ListObjectsV2',
      action: 's3:ListBucket',
      read: ({ vault }) => collected(vault.folders('plans/'), (name) => name),
      whole: ['a', 'b', 'b-1', 'c', 'd'],
    },
  ],
  [
    'versions',
    {
      operation: 'ListObjectVersions',
      action: 's3:ListBucketVersions',
      read: ({ keeping }) => collected(keeping.versions('plans/'), ({ key }) => key),
      whole: names.toSorted(),
    },
  ],
  [
    'unfinished uploads',
    {
      operation: 'ListMultipartUploads',
      action: 's3:ListBucketMultipartUploads',
      read: ({ keeping }) => collected(keeping.unfinishedUploads('plans/'), ({ key }) => key),
      whole: names.toSorted(),
    },
  ],
];

describe.each(listings)('a listing of %s', (_, { operation, action, read, whole }) => {
  /** Each name as an object and as an upload, below a stand-in whose n-th reply to this listing is at fault. */
  async function stocked(reply: number, fault: Parameters<typeof onReply>[2]): Promise<FaultyVault> {
    const faulty = await faultyVault(onReply(operation, reply, fault), { pageEntries });
    for (const Key of names) {
      await faulty.vault.write(Key, [Buffer.from(Key)], attributes);
      await faulty.client.send(new CreateMultipartUploadCommand({ Bucket: 'vault', Key }));
    }
    return faulty;
  }

  test('of several pages has everything once', async () => {
    await using faulty = await stocked(0, undefined);
    expect(await read(faulty)).toEqual(whole);
    expect(faulty.standIn.requests[operation]).toBe(3);
  });

  test('that meets 503 on its second page fails, and gives no short list', async () => {
    await using faulty = await stocked(1, { kind: 'refuse', status: 503, code: 'SlowDown' });
    await expect(read(faulty)).rejects.toMatchObject({
      code: 'VAULT_UNAVAILABLE',
      message: expect.stringContaining(`${action} on plans/*`),
    });
  });

  test('that is refused names the action', async () => {
    await using faulty = await stocked(0, { kind: 'refuse', status: 403, code: 'AccessDenied' });
    await expect(read(faulty)).rejects.toMatchObject({
      code: 'VAULT_REFUSED',
      message: expect.stringContaining(action),
    });
  });

  test('that says there is more, but not where, fails', async () => {
    await using faulty = await stocked(2, { kind: 'no-marker' });
    await expect(read(faulty)).rejects.toMatchObject({
      code: 'VAULT_UNAVAILABLE',
      message: expect.stringContaining('broke off'),
    });
  });
});

/** From the n-th request of that listing on, counted from 0. */
function onReply(
  operation: Operation,
  reply: number,
  fault: ReturnType<Parameters<typeof faultyVault>[0]>,
): Parameters<typeof faultyVault>[0] {
  return (request) => (request.operation === operation && request.repeat >= reply ? fault : undefined);
}

async function collected<T>(items: AsyncIterable<T>, nameOf: (item: T) => string): Promise<string[]> {
  const found: string[] = [];
  for await (const item of items) found.push(nameOf(item));
  return found;
}
