/**
 * The body of a write, read so that a failure elsewhere (a refused part, an abort) ends the reading at once, even
 * while the producer stalls; and so that the producer is always told that nobody reads any more.
 */
import { settledWithin } from './waits.ts';

/** A producer that does not react to being closed is left alone after this long. */
const CLOSE_TIMEOUT_MS = 2_000;

export interface Source {
  /** The next chunk that is not empty, or undefined at the end. Rejects with the signal's reason when it aborts. */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the producer unless it ended by itself. Never throws, bounded. */
  close(): Promise<void>;
}

export function sourceOf(body: AsyncIterable<Uint8Array>, signal: AbortSignal): Source {
  const iterator = body[Symbol.asyncIterator]();
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
          iterator.next().then(resolve, (error: unknown) => {
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
    if (iterator.return !== undefined) await settledWithin(CLOSE_TIMEOUT_MS, iterator.return());
  }
}
