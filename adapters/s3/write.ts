/**
 * Streams a body into one new object. Promises: a whole object that was read back, or an error and no object; no
 * unfinished upload stays behind (best effort, bounded); memory is a few part buffers, whatever the length.
 *
 * Not the SDK's own uploader: see docs/decisions/0010.
 */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import type { WrittenObject } from '../../core/ports/vault.ts';
import { type Body, sourceOf } from '../body-source.ts';
import { copyBytes } from '../copy-bytes.ts';
import { sharedHashing } from '../hashing.ts';
import { creationInput, type Wanted } from './attributes.ts';
import { at, type S3Context } from './context.ts';
import { multipart, type WriteSettings } from './multipart.ts';
import { type Settled, settle } from './settle.ts';

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
  const hashing = sharedHashing();
  const whole = hashing.whole();
  try {
    const { pool } = settings;
    let buffer = await upload.buffer();
    let filled = 0;
    let lengthBytes = 0;
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      lengthBytes += chunk.byteLength;
      for (let offset = 0; offset < chunk.byteLength; ) {
        // A full buffer leaves only when more follows: an object of exactly one part is a single PutObject.
        if (filled === pool.bufferBytes) {
          // Before the part's own: the buffer is not given back until that is there.
          void whole.update(buffer);
          await upload.send(buffer);
          buffer = await upload.buffer();
          filled = 0;
        }
        const count = Math.min(pool.bufferBytes - filled, chunk.byteLength - offset);
        copyBytes(chunk.subarray(offset, offset + count), buffer, filled);
        filled += count;
        offset += count;
      }
    }
    if (lengthBytes === 0)
      throw new HoldfastError('DUMP_EMPTY', `${key}: nothing to write, the body was empty`);
    const last = buffer.subarray(0, filled);
    const digest = upload.begun ? await whole.end(last) : await hashing.sha256Of(last);
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
    whole.drop();
    await Promise.all([source.close(), upload.abandon()]);
    throw reason;
  } finally {
    signal?.removeEventListener('abort', onAbort);
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
): Promise<Settled> {
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
