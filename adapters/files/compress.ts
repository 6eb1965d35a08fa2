/** A tar, packed: zstd with a checksum in its frame, gzip, bzip2 (a program of the system) or as it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { HoldfastError } from '../../core/errors.ts';
import type { FilesSource } from './source.ts';
import { through } from './through.ts';

const chunkSize = 1024 * 1024;

export type Compression = FilesSource['compression'];

/** @param tar its pieces may be used again by who made them, as soon as the next one is asked for */
export function compress(
  tar: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'none':
      return copied(tar);
    case 'zstd':
      return through(tar, zstdFrame(1));
    case 'gzip':
      return through(tar, createGzip({ level: 1, chunkSize }));
    case 'bzip2':
      return throughBzip2(copied(tar));
  }
}

/** Level 1 is as fast as the ciphers after it; the checksum is proof of the content for any zstd program. */
export function zstdFrame(level: number): Duplex {
  return createZstdCompress({
    chunkSize,
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/** Each piece for whoever keeps it. */
export async function* copied(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece);
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
    // It is awaited below, or not any more once something else has failed.
    ended.catch(() => undefined);
    try {
      yield* through(body, Duplex.from({ writable: child.stdin, readable: child.stdout }));
    } catch (thrown) {
      // It closed its input, and says why.
      if ((thrown as NodeJS.ErrnoException).code !== 'EPIPE') throw thrown;
    }
    const [code, by] = await ended;
    if (code !== 0) throw new HoldfastError('DUMP_FAILED', `bzip2 ended with ${code ?? by}: ${said.trim()}`);
  } finally {
    child.kill('SIGKILL');
  }
}
