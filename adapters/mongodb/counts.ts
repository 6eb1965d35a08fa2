/**
 * Does what was dumped fit to what the server counted? Pure. While nobody writes, before, dump and after are one
 * number. While somebody does, each collection was read over a stretch of time, and its count may be any of those in
 * between; the plan's tolerance is for deleting and inserting at once, which can lead outside of both (decision 0098).
 */
import { byName, show, withoutBuckets } from './archive.ts';
import type { CountFact, MongoArchiveContents, MongodbFacts, NamespaceName } from './model.ts';

export type CountTolerance = MongodbFacts['countTolerance'];

/** True when `dumped` lies between before and after, the tolerance added; a count that is not known is not compared. */
export function fits(
  count: Pick<CountFact, 'before' | 'dumped' | 'after'>,
  tolerance: CountTolerance,
): boolean {
  const known = [count.before, count.after].filter((one) => one !== undefined);
  if (known.length === 0) return true;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const slack =
    'documents' in tolerance
      ? tolerance.documents
      : Math.ceil(tolerance.fraction * Math.max(high, count.dumped));
  return count.dumped >= low - slack && count.dumped <= high + slack;
}

/** Documents by `show` of the collection (of a time series: its buckets); the oplog is not among them. */
export function dumpedCounts(contents: readonly MongoArchiveContents[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of contents.flatMap((archive) => archive.namespaces)) {
    if (one.database === '') continue;
    const key = show(withoutBuckets(one));
    counts.set(key, (counts.get(key) ?? 0) + one.documents);
  }
  return counts;
}

/** Names that more than one segment announces. */
export function announcedTwice(contents: readonly MongoArchiveContents[]): readonly NamespaceName[] {
  const seen = new Set<string>();
  return contents
    .flatMap((archive) => archive.announced)
    .filter((one) => {
      const twice = seen.has(show(one));
      seen.add(show(one));
      return twice;
    });
}

export interface Counted {
  readonly before: ReadonlyMap<string, number>;
  readonly dumped: ReadonlyMap<string, number>;
  readonly after: ReadonlyMap<string, number>;
}

/** One line for each name that was dumped or is there. */
export function countFacts(names: readonly NamespaceName[], counted: Counted): readonly CountFact[] {
  return [...names].sort(byName).map(({ database, collection }) => {
    const key = show({ database, collection });
    const [before, after] = [counted.before.get(key), counted.after.get(key)];
    return {
      ...{ database, collection, dumped: counted.dumped.get(key) ?? 0 },
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    };
  });
}

/** `shop.orders: 10 before, 7 dumped, 10 after`. */
export function describeCount(count: CountFact): string {
  const part = (value: number | undefined, when: string) => (value === undefined ? [] : [`${value} ${when}`]);
  return `${show(count)}: ${[
    ...part(count.before, 'before'),
    `${count.dumped} dumped`,
    ...part(count.after, 'after'),
  ].join(', ')}`;
}
