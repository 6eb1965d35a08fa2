/**
 * Streams a body into one new object. Promises: a whole object that was read back, or an error and no object; no
 * unfinished upload stays behind (best effort, bounded); memory is a few part buffers, whatever the length. When an
 * error leaves it open whether S3 took the object, what is stored decides.
 *
 * Not the SDK's own uploader: see docs/decisions/0010.
 */
import { createHash, hash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import type { WrittenObject } from '../../core/ports/vault.ts';
import { creationInput, type Wanted } from './attributes.ts';
import type { BufferPool } from './buffers.ts';
import { at, type S3Context } from './context.ts';
import { statusOf } from './errors.ts';
import { confirm, type Expected, inspect, sameBytes } from './inspect.ts';
import { type Body, sourceOf } from './source.ts';
import { backOff, settledWithin } from './waits.ts';

/** S3 takes 10,000; the rest is left so that a part size can be halved once without a new format. */
export const MAX_PARTS = 9_000;
/** S3 answers 409 while another write of the same key is being decided. */
const CONFLICT_ATTEMPTS = 4;
const ABORT_TIMEOUT_MS = 10_000;

type Part = CompletedPart & { readonly PartNumber: number };

export interface WriteSettings {
  readonly pool: BufferPool;
  /** Parts on the wire at a time. */
  readonly concurrency: number;
}

export async function writeObject(
  context: S3Context,
  settings: WriteSettings,
  key: string,
  body: Body,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<WrittenObject> {
  // One signal ends everything that belongs to this write: the caller's abort, or the first part that fails.
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const source = sourceOf(body, stop.signal);
  const upload = multipart(context, settings, key, wanted, stop);
  try {
    const whole = createHash('sha256');
    const { pool } = settings;
    let buffer = await upload.buffer();
    let filled = 0;
    let lengthBytes = 0;
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      lengthBytes += chunk.byteLength;
      for (let offset = 0; offset < chunk.byteLength; ) {
        // A full buffer leaves only when more follows: an object of exactly one part is a single PutObject.
        if (filled === pool.bufferBytes) {
          whole.update(buffer);
          await upload.send(buffer);
          buffer = await upload.buffer();
          filled = 0;
        }
        const count = Math.min(pool.bufferBytes - filled, chunk.byteLength - offset);
        buffer.set(chunk.subarray(offset, offset + count), filled);
        filled += count;
        offset += count;
      }
    }
    if (lengthBytes === 0)
      throw new HoldfastError('DUMP_EMPTY', `${key}: nothing to write, the body was empty`);
    const last = buffer.subarray(0, filled);
    whole.update(last);
    const digest = whole.digest();
    const stored = upload.begun
      ? await upload.complete(last, lengthBytes)
      : await putWhole(context, key, last, digest, wanted, stop.signal);
    return {
      key,
      ...(stored.versionId === undefined ? {} : { versionId: stored.versionId }),
      lengthBytes,
      sha256: digest.toString('hex'),
    };
  } catch (error) {
    // The first failure is the reason: what follows from it (aborted requests) is not reported.
    const reason = stop.signal.aborted ? stop.signal.reason : error;
    stop.abort(reason);
    await Promise.all([source.close(), upload.abandon()]);
    throw reason;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await source.close();
    upload.free();
  }
}

async function putWhole(
  context: S3Context,
  key: string,
  body: Buffer,
  digest: Buffer,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<{ versionId: string | undefined }> {
  const expected = { lengthBytes: body.length, checksumSha256: digest.toString('base64'), wanted };
  const command = {
    ...at(context, key),
    ...creationInput(wanted),
    Body: body,
    ContentLength: body.length,
    ChecksumSHA256: expected.checksumSha256,
    IfNoneMatch: '*',
  };
  return settle(context, key, expected, signal, async () => {
    const output = await context.call(
      's3:PutObject',
      key,
      (options) => context.client.send(new PutObjectCommand(command), options),
      signal,
    );
    return output.VersionId;
  });
}

/** One multipart upload; begun with the first part. */
function multipart(
  context: S3Context,
  settings: WriteSettings,
  key: string,
  wanted: Wanted,
  stop: AbortController,
) {
  const { client, call } = context;
  const { signal } = stop;
  const held = new Set<Buffer>();
  const inFlight = new Set<Promise<void>>();
  const parts: Part[] = [];
  const digests: Buffer[] = [];
  let uploadId: string | undefined;

  const upload = {
    get begun(): boolean {
      return uploadId !== undefined;
    },

    /** A part buffer of this write; `send`, `abandon` or `free` give it back. */
    async buffer(): Promise<Buffer> {
      const buffer = await settings.pool.acquire(signal);
      held.add(buffer);
      return buffer;
    },

    /** Sends a part; returns as soon as the next one may be filled. A part that fails later aborts `stop`. */
    async send(bytes: Buffer): Promise<void> {
      uploadId ??= await begin();
      while (inFlight.size >= settings.concurrency) await Promise.race(inFlight);
      signal.throwIfAborted();
      const partNumber = parts.length + 1;
      if (partNumber > MAX_PARTS) {
        throw new HoldfastError(
          'INTERNAL',
          `${key} is longer than ${MAX_PARTS} parts; it must be split before`,
        );
      }
      const digest = hash('sha256', bytes, 'buffer');
      const part: Part = { PartNumber: partNumber, ChecksumSHA256: digest.toString('base64') };
      parts.push(part);
      digests.push(digest);
      const sending = uploadPart(uploadId, part, bytes)
        .catch((error: unknown) => stop.abort(error))
        .finally(() => {
          inFlight.delete(sending);
          giveBack(bytes);
        });
      inFlight.add(sending);
    },

    async complete(last: Buffer, lengthBytes: number): Promise<{ versionId: string | undefined }> {
      await upload.send(last);
      await Promise.all(inFlight);
      signal.throwIfAborted();
      const composite = hash('sha256', Buffer.concat(digests), 'base64');
      const expected = { lengthBytes, checksumSha256: `${composite}-${parts.length}`, wanted };
      const command = {
        ...at(context, key),
        UploadId: uploadId,
        MultipartUpload: { Parts: parts },
        MpuObjectSize: lengthBytes,
        ChecksumSHA256: expected.checksumSha256,
        ChecksumType: 'COMPOSITE' as const,
        IfNoneMatch: '*',
      };
      return settle(context, key, expected, signal, async () => {
        const output = await call(
          's3:PutObject (CompleteMultipartUpload)',
          key,
          (options) => client.send(new CompleteMultipartUploadCommand(command), options),
          signal,
        );
        // 200 is sent before the outcome is known. The SDK sees an error body that ends in `</Error>` exactly.
        if (output.ETag === undefined) {
          throw new HoldfastError(
            'VAULT_UNAVAILABLE',
            `${key}: S3 answered 200, but did not say that it is complete`,
          );
        }
        return output.VersionId;
      });
    },

    /** Ends what is on the wire, then the upload. Never throws, bounded; lifecycle sweeps what is left. */
    async abandon(): Promise<void> {
      // A part that arrives after the abort would bring its bytes back.
      await settledWithin(ABORT_TIMEOUT_MS, Promise.all(inFlight));
      if (uploadId === undefined) return;
      const target = { ...at(context, key), UploadId: uploadId };
      const limit = AbortSignal.timeout(ABORT_TIMEOUT_MS);
      await call(
        's3:AbortMultipartUpload',
        key,
        (options) => client.send(new AbortMultipartUploadCommand(target), options),
        limit,
      ).catch(() => {});
    },

    /** Gives every buffer back. */
    free(): void {
      for (const buffer of held) settings.pool.release(buffer);
      held.clear();
    },
  };
  return upload;

  async function begin(): Promise<string> {
    const command = { ...at(context, key), ...creationInput(wanted), ChecksumAlgorithm: 'SHA256' as const };
    const output = await call(
      's3:PutObject (CreateMultipartUpload)',
      key,
      (options) => client.send(new CreateMultipartUploadCommand(command), options),
      signal,
    );
    if (output.UploadId === undefined) {
      throw new HoldfastError('VAULT_UNAVAILABLE', `${key}: S3 began an upload without giving its id`);
    }
    return output.UploadId;
  }

  async function uploadPart(UploadId: string, part: Part, bytes: Buffer): Promise<void> {
    const command = { ...at(context, key), ...part, UploadId, Body: bytes, ContentLength: bytes.length };
    const output = await call(
      's3:PutObject (UploadPart)',
      `${key} part ${part.PartNumber}`,
      (options) => client.send(new UploadPartCommand(command), options),
      signal,
    );
    part.ETag = output.ETag;
  }

  function giveBack(bytes: Buffer): void {
    for (const buffer of held) {
      if (buffer.buffer !== bytes.buffer) continue;
      held.delete(buffer);
      settings.pool.release(buffer);
    }
  }
}

/**
 * Runs the request that makes the object visible, then confirms it. 409 is tried again. After anything else but a
 * refusal, what is stored decides: the same bytes are a success whose reply was lost, others are OBJECT_EXISTS.
 */
async function settle(
  context: S3Context,
  key: string,
  expected: Expected,
  signal: AbortSignal,
  request: () => Promise<string | undefined>,
): Promise<{ versionId: string | undefined }> {
  for (let attempt = 1; ; attempt++) {
    let versionId: string | undefined;
    try {
      versionId = await request();
    } catch (error) {
      signal.throwIfAborted();
      const status = statusOf(error);
      if (status === 403) throw error;
      if (status === 409 && attempt < CONFLICT_ATTEMPTS) {
        await backOff(attempt, signal);
        continue;
      }
      versionId = await recognise(context, key, expected, error, signal);
    }
    const state = await confirm(context, key, versionId, expected, signal);
    return { versionId: state.versionId ?? versionId };
  }
}

async function recognise(
  context: S3Context,
  key: string,
  expected: Expected,
  failure: unknown,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await inspect(context, key, undefined, signal).catch(() => undefined);
  signal.throwIfAborted();
  if (found === undefined) {
    if (!(failure instanceof HoldfastError) || failure.code !== 'OBJECT_MISSING') throw failure;
    // NoSuchUpload: not that an object is missing, but that the upload is.
    throw new HoldfastError('VAULT_UNAVAILABLE', `${key}: the upload was gone before it was complete`, {
      cause: failure,
    });
  }
  if (sameBytes(found, expected)) return found.versionId;
  throw new HoldfastError(
    'OBJECT_EXISTS',
    `${key} exists already, with other content (${found.lengthBytes} bytes)`,
    {
      cause: failure,
    },
  );
}
