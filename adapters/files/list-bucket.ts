/**
 * The objects of a bucket. Promises: one listing in pages, the next one asked for while this one is worked on; an order
 * that is not that of UTF-8 bytes, a listing that breaks off and a name that cannot be read are errors. The first page
 * comes by the SDK, the others as it asked for the first (lean-request.ts); a page that does not come as it should comes
 * by the SDK too, whose retries and errors are the ones that count.
 */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import type { Call, WithMetadata } from '../s3/client.ts';
import { type LeanPage, parseListPage } from '../s3/lean-list.ts';
import { type GetCommand, type LeanRequests, leanRequests } from '../s3/lean-request.ts';
import { backOff } from '../waits.ts';
import { follow } from './body.ts';
import { bucketError } from './bucket-errors.ts';
import { compareBytes } from './byte-order.ts';
import type { Found } from './origin.ts';
import { RESTORED_PREFIX } from './source.ts';

/** A thousand keys of 1,024 bytes, each written as three, and what stands around them, are 3.5 MB. */
const PAGE_LIMIT_BYTES = 8 * 1024 * 1024;

export interface BucketPlace {
  readonly client: S3Client;
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  /** No byte for this long: the connection is given up. Default 60,000. */
  readonly stallTimeoutMs?: number;
}

export async function* listBucket(
  options: BucketPlace,
  call: Call,
  signal: AbortSignal,
): AsyncGenerator<readonly Found[]> {
  const { bucket, prefix } = options;
  const lean = leanRequests(options.client);
  let last: string | undefined;
  let page: LeanPage | undefined = await nextPage(options, call, lean, undefined, signal);
  while (page !== undefined) {
    if (page.truncated && page.next === undefined)
      throw new HoldfastError('SOURCE_UNREACHABLE', `s3://${bucket}: the listing broke off`);
    const next: Promise<LeanPage> | undefined = page.truncated
      ? nextPage(options, call, lean, page.next, signal)
      : undefined;
    next?.catch(() => {});
    const found: Found[] = [];
    for (const object of page.objects) {
      const key = keyOf(object.key, page.encoded, options);
      if (last !== undefined && compareBytes(last, key) >= 0) throw notInOrder(bucket, last, key);
      last = key;
      const path = prefix === '' ? key : key.slice(prefix.length);
      if (path === '' || key.startsWith(RESTORED_PREFIX)) continue;
      const { size, modifiedMs, etag } = object;
      const mtime = seconds(modifiedMs);
      found.push(
        etag === undefined ? { type: 'file', path, size, mtime } : { type: 'file', path, size, mtime, etag },
      );
    }
    if (found.length > 0) yield found;
    page = await next;
  }
}

async function nextPage(
  options: BucketPlace,
  call: Call,
  lean: LeanRequests,
  token: string | undefined,
  signal: AbortSignal,
): Promise<LeanPage> {
  const before =
    token !== undefined && lean.ready() ? await leanPage(options, call, lean, token, signal) : 'unasked';
  if (typeof before === 'object') return before;
  const page = pageOf(await listPage(options, call, token, signal, { lean }), options);
  if (before === 'refused') lean.refusedInVain();
  return page;
}

/** `refused` and `failed`: nothing is decided by that, the SDK is to be asked. */
async function leanPage(
  options: BucketPlace,
  call: Call,
  lean: LeanRequests,
  token: string,
  signal: AbortSignal,
): Promise<LeanPage | 'refused' | 'failed'> {
  const { bucket, prefix } = options;
  try {
    const answer = await call<{ readonly page: LeanPage | 'refused' | 'failed' } & WithMetadata>(
      's3:ListBucket',
      `s3://${bucket}/${prefix}*`,
      async (sending) => {
        const { statusCode, body } = await lean.send('', { 'continuation-token': token }, sending);
        if (statusCode !== 200) {
          body.destroy();
          return { page: statusCode < 500 && statusCode !== 429 ? 'refused' : 'failed' };
        }
        const xml = await textOf(body, options.stallTimeoutMs ?? 60_000, sending.abortSignal);
        return { page: (xml === undefined ? undefined : parseListPage(xml)) ?? 'refused' };
      },
      signal,
    );
    if (typeof answer.page === 'object') lean.taken();
    else if (answer.page === 'failed') await backOff(1, signal);
    return answer.page;
  } catch {
    signal.throwIfAborted();
    await backOff(1, signal);
    return 'failed';
  }
}

/** Undefined when it is longer than any page can be. */
async function textOf(
  body: Readable,
  stallTimeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  try {
    for await (const chunk of follow(body, stallTimeoutMs, signal)) {
      text += decoder.write(chunk);
      if (text.length > PAGE_LIMIT_BYTES) return undefined;
    }
  } finally {
    body.destroy();
  }
  return text + decoder.end();
}

function pageOf(output: ListObjectsV2CommandOutput, { bucket }: BucketPlace): LeanPage {
  const objects = (output.Contents ?? []).map(
    ({ Key: key, Size: size, LastModified: modified, ETag: etag }) => {
      if (key === undefined || size === undefined || modified === undefined)
        throw new HoldfastError('SOURCE_UNREACHABLE', `s3://${bucket}: an entry is not whole`);
      return { key, size, modifiedMs: modified.getTime(), ...(etag === undefined ? {} : { etag }) };
    },
  );
  return {
    objects,
    encoded: output.EncodingType !== undefined,
    truncated: output.IsTruncated ?? false,
    ...(output.NextContinuationToken === undefined ? {} : { next: output.NextContinuationToken }),
  };
}

/** One page of the listing, of up to `limit` keys. `lean` learns how it is asked for. */
export function listPage(
  { client, bucket, prefix }: BucketPlace,
  call: Call,
  token: string | undefined,
  signal: AbortSignal,
  { limit, lean }: { readonly limit?: number; readonly lean?: LeanRequests } = {},
): Promise<ListObjectsV2CommandOutput> {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    ...(prefix === '' ? {} : { Prefix: prefix }),
    ...(token === undefined ? {} : { ContinuationToken: token }),
    ...(limit === undefined ? {} : { MaxKeys: limit }),
    // Keys may hold characters that XML cannot.
    EncodingType: 'url',
  });
  lean?.learnFrom(command as unknown as GetCommand, '');
  return call(
    's3:ListBucket',
    `s3://${bucket}/${prefix}*`,
    (sending) => client.send(command, sending),
    signal,
  ).catch((thrown: unknown) => {
    signal.throwIfAborted();
    throw bucketError(thrown, bucket);
  });
}

/** Stores that do not know the encoding do not say that they used it. */
export function keyOf(key: string | undefined, encoded: boolean, { bucket }: { bucket: string }): string {
  try {
    if (key !== undefined && !encoded) return key;
    if (key !== undefined) return decodeURIComponent(key.includes('+') ? key.replaceAll('+', ' ') : key);
  } catch {}
  throw new HoldfastError(
    'SOURCE_UNREACHABLE',
    `s3://${bucket}: the listing holds a key that cannot be read (${JSON.stringify(key)})`,
  );
}

function notInOrder(bucket: string, last: string, key: string): HoldfastError {
  const keys = `${JSON.stringify(key)} after ${JSON.stringify(last)}`;
  return new HoldfastError('SOURCE_UNREACHABLE', `s3://${bucket} is not listed in order: ${keys}`, {
    next: 'Directory buckets (S3 Express) and some stores list without order: they cannot be a source.',
  });
}

/** Listings of some stores have milliseconds, the reply to a GET never has: whole seconds are what the two share. */
export function seconds(milliseconds: number): string {
  return String(Math.floor(milliseconds / 1000));
}
