/**
 * The body of a write (to S3, to a folder), read so that a failure elsewhere (a refused part, an abort) ends the reading at once, even
 * while the producer stalls; and so that the producer is always told that nobody reads any more.
 */
import { settledWithin } from './waits.ts';

/** A producer that does not react to being closed is left alone after this long. */
const CLOSE_TIMEOUT_MS = 2_000;

export type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface Source {
  /** The next chunk that is not empty, or undefined at the end. Rejects with the signal's reason when it aborts. */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the producer unless it ended by itself. Never throws, bounded. */
  close(): Promise<void>;
}

export function sourceOf(body: Body, signal: AbortSignal): Source {
  const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
  let ended = false;
  let closing: Promise<void> | undefined;
  // Not Promise.race against one long-lived promise: that would keep a reaction for every chunk ever read.
  let interrupt: ((reason: unknown) => void) | undefined;
  const onAbort = () => interrupt?.(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    async next() {
      for (;;) {
        signal.throwIfAborted();
        const result = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
          interrupt = reject;
          step(iterator).then(resolve, (error: unknown) => {
            ended = true;
            reject(error);
          });
        });
        if (result.done) {
          ended = true;
          return undefined;
        }
        if (result.value.byteLength > 0) return result.value;
      }
    },
    close() {
      signal.removeEventListener('abort', onAbort);
      closing ??= ended ? Promise.resolve() : leave();
      return closing;
    },
  };

  async function leave(): Promise<void> {
    // A generator that waits inside next() queues return() behind it; a stream can be destroyed under it.
    if ('destroy' in body && typeof body.destroy === 'function') body.destroy();
    await settledWithin(CLOSE_TIMEOUT_MS, leaveIterator(iterator));
  }
}

type ByteIterator = AsyncIterator<Uint8Array> | Iterator<Uint8Array>;

/** What a plain iterator throws becomes a rejection too. */
async function step(iterator: ByteIterator): Promise<IteratorResult<Uint8Array>> {
  return iterator.next();
}

async function leaveIterator(iterator: ByteIterator): Promise<void> {
  await iterator.return?.();
}
