/**
 * Reusable part buffers, shared by all uploads of the process: this is the bound on what writing can hold in
 * memory. Allocating 8 MiB a part instead cost a second of garbage collection per 180 MB (docs/decisions/0010).
 */

/** All buffers of one size together, in bytes: sixteen parts of 8 MiB. */
const POOL_BYTES = 128 * 1024 * 1024;

export interface BufferPool {
  readonly bufferBytes: number;
  /** A buffer with arbitrary content; waits while all are in use. Rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<Buffer>;
  /** Gives a buffer back; it must not be touched afterwards. */
  release(buffer: Buffer): void;
  /** Buffers given out now, and made so far. */
  readonly state: { readonly inUse: number; readonly made: number };
}

const pools = new Map<number, BufferPool>();

/** The process's pool of buffers of that size. */
export function sharedPool(bufferBytes: number): BufferPool {
  let pool = pools.get(bufferBytes);
  if (pool === undefined) {
    pool = bufferPool(bufferBytes, Math.max(4, Math.floor(POOL_BYTES / bufferBytes)));
    pools.set(bufferBytes, pool);
  }
  return pool;
}

export function bufferPool(bufferBytes: number, limit: number): BufferPool {
  const idle: Buffer[] = [];
  const waiting = new Set<(buffer: Buffer) => void>();
  const state = { inUse: 0, made: 0 };
  return {
    bufferBytes,
    state,
    async acquire(signal) {
      signal.throwIfAborted();
      const free = idle.pop() ?? (state.made < limit ? make() : undefined);
      if (free !== undefined) {
        state.inUse += 1;
        return free;
      }
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
      const onAbort = () => {
        waiting.delete(take);
        reject(signal.reason);
      };
      const take = (buffer: Buffer) => {
        signal.removeEventListener('abort', onAbort);
        resolve(buffer);
      };
      waiting.add(take);
      signal.addEventListener('abort', onAbort, { once: true });
      return promise;
    },
    release(buffer) {
      const [next] = waiting;
      if (next !== undefined) {
        waiting.delete(next);
        next(buffer);
        return;
      }
      state.inUse -= 1;
      idle.push(buffer);
    },
  };

  function make(): Buffer {
    state.made += 1;
    // Pages that are never filled never become resident. Shared with the thread that hashes.
    return Buffer.from(new SharedArrayBuffer(bufferBytes));
  }
}
