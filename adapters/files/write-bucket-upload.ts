/** One large object in parts: two on the wire at most, each with its hash; a part that fails ends it at once. */
import { hash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import { settledWithin } from '../waits.ts';
import { asked, type BucketPlace, type Described } from './write-bucket-call.ts';

/** Larger files go in parts of at least this. S3 takes 5 MiB to 5 GiB, 10,000 of them. */
export const smallestPartBytes = 8 * 1024 * 1024;
const maxParts = 9_000;
const mebibyte = 1024 * 1024;
const onTheWire = 2;
const abandonMilliseconds = 10_000;

interface Part {
  readonly PartNumber: number;
  readonly ETag: string | undefined;
  readonly ChecksumSHA256: string;
}

export interface BucketUpload {
  write(bytes: Uint8Array): Promise<void>;
  complete(condition: {
    readonly IfNoneMatch?: string;
  }): Promise<{ readonly VersionId?: string | undefined }>;
  /** Never throws, bounded. */
  abandon(): Promise<void>;
}

export function bucketUpload(
  place: BucketPlace,
  key: string,
  sizeBytes: number,
  described: Described,
  signal: AbortSignal,
): BucketUpload {
  const { client, bucket } = place;
  const at = { Bucket: bucket, Key: key };
  const partBytes = Math.max(smallestPartBytes, Math.ceil(sizeBytes / maxParts / mebibyte) * mebibyte);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const parts: Part[] = [];
  const inFlight = new Set<Promise<void>>();
  let uploadId: string | undefined;
  let filling = Buffer.allocUnsafe(Math.min(partBytes, sizeBytes));
  let filled = 0;
  let sent = 0;
  let numbered = 0;
  let finished = false;

  async function begin(): Promise<string> {
    const { UploadId } = await asked(place, 's3:PutObject (CreateMultipartUpload)', key, either, (send) =>
      client.send(
        new CreateMultipartUploadCommand({ ...at, ...described, ChecksumAlgorithm: 'SHA256' }),
        send,
      ),
    );
    if (UploadId === undefined)
      throw new HoldfastError('RESTORE_FAILED', `${key}: the target began no upload, and said no error`);
    return UploadId;
  }

  async function flush(): Promise<void> {
    uploadId ??= await begin();
    while (inFlight.size >= onTheWire) await Promise.race(inFlight);
    either.throwIfAborted();
    const bytes = filling.subarray(0, filled);
    sent += filled;
    filled = 0;
    filling = Buffer.allocUnsafe(Math.min(partBytes, Math.max(0, sizeBytes - sent)));
    const sending = upload(uploadId, bytes)
      .catch((error: unknown) => stop.abort(error))
      .finally(() => inFlight.delete(sending));
    inFlight.add(sending);
  }

  async function upload(id: string, bytes: Buffer): Promise<void> {
    const PartNumber = ++numbered;
    const ChecksumSHA256 = hash('sha256', bytes, 'base64');
    const command = {
      ...at,
      UploadId: id,
      PartNumber,
      Body: bytes,
      ContentLength: bytes.length,
      ChecksumSHA256,
    };
    const { ETag } = await asked(place, 's3:PutObject (UploadPart)', key, either, (send) =>
      client.send(new UploadPartCommand(command), send),
    );
    parts.push({ PartNumber, ETag, ChecksumSHA256 });
  }

  return {
    async write(bytes) {
      either.throwIfAborted();
      for (let from = 0; from < bytes.length; ) {
        const count = Math.min(filling.length - filled, bytes.length - from);
        if (count === 0) throw new HoldfastError('RESTORE_FAILED', `${key}: more bytes than the index says`);
        filling.set(bytes.subarray(from, from + count), filled);
        filled += count;
        from += count;
        if (filled === filling.length && sent + filled < sizeBytes) await flush();
      }
    },
    async complete(condition) {
      await flush();
      await Promise.all(inFlight);
      either.throwIfAborted();
      const command = {
        ...at,
        UploadId: uploadId,
        MultipartUpload: { Parts: parts.sort((one, other) => one.PartNumber - other.PartNumber) },
        MpuObjectSize: sizeBytes,
        ...condition,
      };
      const output = await asked(place, 's3:PutObject (CompleteMultipartUpload)', key, either, (send) =>
        client.send(new CompleteMultipartUploadCommand(command), send),
      );
      // 200 is sent before the outcome is known.
      if (output.ETag === undefined)
        throw new HoldfastError(
          'RESTORE_FAILED',
          `${key}: the target did not say that the upload is complete`,
        );
      finished = true;
      return output;
    },
    async abandon() {
      stop.abort(new HoldfastError('CANCELLED', `the upload of ${key} was given up`));
      // A part that arrives after the abort would bring its bytes back.
      await settledWithin(abandonMilliseconds, Promise.all(inFlight));
      if (uploadId === undefined || finished) return;
      const UploadId = uploadId;
      await asked(place, 's3:AbortMultipartUpload', key, AbortSignal.timeout(abandonMilliseconds), (send) =>
        client.send(new AbortMultipartUploadCommand({ ...at, UploadId }), send),
      ).catch(() => {});
    },
  };
}
