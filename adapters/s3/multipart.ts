/**
 * One multipart upload: at most `concurrency` parts on the wire, each hashed once. A part that fails aborts the whole
 * write at once, whatever its body is doing.
 */
import { hash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import { sharedHashing } from '../hashing.ts';
import { settledWithin } from '../waits.ts';
import { creationInput, type Wanted } from './attributes.ts';
import type { BufferPool } from './buffers.ts';
import { at, type S3Context } from './context.ts';
import { type Settled, settle } from './settle.ts';

/** S3 takes 10,000; docs/format.md promises 9,000, so that a reader may count on it. */
export const MAX_PARTS = 9_000;
const ABORT_TIMEOUT_MS = 10_000;

type Part = CompletedPart & { readonly PartNumber: number };

export interface WriteSettings {
  readonly pool: BufferPool;
  /** Parts on the wire at a time. */
  readonly concurrency: number;
}

export type Multipart = ReturnType<typeof multipart>;

/** The upload begins with the first part; `stop` ends it. */
export function multipart(
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
      const part: Part = { PartNumber: partNumber };
      parts.push(part);
      const sending = uploadPart(uploadId, part, bytes)
        .catch((error: unknown) => stop.abort(error))
        .finally(() => {
          inFlight.delete(sending);
          giveBack(bytes);
        });
      inFlight.add(sending);
    },

    async complete(last: Buffer, lengthBytes: number): Promise<Settled> {
      await upload.send(last);
      await Promise.all(inFlight);
      signal.throwIfAborted();
      const digests = parts.map(({ ChecksumSHA256 = '' }) => Buffer.from(ChecksumSHA256, 'base64'));
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
      const settled = await settle(context, key, expected, signal, async () => {
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
      // Another writer's object, with the same bytes: these parts are still there.
      if (settled.recognised) await upload.abandon();
      return settled;
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
    part.ChecksumSHA256 = (await sharedHashing().sha256Of(bytes)).toString('base64');
    signal.throwIfAborted();
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
