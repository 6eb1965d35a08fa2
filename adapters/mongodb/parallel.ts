/** The same question about many collections, a few at a time, answers in order. The first error stops the rest. */
export async function inParallel<T, R>(
  items: readonly T[],
  atATime: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(items[index] as T);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(atATime, items.length) }, worker));
  for (const one of workers) if (one.status === 'rejected') throw one.reason;
  return results;
}
