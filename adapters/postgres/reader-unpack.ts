/**
 * Unpacks the data of archives, one entry after the other, and hands the plain bytes to whoever counts them.
 *
 * zstd and gzip are unpacked on Node's thread pool in pieces of 1 MiB, so that several archives are read at a time
 * in one process. Entries of less than 64 KiB (most tables of most databases) are unpacked at once, without a
 * stream for each. lz4 is not in Node: see reader-program.ts.
 */
import {
  createInflate,
  createZstdDecompress,
  type Inflate,
  inflateSync,
  type ZstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';
import { damaged } from './restore-toc.ts';

/** Large, because each piece is one trip to the thread pool: 128 KiB makes it 1.7 times slower. */
const pieceBytes = 1024 * 1024;
/** pg_dump writes blocks of a few KiB; gathered, they are one trip instead of many. */
const gatherBytes = 256 * 1024;
const smallBytes = 64 * 1024;
/** What a small entry may unpack to at once; larger ones (blank rows pack 1:10,000) go through a stream. */
const smallPlainBytes = 4 * 1024 * 1024;

type Packed = 'gzip' | 'zstd';

/** Takes one entry's bytes, then `end`, then the next entry's. */
export class Unpacker {
  readonly #compression: Packed | 'none';
  readonly #sink: (plain: Uint8Array) => void;
  readonly #gathered = Buffer.allocUnsafeSlow(gatherBytes);
  #length = 0;
  #stream: UnpackStream | undefined;

  /** `sink` must not keep the bytes it is given. */
  constructor(compression: Packed | 'none', sink: (plain: Uint8Array) => void) {
    this.#compression = compression;
    this.#sink = sink;
  }

  /** Returns a promise when the next write must wait. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#compression === 'none') {
      this.#sink(bytes);
      return undefined;
    }
    if (this.#length + bytes.length <= gatherBytes) {
      this.#gathered.set(bytes, this.#length);
      this.#length += bytes.length;
      return undefined;
    }
    return this.#flush(bytes);
  }

  /** @throws HoldfastError INTEGRITY_ARCHIVE when the packed data is cut or damaged */
  async end(): Promise<void> {
    if (this.#compression === 'none') return;
    if (this.#stream === undefined && this.#length <= smallBytes) {
      const packed = this.#gathered.subarray(0, this.#length);
      const plain = unpackSmall(this.#compression, packed);
      if (plain) {
        this.#length = 0;
        this.#sink(plain);
        return;
      }
    }
    await this.#flush();
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.end();
  }

  destroy(): void {
    this.#stream?.destroy();
  }

  async #flush(more?: Uint8Array): Promise<void> {
    this.#stream ??= new UnpackStream(this.#compression as Packed, this.#sink);
    // The stream may read what it was given until it asks for more: it gets a copy, the buffer is used again.
    const gathered = Buffer.from(this.#gathered.subarray(0, this.#length));
    this.#length = 0;
    if (gathered.length > 0) await this.#stream.write(gathered);
    if (more === undefined) return;
    if (more.length <= gatherBytes) {
      this.#gathered.set(more, 0);
      this.#length = more.length;
    } else {
      await this.#stream.write(Buffer.from(more));
    }
  }
}

/** Undefined when the entry unpacks to more than a small one should. */
function unpackSmall(compression: Packed, packed: Uint8Array): Uint8Array | undefined {
  try {
    const options = { maxOutputLength: smallPlainBytes };
    return compression === 'zstd' ? zstdDecompressSync(packed, options) : inflateSync(packed, options);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw unpackFailure(thrown as Error);
  }
}

class UnpackStream {
  readonly #stream: ZstdDecompress | Inflate;
  readonly #ended: Promise<void>;
  #failure: Error | undefined;
  #resume: (() => void) | undefined;

  constructor(compression: Packed, sink: (plain: Uint8Array) => void) {
    const options = { chunkSize: pieceBytes };
    const stream = compression === 'zstd' ? createZstdDecompress(options) : createInflate(options);
    this.#stream = stream;
    this.#ended = new Promise((resolve) => {
      stream.on('data', sink);
      stream.on('drain', () => this.#wake());
      stream.on('end', resolve);
      stream.on('close', resolve);
      stream.on('error', (error: Error) => {
        this.#failure = error;
        this.#wake();
        resolve();
      });
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw unpackFailure(this.#failure);
    if (this.#stream.write(bytes)) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
  }

  async end(): Promise<void> {
    this.#stream.end();
    await this.#ended;
    if (this.#failure) throw unpackFailure(this.#failure);
  }

  destroy(): void {
    this.#stream.destroy();
    this.#wake();
  }

  #wake(): void {
    this.#resume?.();
    this.#resume = undefined;
  }
}

function unpackFailure(cause: Error): Error {
  const failure = damaged(`the packed data of an entry is damaged (${cause.message})`);
  failure.cause = cause;
  return failure;
}
