/**
 * Results in the order of the items, made some items ahead: a bounded number at a time, and of a bounded weight
 * together. One item is always under way, however heavy.
 */
export interface AheadLimits<T> {
  readonly atATime: number;
  readonly weight: number;
  readonly weightOf: (item: T) => number;
}

/** Closes over nothing when it is left early: what is under way ends by itself, and its result is dropped by `drop`. */
export async function* ahead<T, R>(
  items: Iterable<T>,
  limits: AheadLimits<T>,
  run: (item: T) => Promise<R>,
  drop: (result: R) => void = () => {},
): AsyncGenerator<{ readonly item: T; readonly result: R }> {
  const waiting: { item: T; weight: number; result: Promise<R> }[] = [];
  const iterator = items[Symbol.iterator]();
  let weight = 0;
  let next = iterator.next();
  try {
    for (;;) {
      while (!next.done && waiting.length < limits.atATime) {
        const item = next.value;
        const own = limits.weightOf(item);
        if (waiting.length > 0 && weight + own > limits.weight) break;
        const result = run(item);
        // Looked at in its turn.
        result.catch(() => {});
        waiting.push({ item, weight: own, result });
        weight += own;
        next = iterator.next();
      }
      const head = waiting.shift();
      if (head === undefined) return;
      const result = await head.result;
      weight -= head.weight;
      yield { item: head.item, result };
    }
  } finally {
    for (const { result } of waiting) result.then(drop, () => {});
  }
}
