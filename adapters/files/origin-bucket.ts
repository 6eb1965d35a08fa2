/**
 * Files from a bucket, found by list-bucket.ts. Promises: a reply of S3 is one state of an object, and a connection that
 * breaks goes on with that state or says that it changed.
 */
import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import { type Call, caller, type WithMetadata } from '../s3/client.ts';
import { statusOf } from '../s3/errors.ts';
import { type LeanAnswer, type LeanGets, type LeanReply, leanGets } from '../s3/lean-get.ts';
import { backOff } from '../waits.ts';
import { collect, follow } from './body.ts';
import { bucketError, vanished, whyUnread } from './bucket-errors.ts';
import type { ObjectFacts } from './index-format.ts';
import { type BucketPlace, keyOf, listBucket, listPage, seconds } from './list-bucket.ts';
import type { FoundFile, Origin, ReadFacts, ReadResult, Unread } from './origin.ts';

export interface BucketOriginOptions extends BucketPlace {
  /** Limit of one call with its attempts. Default 10 minutes, as for the vault. */
  readonly callTimeoutMs?: number;
}

/** Connections that break while one small object is read, or in a row without a byte of a long one. */
const FRUITLESS_TRIES = 5;

/** Read ahead for one pack: 16 replies take the time of a few; 24 MiB are what eight packs may hold. */
const READS_AT_A_TIME = 16;
const READ_AHEAD_BYTES = 24 * 1024 * 1024;

export function bucketOrigin(options: BucketOriginOptions): Origin {
  const counters = { requests: 0, retries: 0 };
  const call = caller(counters, options.callTimeoutMs ?? 600_000);
  const lean = leanGets(options.client);
  return {
    title: `s3://${options.bucket}/${options.prefix}`,
    readsAtATime: READS_AT_A_TIME,
    readAheadBytes: READ_AHEAD_BYTES,
    list: (signal) => listBucket(options, call, signal),
    async read(file, wholeBytes, signal) {
      const before =
        file.size <= wholeBytes && lean.ready()
          ? await readLean(options, call, lean, file, wholeBytes, signal)
          : 'unasked';
      if (typeof before === 'object') return before;
      const result = await readObject(options, call, lean, file, wholeBytes, signal);
      if (before === 'refused' && result.kind !== 'unread') lean.refusedInVain();
      return result;
    },
    async close() {
      options.client.destroy();
    },
  };
}

/**
 * A small object in the cheap way. `refused` and `failed`: nothing is decided by that, the SDK is to be asked, whose
 * retries and errors are the ones that count.
 */
async function readLean(
  options: BucketOriginOptions,
  call: Call,
  lean: LeanGets,
  file: FoundFile,
  wholeBytes: number,
  signal: AbortSignal,
): Promise<ReadResult | 'refused' | 'failed'> {
  const key = options.prefix + file.path;
  try {
    const reply = await call<LeanAnswer & WithMetadata>(
      's3:GetObject',
      `s3://${options.bucket}/${key}`,
      (sending) => lean.get(key, sending),
      signal,
    );
    if ('refused' in reply) {
      if (reply.refused < 500 && reply.refused !== 429) return 'refused';
      await backOff(1, signal);
      return 'failed';
    }
    const { Body: body, ContentLength: size } = reply;
    if (size > wholeBytes) {
      body.destroy();
      return 'failed';
    }
    const content = await collect(body, size, options.stallTimeoutMs ?? 60_000, signal);
    return { kind: 'whole', content, facts: factsOf(reply, file) };
  } catch {
    signal.throwIfAborted();
    await backOff(1, signal);
    return 'failed';
  }
}

async function readObject(
  options: BucketOriginOptions,
  call: Call,
  lean: LeanGets,
  file: FoundFile,
  wholeBytes: number,
  signal: AbortSignal,
): Promise<ReadResult> {
  const stallTimeoutMs = options.stallTimeoutMs ?? 60_000;
  for (let tries = 1; ; tries += 1) {
    const reply = await get(options, call, file, {}, signal, lean);
    if ('code' in reply) return reply;
    const size = reply.ContentLength;
    const body = reply.Body as unknown as Readable;
    if (size === undefined) {
      body.destroy();
      throw new HoldfastError('SOURCE_UNREACHABLE', `s3://${options.bucket}: a reply without a length`);
    }
    const facts = factsOf(reply, file);
    if (size > wholeBytes) return long(options, call, file, { size, facts, body }, signal);
    try {
      return { kind: 'whole', content: await collect(body, size, stallTimeoutMs, signal), facts };
    } catch (error) {
      signal.throwIfAborted();
      if (tries >= FRUITLESS_TRIES) throw broken(options, file, error);
      await backOff(tries, signal);
    }
  }
}

