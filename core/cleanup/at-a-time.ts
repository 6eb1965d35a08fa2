/** A bounded number of calls at a time over a stream, in memory that does not grow with it. */

/** Calls in flight when marking: S3 takes 3,500 writes a second below a prefix; this stays far away from it. */
export const marksAtATime = 16;

/** Ends with the first failure, after every call that had begun has ended: nothing goes on behind the caller's back. */
export async function eachAtATime<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  call: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const item of items) {
      const one = call(item)
        .catch((thrown: unknown) => void failures.push(thrown))
        .finally(() => running.delete(one));
      running.add(one);
      if (running.size >= limit) await Promise.race(running);
      if (failures.length > 0) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failures.length > 0) throw failures[0];
}
