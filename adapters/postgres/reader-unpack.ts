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
import { ZstdUnpacker } from './reader-zstd.ts';
import { damaged } from './restore-toc.ts';

/** Large, because each piece is one trip to the thread pool: 128 KiB makes it 1.7 times slower. */
const pieceBytes = 1024 * 1024;
/** pg_dump writes blocks of a few KiB; gathered, they are one trip instead of many. */
const gatherBytes = 512 * 1024;
const smallBytes = 64 * 1024;
/** What a small entry may unpack to at once; larger ones (blank rows pack 1:10,000) go through a stream. */
const smallPlainBytes = 4 * 1024 * 1024;

type Packed = 'gzip' | 'zstd';

/** Takes one entry's bytes, then `end`, then the next entry's. */
export class Unpacker {
  readonly #compression: Packed | 'none';
  readonly #sink: (plain: Uint8Array) => void;
  readonly #frames: ZstdUnpacker | undefined;
  /** One is filled while the other is unpacked. */
  #filling = Buffer.allocUnsafeSlow(gatherBytes);
  #unpacking = Buffer.allocUnsafeSlow(gatherBytes);
  #length = 0;
  #stream: UnpackStream | undefined;
  #begun = false;
  /** The unpacking that goes on; its failure is thrown by whoever waits for it next. */
  #pending: Promise<void> = Promise.resolve();

  /**
   * `output` is where zstd is unpacked to when `reuse` says that Node lets us; `sink` must not keep the bytes it is given.
   */
  constructor(
    compression: Packed | 'none',
    output: Uint8Array,
    reuse: boolean,
    sink: (plain: Uint8Array) => void,
  ) {
    this.#compression = compression;
    this.#sink = sink;
    this.#frames = compression === 'zstd' && reuse ? new ZstdUnpacker(output) : undefined;
  }

  /** Returns a promise when the next write must wait. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#compression === 'none') {
      this.#sink(bytes);
      return undefined;
    }
    if (this.#length + bytes.length > gatherBytes) return this.#overflow(bytes);
    this.#filling.set(bytes, this.#length);
    this.#length += bytes.length;
    return undefined;
  }

  /** @throws HoldfastError INTEGRITY_ARCHIVE when the packed data is cut or damaged */
  async end(): Promise<void> {
    if (this.#compression === 'none') return;
    if (this.#begun || this.#length > smallBytes || !this.#small()) {
      await this.#unpack(true);
      await this.#pending;
    }
    this.#begun = false;
    this.#length = 0;
  }

  destroy(): void {
    this.#stream?.destroy();
    this.#frames?.close();
  }

  /** False when the entry is not so small after all. */
  #small(): boolean {
    const plain = unpackSmall(this.#compression as Packed, this.#filling.subarray(0, this.#length));
    if (plain) this.#sink(plain);
    return plain !== undefined;
  }

  async #overflow(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#length === gatherBytes) await this.#unpack(false);
      const taken = rest.subarray(0, gatherBytes - this.#length);
      this.#filling.set(taken, this.#length);
      this.#length += taken.length;
      rest = rest.subarray(taken.length);
    }
  }

  /** Begins to unpack what was gathered, once the piece before it is done. */
  async #unpack(last: boolean): Promise<void> {
    await this.#pending;
    const packed = this.#filling.subarray(0, this.#length);
    [this.#filling, this.#unpacking] = [this.#unpacking, this.#filling];
    this.#length = 0;
    this.#pending = this.#frames ? this.#frame(this.#frames, packed, last) : this.#streamed(packed, last);
    this.#pending.catch(() => undefined);
    this.#begun = true;
  }

  async #frame(frames: ZstdUnpacker, packed: Uint8Array, last: boolean): Promise<void> {
    try {
      if (!this.#begun) frames.reset();
      await frames.unpack(packed, last, this.#sink);
    } catch (thrown) {
      throw unpackFailure(thrown as Error);
    }
  }

  async #streamed(packed: Uint8Array, last: boolean): Promise<void> {
    this.#stream ??= new UnpackStream(this.#compression as Packed, this.#sink);
    // The stream may keep what it was given; the buffer is used again.
    await this.#stream.write(Buffer.from(packed));
    if (!last) return;
    const stream = this.#stream;
    this.#stream = undefined;
    await stream.end();
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
