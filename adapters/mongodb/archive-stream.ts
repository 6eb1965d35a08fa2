/**
 * An archive as a stream of bytes: compressed on the way out, and read to its end on the way back. mongodump writes
 * plain archives; compressing here, off the main thread, lets the walker read them without unpacking again.
 */
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { HoldfastError } from '../../core/errors.ts';
import { ArchiveWalker, type WalkOptions } from './archive.ts';
import { type ArchiveCompression, archiveEncodings, type MongoArchiveContents } from './model.ts';

/** Larger than the 16 KiB that they are by default: fewer round trips to the thread that compresses. */
const chunkBytes = 256 * 1024;

/** Level 1 of both (decision 0097). The checksum makes zstd notice its own damage. Never `nbWorkers`: it crashes Node 24. */
function compressor(compression: Exclude<ArchiveCompression, 'none'>) {
  if (compression === 'gzip') return createGzip({ level: 1, chunkSize: chunkBytes });
  return createZstdCompress({
    chunkSize: chunkBytes,
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/** Ends normally only when `plain` did; what `plain` throws comes out here. Memory: a few chunks. */
export async function* compressed(
  plain: AsyncIterable<Uint8Array>,
  compression: ArchiveCompression,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    yield* plain;
    return;
  }
  yield* through(plain, compressor(compression));
}

/** The other way. @throws whatever zlib says of bytes that are not its own */
export async function* decompressed(
  stored: AsyncIterable<Uint8Array>,
  compression: ArchiveCompression,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    yield* stored;
    return;
  }
  const options = { chunkSize: chunkBytes };
  yield* through(stored, compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options));
}

async function* through(
  source: AsyncIterable<Uint8Array>,
  transform: ReturnType<typeof createGzip>,
): AsyncGenerator<Uint8Array> {
  const done = pipeline(source, transform);
  // Its error is thrown by the loop, too: the later one of the two must not be an unhandled rejection.
  done.catch(() => undefined);
  try {
    for await (const chunk of transform) yield chunk as Buffer;
  } finally {
    transform.destroy();
  }
  await done;
}

/** How the bytes of a segment are compressed. @throws HoldfastError FORMAT_UNKNOWN */
export function compressionOf(encoding: string): ArchiveCompression {
  const found = Object.entries(archiveEncodings).find(([, word]) => word === encoding);
  if (found === undefined)
    throw new HoldfastError('FORMAT_UNKNOWN', `the encoding ${encoding} of a MongoDB segment is not known`);
  return found[0] as ArchiveCompression;
}

/**
 * Reads a stored segment to its end.
 * @param encoding the segment's, one of `archiveEncodings`
 * @throws HoldfastError INTEGRITY_ARCHIVE when it is not whole, FORMAT_UNKNOWN, or what `stored` throws
 */
export async function readArchive(
  stored: AsyncIterable<Uint8Array>,
  encoding: string,
  options: Pick<WalkOptions, 'documents' | 'onDocument' | 'onAnnounced'> & { readonly signal?: AbortSignal },
): Promise<MongoArchiveContents> {
  const compression = compressionOf(encoding);
  const walker = new ArchiveWalker({ ...options, purpose: 'read', compression });
  try {
    for await (const chunk of decompressed(stored, compression)) {
      options.signal?.throwIfAborted();
      walker.push(chunk);
    }
  } catch (thrown) {
    throw archiveFailure(thrown);
  }
  return walker.end();
}

/** What reading a stored archive has thrown, with zlib's own errors as INTEGRITY_ARCHIVE. */
export function archiveFailure(thrown: unknown): unknown {
  return isZlib(thrown)
    ? new HoldfastError('INTEGRITY_ARCHIVE', `the archive does not decompress (${thrown.code})`)
    : thrown;
}

function isZlib(thrown: unknown): thrown is { readonly code: string } {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB|ERR_BUFFER_TOO_LARGE)/.test(code);
}
