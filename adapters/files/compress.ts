/**
 * A tar, packed: zstd with a checksum in its frame, gzip, bzip2 (a program of the system) or as it is. Small pieces are
 * joined first, since a compressor's call costs more than a header.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { HoldfastError } from '../../core/errors.ts';
import type { FilesSource } from './source.ts';
import { through } from './through.ts';

const JOINED_BYTES = 512 * 1024;
const LONG_BYTES = 64 * 1024;
const chunkSize = 256 * 1024;

export type Compression = FilesSource['compression'];

export function compress(
  tar: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncIterable<Uint8Array> {
  const body = joined(tar);
  switch (compression) {
    case 'none':
      return body;
    case 'zstd':
      return through(body, zstdFrame(1));
    case 'gzip':
      return through(body, createGzip({ level: 1, chunkSize }));
    case 'bzip2':
      return throughBzip2(body);
  }
}

/** Level 1 is as fast as the ciphers after it; the checksum is proof of the content for any zstd program. */
export function zstdFrame(level: number): Duplex {
  return createZstdCompress({
    chunkSize,
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

async function* joined(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of tar) {
    // A long one goes on as it is: copying it would cost more than the call.
    if (chunk.length >= LONG_BYTES || bytes + chunk.length > JOINED_BYTES) {
      if (bytes > 0) yield Buffer.concat(pieces, bytes);
      pieces = [];
      bytes = 0;
    }
    if (chunk.length >= LONG_BYTES) {
      yield chunk;
    } else {
      pieces.push(chunk);
      bytes += chunk.length;
    }
  }
  if (bytes > 0) yield Buffer.concat(pieces, bytes);
}

/** The program from the PATH; a layer's programs are on it. */
export const BZIP2 = 'bzip2';

async function* throughBzip2(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const child = spawn(BZIP2, ['-c', '-9'], { stdio: ['pipe', 'pipe', 'pipe'] });
  try {
    await once(child, 'spawn').catch((cause: unknown) => {
      throw new HoldfastError(
        'TOOLS_MISSING',
        'compression: bzip2 needs the program bzip2, which is not there',
        {
          cause,
          next: 'Install bzip2 where the backup runs, or use zstd, which is both faster and smaller.',
        },
      );
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < 1000) said += chunk.toString();
    });
    const ended = once(child, 'close') as Promise<[number | null, string | null]>;
    yield* through(body, Duplex.from({ writable: child.stdin, readable: child.stdout }));
    const [code, by] = await ended;
    if (code !== 0) throw new HoldfastError('DUMP_FAILED', `bzip2 ended with ${code ?? by}: ${said.trim()}`);
  } finally {
    child.kill('SIGKILL');
  }
}
