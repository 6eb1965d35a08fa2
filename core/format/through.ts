/**
 * Runs bytes through a duplex stream as an async generator: nothing is joined or copied, memory is bounded on both
 * sides, and whatever goes wrong (the source, the stream, a consumer that stops) ends everything exactly once.
 *
 * Needed because iterating the SDK's streams themselves would join their buffers on every read, and because they
 * report some failures more than once or only after they were destroyed.
 */
import type { Duplex } from 'node:stream';

/** Output that waits for the consumer before the stream is paused. */
const QUEUE_LIMIT_BYTES = 1024 * 1024;

/**
 * Yields what `stream` makes of `source`. Ends normally only after the source ended and the stream said `end`.
 * What the source throws is thrown as it is; what the stream reports goes through `toError`. However it ends,
 * `discard` is called with the stream, which may be in any state.
 */
export async function* through(
  stream: Duplex,
  source: AsyncIterable<Uint8Array>,
  toError: (thrown: unknown) => Error,
  discard: (stream: Duplex) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let queue: Buffer[] = [];
  let queuedBytes = 0;
  let outputEnded = false;
  let sourceEnded = false;
  let sourcePending = false;
  let stopped = false;
  let failure: { readonly error: unknown } | undefined;
  let wakeConsumer = () => {};
  let wakePump = () => {};

  const fail = (error: unknown) => {
    failure ??= { error };
    wakeConsumer();
    wakePump();
  };

  stream.on('data', (chunk: Buffer) => {
    queue.push(chunk);
    queuedBytes += chunk.length;
    if (queuedBytes >= QUEUE_LIMIT_BYTES) stream.pause();
    wakeConsumer();
  });
  stream.on('end', () => {
    outputEnded = true;
    wakeConsumer();
  });
  // Never removed: the SDK's streams may report an error again after they were destroyed.
  stream.on('error', (error) => fail(toError(error)));
  stream.on('close', () => {
    if (!outputEnded) fail(toError(new Error('the stream closed before its end')));
  });
  stream.on('drain', () => wakePump());

  const pump = async () => {
    while (!stopped && failure === undefined) {
      sourcePending = true;
      const { done, value } = await iterator.next().finally(() => {
        sourcePending = false;
      });
      if (stopped || failure !== undefined) return;
      if (done) {
        sourceEnded = true;
        stream.end();
        wakeConsumer();
        return;
      }
      if (value.length > 0 && !stream.write(value)) {
        await new Promise<void>((resolve) => {
          wakePump = resolve;
        });
      }
    }
  };
  void pump().catch((error: unknown) => {
    sourceEnded = true;
    fail(error);
  });

  try {
    for (;;) {
      if (failure !== undefined) throw failure.error;
      if (queue.length > 0) {
        const ready = queue;
        queue = [];
        for (const chunk of ready) {
          if (failure !== undefined) throw (failure as { error: unknown }).error;
          queuedBytes -= chunk.length;
          yield chunk;
        }
        if (queuedBytes < QUEUE_LIMIT_BYTES && stream.isPaused()) stream.resume();
        continue;
      }
      if (outputEnded && sourceEnded) return;
      await new Promise<void>((resolve) => {
        wakeConsumer = resolve;
      });
    }
  } finally {
    stopped = true;
    wakePump();
    stream.removeAllListeners('data');
    discard(stream);
    if (!sourceEnded) {
      const closed = Promise.resolve(iterator.return?.()).catch(() => undefined);
      // A source that is being waited for may be stalled: it is told to stop, but nobody waits for it to do so.
      if (!sourcePending) await closed;
    }
  }
}
