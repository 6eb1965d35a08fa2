/**
 * Memory for contents that are read whole, used again: by powers of two, so that few sizes do for all files, and shared
 * with the threads that read. What is not given back is simply collected.
 */
const SMALLEST_BYTES = 4 * 1024;
/** Kept for later, at most. */
const IDLE_BYTES = 32 * 1024 * 1024;

export class Buffers {
  readonly #idle = new Map<number, SharedArrayBuffer[]>();
  #idleBytes = 0;

  /** Exactly that long; its content is whatever was in it. */
  take(bytes: number): Buffer {
    const size = Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
    const idle = this.#idle.get(size)?.pop();
    if (idle === undefined) return Buffer.from(new SharedArrayBuffer(size), 0, bytes);
    this.#idleBytes -= size;
    return Buffer.from(idle, 0, bytes);
  }

  /** Nobody looks at it any more. To be called at most once for what was taken. */
  give({ buffer }: Buffer): void {
    const size = buffer.byteLength;
    if (!(buffer instanceof SharedArrayBuffer) || this.#idleBytes + size > IDLE_BYTES) return;
    const same = this.#idle.get(size);
    if (same === undefined) this.#idle.set(size, [buffer]);
    else same.push(buffer);
    this.#idleBytes += size;
  }
}
