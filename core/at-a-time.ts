/**
 * Calls over many items, a bounded number at a time. Items are taken as they come, so that how many there are does not
 * count; an asynchronous source must allow several `next` at a time, as generators do.
 */

type Items<T> = Iterable<T> | AsyncIterable<T>;

/** The first error ends it at once: what is under way then ends by itself, and what it throws is dropped. */
export async function inParallel<T>(
  items: Items<T>,
  atATime: number,
  run: (item: T) => Promise<void>,
): Promise<void> {
  await Promise.all(workers(queueOf(items), atATime, run));
}

/** Ends with the first failure, after every call that had begun has ended: nothing goes on behind the caller's back. */
export async function eachAtATime<T>(
  items: Items<T>,
  limit: number,
  call: (item: T) => Promise<void>,
): Promise<void> {
  const queue = queueOf(items);
  const failures: unknown[] = [];
  const note = (thrown: unknown) => void failures.push(thrown);
  await Promise.all(workers(queue, limit, call).map((worker) => worker.catch(note)));
  if (failures.length === 0) return;
  await queue.return?.();
  throw failures[0];
}

/** The same question about each, answers in the order of the items. Fails as `eachAtATime` does. */
export async function mapAtATime<T, R>(
  items: readonly T[],
  limit: number,
  ask: (item: T) => Promise<R>,
): Promise<R[]> {
  const answers = new Array<R>(items.length);
  await eachAtATime(items.entries(), Math.min(limit, items.length), async ([at, item]) => {
    answers[at] = await ask(item);
  });
  return answers;
}

type Queue<T> = Iterator<T> | AsyncIterator<T>;

function queueOf<T>(items: Items<T>): Queue<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

function workers<T>(queue: Queue<T>, count: number, run: (item: T) => Promise<void>): Promise<void>[] {
  let failed = false;
  const worker = async () => {
    try {
      while (!failed) {
        const next = await queue.next();
        if (next.done || failed) return;
        await run(next.value);
      }
    } catch (thrown) {
      failed = true;
      throw thrown;
    }
  };
  return Array.from({ length: count }, worker);
}
