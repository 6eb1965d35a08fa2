/** An S3 vault on a stand-in that misbehaves as told, with the times shortened so that a test waits little. */
import { createHash, randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { s3Client } from '../../../adapters/s3/client.ts';
import { type S3Keeping, s3Keeping } from '../../../adapters/s3/keeping.ts';
import { type S3Vault, s3Vault } from '../../../adapters/s3/vault.ts';
import type { ObjectAttributes } from '../../../core/ports/vault.ts';
import { type Fault, type StandIn, type StandInRequest, startS3StandIn } from '../../support/s3-stand-in.ts';

export const PART = 256 * 1024;

export const attributes: ObjectAttributes = {
  role: 'segment',
  tier: 'daily',
  planId: 'shop',
  storageClass: 'STANDARD',
};

export interface FaultyVault extends AsyncDisposable {
  readonly vault: S3Vault;
  readonly keeping: S3Keeping;
  readonly standIn: StandIn;
  readonly client: S3Client;
}

export async function faultyVault(
  fault: (request: StandInRequest) => Fault | undefined,
  options: { lock?: boolean; pageEntries?: number } = {},
): Promise<FaultyVault> {
  const standIn = await startS3StandIn({
    keep: 'memory',
    fault,
    ...(options.pageEntries === undefined ? {} : { pageEntries: options.pageEntries }),
  });
  const client = s3Client({
    endpoint: standIn.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    attemptTimeoutMs: 400,
    maxAttempts: 3,
  });
  const vault = s3Vault({
    client,
    bucket: 'vault',
    partBytes: PART,
    stallTimeoutMs: 300,
    ...(options.lock ? { objectLock: { mode: 'GOVERNANCE' } } : {}),
  });
  return {
    vault,
    keeping: s3Keeping({ client, bucket: 'vault' }),
    standIn,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await standIn.close();
    },
  };
}

/** A fault for one operation (and part), as long as `times` says. */
export function on(
  operation: StandInRequest['operation'],
  fault: Fault,
  where: { times?: number; partNumber?: number } = {},
): (request: StandInRequest) => Fault | undefined {
  return (request) =>
    request.operation === operation &&
    request.repeat < (where.times ?? Number.POSITIVE_INFINITY) &&
    (where.partNumber === undefined || where.partNumber === request.partNumber)
      ? fault
      : undefined;
}

/** Five parts, the last one not full. */
export function longBody(): Buffer {
  return randomBytes(PART * 4 + 1000);
}

export async function* chunks(body: Buffer): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < body.length; offset += 60_000) yield body.subarray(offset, offset + 60_000);
}

/** Gives the body and then neither more nor an end; tells when it was closed. */
export function stalling(body: Buffer): AsyncIterable<Uint8Array> & { readonly closed: Promise<void> } {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const source = chunks(body);
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const result = await source.next();
    return result.done ? new Promise(() => {}) : result;
  };
  const close = async (): Promise<IteratorResult<Uint8Array>> => {
    resolve();
    return { done: true, value: undefined };
  };
  return { closed, [Symbol.asyncIterator]: () => ({ next, return: close }) };
}

export function expectNothingLeft({ standIn }: FaultyVault): void {
  expect([...standIn.objects.keys()]).toEqual([]);
  expect([...standIn.uploads.keys()]).toEqual([]);
}

export async function bytesOf(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
