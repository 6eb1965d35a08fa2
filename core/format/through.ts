/**
 * Runs bytes through a transform as an async generator: nothing is joined or copied, memory is bounded, and whatever
 * goes wrong (the source, the transform, a consumer that stops) ends everything exactly once. The source is read ahead
 * of the consumer, so that both work at a time.
 */

/** Output that waits for the consumer before the source is left waiting. */
const QUEUE_LIMIT_BYTES = 1024 * 1024;

export interface Transform {
  /** What comes before everything. */
  begin(): readonly Buffer[];
  push(chunk: Uint8Array): readonly Buffer[];
  /** What comes after everything. */
  end(): readonly Buffer[];
  /** Called once, however it ends. */
  close(): void;
}

/**
 * Yields what `transform` makes of `source`. Ends normally only after the source ended. What either throws is thrown as
 * it is.
 */
export async function* through(
  source: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Buffer, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let queue: Buffer[] = [];
  let queuedBytes = 0;
  let sourceEnded = false;
  let sourcePending = false;
  let stopped = false;
  let failure: { readonly error: unknown } | undefined;
  let wakeConsumer = () => {};
  let wakePump = () => {};

  const add = (chunks: readonly Buffer[]) => {
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      queue.push(chunk);
      queuedBytes += chunk.length;
    }
    if (queue.length > 0) wakeConsumer();
  };

  const pump = async () => {
    add(transform.begin());
    while (!stopped) {
      sourcePending = true;
      const { done, value } = await iterator.next().finally(() => {
        sourcePending = false;
      });
      if (stopped) return;
      if (done) {
        add(transform.end());
        sourceEnded = true;
        wakeConsumer();
        return;
      }
      add(transform.push(value));
      while (queuedBytes >= QUEUE_LIMIT_BYTES && !stopped) {
        await new Promise<void>((resolve) => {
          wakePump = resolve;
        });
      }
    }
  };
  void pump().catch((error: unknown) => {
    failure = { error };
    wakeConsumer();
  });

  try {
    for (;;) {
      if (failure !== undefined) throw failure.error;
      if (queue.length > 0) {
        const ready = queue;
        queue = [];
        for (const chunk of ready) {
          if (failure !== undefined) throw (failure as { error: unknown }).error;
          yield chunk;
          queuedBytes -= chunk.length;
        }
        if (queuedBytes < QUEUE_LIMIT_BYTES) wakePump();
        continue;
      }
      if (sourceEnded) return;
      await new Promise<void>((resolve) => {
        wakeConsumer = resolve;
      });
    }
  } finally {
    stopped = true;
    wakePump();
    transform.close();
    if (!sourceEnded) {
      const closed = Promise.resolve(iterator.return?.()).catch(() => undefined);
      // A source that is being waited for may be stalled: it is told to stop, but nobody waits for it to do so.
      if (!sourcePending) await closed;
    }
  }
}
