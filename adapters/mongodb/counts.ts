/**
 * Does what was dumped fit to what the server counted? Pure. While nobody writes, before, dump and after are one
 * number. While somebody does, each collection was read over a stretch of time, and its count may be any of those in
 * between; the plan's tolerance is for deleting and inserting at once, which can lead outside of both (decision 0098).
 * With an oplog it is not guessed: a count may lie outside by as many documents as the oplog says were inserted into
 * and deleted from that collection, and where it names none, not at all.
 */

import { mongoError } from './errors.ts';
import type { CountFact, MongoArchiveContents, MongodbFacts, NamespaceName, Written } from './model.ts';
import { byName, show, withoutBuckets } from './names.ts';

export type CountTolerance = MongodbFacts['countTolerance'];

/**
 * True when `dumped` lies between before and after, the tolerance added; a count that is not known is not compared.
 * @param explained documents that it may lie beyond that, since the oplog names them
 */
export function fits(
  count: Pick<CountFact, 'before' | 'dumped' | 'after'>,
  tolerance: CountTolerance,
  explained = 0,
): boolean {
  const known = [count.before, count.after].filter((one) => one !== undefined);
  if (known.length === 0) return true;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const tolerated =
    'documents' in tolerance
      ? tolerance.documents
      : Math.ceil(tolerance.fraction * Math.max(high, count.dumped));
  const slack = tolerated + explained;
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

/** What the oplogs of the archives say was written, by `show`; empty where there is none. */
export function writtenTo(contents: readonly MongoArchiveContents[]): ReadonlyMap<string, Written> {
  return new Map(contents.flatMap((one) => one.written ?? []).map((one) => [show(one), one]));
}

/** By how many documents the oplog can explain another count. */
export function explainedBy(written: Written | undefined): number {
  return written === undefined ? 0 : written.inserted + written.deleted;
}

export interface CountQuestion {
  readonly counts: readonly CountFact[];
  readonly contents: readonly MongoArchiveContents[];
  readonly tolerance: CountTolerance;
  /** Counts these by reading. */
  readonly countAgain: (names: readonly CountFact[]) => Promise<ReadonlyMap<string, number>>;
}

export interface CountVerdict {
  readonly counts: readonly CountFact[];
  readonly warnings: readonly string[];
}

/**
 * Counts that do not fit are counted once more, by reading: after a crash the server's book-keeping is wrong until
 * it is validated, and then it is what says so and not the dump.
 * @throws HoldfastError SOURCE_COUNTS, or what `countAgain` throws
 */
export async function requireCounts(question: CountQuestion): Promise<CountVerdict> {
  const { counts, contents, tolerance } = question;
  const written = writtenTo(contents);
  const explained = (one: CountFact) => explainedBy(written.get(show(one)));
  const outside = counts.filter((one) => !fits(one, tolerance));
  const strange = outside.filter((one) => !fits(one, tolerance, explained(one)));
  const replayed = outside.filter((one) => !strange.includes(one));
  const warnings =
    replayed.length === 0
      ? []
      : [
          `counts outside of before and after, as the oplog explains: ${replayed.slice(0, 5).map(describeCount).join('; ')}`,
        ];
  if (strange.length === 0) return { counts, warnings };
  const exact = await question.countAgain(strange);
  const names = new Set(strange.map(show));
  const settled = counts.map((one) => settle(one, names.has(show(one)) ? exact.get(show(one)) : undefined));
  const wrong = settled.filter((one) => !fits(one, tolerance, explained(one)));
  if (wrong.length > 0) {
    throw mongoError(
      'SOURCE_COUNTS',
      `counts do not fit together: ${wrong.slice(0, 10).map(describeCount).join('; ')}`,
      { details: { counts: wrong.slice(0, 100) } },
    );
  }
  const shown = strange.slice(0, 20).map(show).join(', ');
  const more = strange.length > 20 ? ` and ${strange.length - 20} more` : '';
  warnings.push(
    `the server's own count is wrong for ${shown}${more}: run validate there; counted by reading instead`,
  );
  return { counts: settled, warnings };
}

/** A count of the book-keeping that reading proves wrong is worth nothing before either. */
function settle(count: CountFact, exact: number | undefined): CountFact {
  if (exact === undefined || exact === count.after) return count;
  const { before: _, ...rest } = count;
  return { ...rest, after: exact };
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

/** What the source had, where that was one number: a collection that was written meanwhile had several. */
export function sourceCount({ before, after }: CountFact): { readonly source?: { readonly rows: number } } {
  const [first = after, last = before] = [before, after];
  return first !== undefined && first === last ? { source: { rows: first } } : {};
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
