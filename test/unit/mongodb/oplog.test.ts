/** What an oplog explains of the counts of a dump, and what it does not. */
import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { ArchiveWalker } from '../../../adapters/mongodb/archive.ts';
import { countFacts, dumpedCounts, requireCounts } from '../../../adapters/mongodb/counts.ts';
import { type MongoArchiveContents, mongoArchiveContentsSchema } from '../../../adapters/mongodb/model.ts';
import { heldOf } from '../../../adapters/mongodb/session-seen.ts';
import { HoldfastError } from '../../../core/errors.ts';
import {
  bson,
  closingBlock,
  dataBlock,
  type HandMadeNamespace,
  prelude,
} from '../../support/mongo-archive.ts';
import { failureOf } from '../../support/mongo-source.ts';

const orders = { database: 'shop', collection: 'orders' };

/** `shop.orders` with so many documents, and an oplog. */
function archiveOf(documents: number, entries: readonly object[]): Buffer {
  const collection: HandMadeNamespace = {
    ...{ db: 'shop', collection: 'orders' },
    documents: Array.from({ length: documents }, (_, n) => bson({ _id: n })),
  };
  const oplog: HandMadeNamespace = { db: '', collection: 'oplog', documents: entries.map(bson) };
  return Buffer.concat([
    prelude([collection]),
    ...[collection, oplog].flatMap((one) => [dataBlock(one, one.documents), closingBlock(one)]),
  ]);
}

function contentsOf(archive: Buffer, documents: 'lengths' | 'whole' = 'lengths', chunk = 65_536) {
  const walker = new ArchiveWalker({ purpose: 'dump', documents });
  for (let at = 0; at < archive.length; at += chunk) walker.push(archive.subarray(at, at + chunk));
  return mongoArchiveContentsSchema.parse(walker.end());
}

const noop = { op: 'n', ns: '', o: { msg: 'periodic noop' } };
const insert = (n: number, ns = 'shop.orders') => ({ op: 'i', ns, o: { _id: n, op: 'd', ns: 'x.y' } });
const remove = (n: number) => ({ op: 'd', ns: 'shop.orders', o: { _id: n } });
const update = { op: 'u', ns: 'shop.orders', o: { $v: 2 }, o2: { _id: 1 } };
const together = (...entries: readonly object[]) => ({ op: 'c', ns: 'admin.$cmd', o: { applyOps: entries } });

function judged(contents: MongoArchiveContents, before: number, after: number, again = after) {
  const counted = (documents: number) => new Map([['shop.orders', documents]]);
  const counts = countFacts([orders], {
    ...{ before: counted(before), dumped: dumpedCounts([contents]), after: counted(after) },
  });
  return requireCounts({
    ...{ counts, contents: [contents], tolerance: { documents: 0 } },
    countAgain: async () => counted(again),
  });
}

describe('the oplog of an archive', () => {
  it.each(['lengths', 'whole'] as const)('is read in mode %s, in chunks of every size', (mode) => {
    const archive = archiveOf(3, [insert(1), insert(2), update, together(remove(1), insert(9)), noop]);
    for (const chunk of [1, 7, 64, 65_536]) {
      expect(contentsOf(archive, mode, chunk).written).toEqual([
        { ...orders, inserted: 2, deleted: 1, updated: 1 },
      ]);
    }
  });

  it('says nothing with the entry that was there before the dump, with no-ops, and of config and local', () => {
    const own = insert(1, 'config.transactions');
    expect(contentsOf(archiveOf(1, [insert(1), noop, own, insert(1, 'local.x')])).written).toEqual([]);
    expect(contentsOf(archiveOf(1, [noop])).written).toEqual([]);
  });

  it('names a time series by itself, not by its buckets', () => {
    const { written } = contentsOf(archiveOf(0, [noop, insert(1, 'shop.system.buckets.heat')]));
    expect(written).toMatchObject([{ database: 'shop', collection: 'heat', inserted: 1 }]);
  });

  it('looks into no depth without end', () => {
    let nested: object = insert(1);
    for (let level = 0; level < 50; level += 1) nested = together(nested);
    expect(contentsOf(archiveOf(0, [noop, nested])).written).toEqual([]);
  });
});

describe('a count that lies outside of before and after', () => {
  it('fails the dump of a server on which nobody wrote, whatever the no-ops', async () => {
    const contents = contentsOf(archiveOf(0, [insert(1), noop, noop]));
    const error = await failureOf(judged(contents, 1_000_000, 1_000_000));
    expect(error).toBeInstanceOf(HoldfastError);
    expect([error.code, error.message]).toEqual([
      'SOURCE_COUNTS',
      expect.stringContaining('shop.orders: 1000000 before, 0 dumped, 1000000 after'),
    ]);
  });

  it('fails the dump where the oplog names only another collection, or updates', async () => {
    for (const entry of [insert(1, 'shop.other'), update])
      expect((await failureOf(judged(contentsOf(archiveOf(4, [noop, entry])), 5, 5))).code).toBe(
        'SOURCE_COUNTS',
      );
  });

  it('is explained by so many inserts and deletes as the oplog names, and by no more', async () => {
    const contents = contentsOf(archiveOf(3, [noop, insert(8), together(remove(8))]));
    const { counts, warnings } = await judged(contents, 5, 5);
    expect(counts).toMatchObject([{ before: 5, dumped: 3, after: 5 }]);
    expect(warnings).toEqual([expect.stringContaining('as the oplog explains: shop.orders')]);
    expect((await failureOf(judged(contents, 6, 6))).code).toBe('SOURCE_COUNTS');
  });

  it('is the book-keeping that is wrong, when reading says so', async () => {
    const contents = contentsOf(archiveOf(3, [noop]));
    const { counts, warnings } = await judged(contents, 5, 5, 3);
    expect(counts).toEqual([{ ...orders, dumped: 3, after: 3 }]);
    expect(warnings.join()).toContain('run validate');
  });
});

describe('a collection that is made while a whole deployment is dumped', () => {
  it('is held where mongodump listed it, else named as not covered', () => {
    const contents = contentsOf(archiveOf(1, [noop]));
    const made = (database: string, collection: string) => ({
      ...{ database, collection, type: 'collection' as const, options: {}, indexes: [], sizeBytes: 0 },
    });
    const now = [made('shop', 'orders'), made('shop', 'new'), made('admin', 'system.version')];
    const { held, missed } = heldOf(now, [contents]);
    expect(held.map((one) => one.collection)).toEqual(['orders', 'system.version']);
    expect(missed.map((one) => one.collection)).toEqual(['new']);
  });
});

it('an entry of the oplog may hold any value', () => {
  const odd = {
    ts: new BSON.Timestamp({ t: 1, i: 1 }),
    op: 'i',
    ns: 'shop.orders',
    o: { a: [1, { b: null }] },
  };
  expect(contentsOf(archiveOf(0, [noop, odd])).written).toMatchObject([{ inserted: 1 }]);
});