function broken({ bucket, prefix }: BucketOriginOptions, file: FoundFile, cause: unknown): HoldfastError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HoldfastError(
    'SOURCE_UNREACHABLE',
    `s3://${bucket}/${prefix}${file.path}: reading broke off again and again (${why})`,
    { cause },
  );
}

interface Held {
  readonly size: number;
  readonly facts: ReadFacts;
  readonly body: Readable;
}

/** A long object: what breaks off is gone on with, from the same version (without versions: the same content). */
function long(
  options: BucketOriginOptions,
  call: Call,
  file: FoundFile,
  { size, facts, body: first }: Held,
  signal: AbortSignal,
): ReadResult {
  const stallTimeoutMs = options.stallTimeoutMs ?? 60_000;
  let body: Readable = first;
  let changed: string | undefined;
  async function* stream(): AsyncGenerator<Buffer> {
    let position = 0;
    let fruitless = 0;
    for (;;) {
      const before = position;
      let failure: unknown = new Error('the connection ended early');
      try {
        for await (const chunk of follow(body, stallTimeoutMs, signal)) {
          position += chunk.length;
          if (position > size) break;
          yield chunk;
        }
      } catch (error) {
        failure = error;
      } finally {
        body.destroy();
      }
      signal.throwIfAborted();
      if (position === size) return;
      if (position > size) throw broken(options, file, new Error('more bytes came than were announced'));
      fruitless = position > before ? 0 : fruitless + 1;
      if (fruitless >= FRUITLESS_TRIES) throw broken(options, file, failure);
      await backOff(fruitless + 1, signal);
      const { versionId, etag } = facts;
      const pin = {
        ...(versionId === undefined || versionId === 'null' ? {} : { VersionId: versionId }),
        ...(etag === undefined ? {} : { IfMatch: etag }),
        Range: `bytes=${position}-`,
      };
      const reply = await get(options, call, file, pin, signal);
      if ('code' in reply) {
        changed = reply.why;
        return;
      }
      body = reply.Body as unknown as Readable;
      if (!reply.ContentRange?.startsWith(`bytes ${position}-`) || !reply.ContentRange.endsWith(`/${size}`)) {
        body.destroy();
        changed = 'it is not of the length any more that it had';
        return;
      }
    }
  }
  return {
    kind: 'long',
    size,
    facts,
    stream,
    settled: async () => changed,
    async close() {
      body.destroy();
    },
  };
}

async function get(
  { client, bucket, prefix }: BucketOriginOptions,
  call: Call,
  { path }: FoundFile,
  more: { readonly Range?: string; readonly IfMatch?: string; readonly VersionId?: string },
  signal: AbortSignal,
  lean?: LeanGets,
): Promise<GetObjectCommandOutput | Unread> {
  const command = new GetObjectCommand({ Bucket: bucket, Key: prefix + path, ...more });
  lean?.learnFrom(command, prefix + path);
  try {
    const reply = await call(
      's3:GetObject',
      `s3://${bucket}/${prefix}${path}`,
      (sending) => client.send(command, sending),
      signal,
    );
    // What comes after the stream was left is of no interest to anybody, but must not end the process.
    (reply.Body as unknown as Readable).on('error', () => {});
    return reply;
  } catch (thrown) {
    signal.throwIfAborted();
    const unread = whyUnread(thrown, statusOf(thrown));
    if (unread?.code === 'unreadable' && (await isGone(bucket, prefix + path, client, call, signal)))
      return vanished;
    if (unread !== undefined) return unread;
    throw bucketError(thrown, bucket);
  }
}

/**
 * Who may list only some prefixes of a bucket is told 403, not 404, of a key that is not there: so a listing of that key
 * says whether it was deleted or is refused. Where that is refused too, nothing is known to be gone.
 */
async function isGone(
  bucket: string,
  key: string,
  client: S3Client,
  call: Call,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const page = await listPage({ client, bucket, prefix: key }, call, undefined, signal, { limit: 1 });
    const first = page.Contents?.[0]?.Key;
    return first === undefined || keyOf(first, page.EncodingType !== undefined, { bucket }) !== key;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

function factsOf(reply: Omit<LeanReply, 'Body' | 'ContentLength'>, file: FoundFile): ReadFacts {
  const known: { -readonly [Name in keyof ObjectFacts]: ObjectFacts[Name] | undefined } = {
    etag: reply.ETag,
    versionId: reply.VersionId,
    contentType: reply.ContentType,
    contentEncoding: reply.ContentEncoding,
    contentDisposition: reply.ContentDisposition,
    contentLanguage: reply.ContentLanguage,
    cacheControl: reply.CacheControl,
    expires: reply.ExpiresString,
    metadata: reply.Metadata && Object.keys(reply.Metadata).length > 0 ? reply.Metadata : undefined,
  };
  const facts = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return {
    mtime: reply.LastModified === undefined ? file.mtime : seconds(reply.LastModified.getTime()),
    ...facts,
  };
}
