/**
 * zstd unpacked into one buffer that is used again. Node's stream makes a new buffer of 1 MiB for each piece, and the
 * kernel then zeroes the whole data once more: that alone made reading an archive twice as slow as pg_restore does it.
 * The handle below Node's stream is not public, so it is tried on a known frame when first used; where it is missing
 * or has changed, the caller takes the stream (docs/decisions/0030).
 */
import { createZstdDecompress, zstdCompressSync } from 'node:zlib';

/** What node:zlib's own stream calls; see ZlibBase in lib/zlib.js of Node 24. */
interface Handle {
  onerror: (message: string, errno: number, code: string) => void;
  init(
    params: Uint32Array,
    pledgedSize: undefined,
    state: Uint32Array,
    done: () => void,
    dictionary: undefined,
  ): void;
  write(
    flush: number,
    input: Uint8Array,
    inAt: number,
    inLength: number,
    output: Uint8Array,
    outAt: number,
    outLength: number,
  ): void;
  reset(): void;
  close(): void;
}

/** ZSTD_CONTINUE and ZSTD_END; the latter makes an unfinished frame an error. */
const flushes = { more: 0, last: 2 } as const;
/** kMaxZstdDParam of Node 24, and one. */
const parameterCount = 101;

export class ZstdUnpacker {
  readonly #handle: Handle;
  readonly #output: Uint8Array;
  /** Bytes left in the output, then in the input, after a step. */
  readonly #state = new Uint32Array(2);
  #settle: ((failure?: Error) => void) | undefined;
  #closed = false;

  /** Halves of `output` are written to and handed on by turns. */
  constructor(output: Uint8Array) {
    const stream = createZstdDecompress() as unknown as {
      _handle: { constructor: new () => Handle };
      destroy(): void;
    };
    this.#handle = new stream._handle.constructor();
    stream.destroy();
    this.#handle.onerror = (message, _errno, code) => this.#done(new Error(`${code}: ${message}`));
    const parameters = new Uint32Array(parameterCount).fill(-1);
    this.#handle.init(parameters, undefined, this.#state, () => this.#done(), undefined);
    this.#output = output;
  }

  /**
   * Unpacks all of `input` on the thread pool. `sink` is called with parts of the output buffer. With `last` the
   * frame must end here.
   * @throws Error of zstd
   */
  async unpack(input: Uint8Array, last: boolean, sink: (plain: Uint8Array) => void): Promise<void> {
    const flush = last ? flushes.last : flushes.more;
    let at = 0;
    let half = 0;
    let step = this.#step(flush, input, at, this.#half(half));
    for (;;) {
      await step;
      const output = this.#half(half);
      const [outLeft = 0, inLeft = 0] = this.#state;
      const consumed = input.length - at - inLeft;
      const plain = output.subarray(0, output.length - outLeft);
      at += consumed;
      // A full output may mean that there is more to come of what was read already.
      const more = inLeft > 0 || outLeft === 0;
      if (more && consumed === 0 && plain.length === 0) throw new Error('zstd makes no progress');
      half = 1 - half;
      // The next half is filled while the caller looks at this one.
      if (more) step = this.#step(flush, input, at, this.#half(half));
      if (plain.length > 0) sink(plain);
      if (!more) return;
    }
  }

  /** Ready for another frame. */
  reset(): void {
    this.#handle.reset();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Node closes a handle that is at work when that is done.
    this.#handle.close();
  }

  #half(half: number): Uint8Array {
    const size = this.#output.length >> 1;
    return this.#output.subarray(half * size, (half + 1) * size);
  }

  #step(flush: number, input: Uint8Array, at: number, output: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (failure) => (failure ? reject(failure) : resolve());
      this.#handle.write(flush, input, at, input.length - at, output, 0, output.length);
    });
  }

  #done(failure?: Error): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(failure);
  }
}

let works: Promise<boolean> | undefined;

/** Whether ZstdUnpacker does on this Node what it should; found out once. */
export function zstdUnpackerWorks(): Promise<boolean> {
  works ??= tryOut().catch(() => false);
  return works;
}

async function tryOut(): Promise<boolean> {
  const plain = Buffer.alloc(300_000, 'a known text\n');
  const frame = zstdCompressSync(plain);
  const unpacker = new ZstdUnpacker(new Uint8Array(128 * 1024));
  try {
    for (const cutBytes of [0, 0, 3]) {
      const pieces: Buffer[] = [];
      unpacker.reset();
      const whole = await unpacker
        .unpack(frame.subarray(0, frame.length - cutBytes), true, (piece) => pieces.push(Buffer.from(piece)))
        .then(
          () => true,
          () => false,
        );
      if (whole !== (cutBytes === 0) || (whole && !Buffer.concat(pieces).equals(plain))) return false;
    }
    return true;
  } finally {
    unpacker.close();
  }
}
