/**
 * Bytes from one writer to one reader, copied into a few blocks that are used again and again: new buffers for hundreds
 * of megabytes would keep the garbage collector as busy as the compressor. Promises: the writer waits while all blocks
 * are full; a block is the reader's until it asks for the next one.
 */
import { copyBytes } from '../copy-bytes.ts';
import { Bell } from './waiting.ts';

/** One call of the compressor: each is a trip to the thread pool and back. */
export const BLOCK_BYTES = 1024 * 1024;
/** One being filled, one being compressed, one waiting. */
const BLOCKS = 3;

export class Blocks {
  readonly #free: Buffer[] = [];
  readonly #ready: Buffer[] = [];
  readonly #bell = new Bell();
  #made = 1;
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #filled = 0;
  #ended = false;
  #failure: Error | undefined;

  /** Undefined: done. Else to be awaited before the next one. Throws once `fail` was called. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (bytes.length > BLOCK_BYTES - this.#filled) return this.#writeOn(bytes);
    copyBytes(bytes, this.#block, this.#filled);
    this.#filled += bytes.length;
    return undefined;
  }

  /** Nothing follows. */
  end(): void {
    if (this.#filled > 0) this.#ready.push(this.#block.subarray(0, this.#filled));
    this.#filled = 0;
    this.#ended = true;
    this.#bell.ring();
  }

  /** Both sides hear it. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#bell.ring();
  }

  async *read(): AsyncGenerator<Buffer> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const block = this.#ready.shift();
      if (block !== undefined) {
        yield block;
        this.#free.push(block);
        this.#bell.ring();
      } else if (this.#ended) return;
      else await this.#bell.next();
    }
  }

  async #writeOn(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#filled === BLOCK_BYTES) await this.#nextBlock();
      const piece = bytes.subarray(at, at + BLOCK_BYTES - this.#filled);
      copyBytes(piece, this.#block, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
    }
  }

  async #nextBlock(): Promise<void> {
    this.#ready.push(this.#block);
    this.#filled = 0;
    this.#bell.ring();
    if (this.#made < BLOCKS) {
      this.#made += 1;
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      return;
    }
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const free = this.#free.pop();
      if (free !== undefined) {
        this.#block = free;
        return;
      }
      await this.#bell.next();
    }
  }
}
