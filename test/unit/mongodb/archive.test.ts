/** The walker of mongodump's archives: what is whole passes in any chunks, what is not is never taken for whole. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { ArchiveWalker, type WalkOptions } from '../../../adapters/mongodb/archive.ts';
import { compressed, compressionOf, readArchive } from '../../../adapters/mongodb/archive-stream.ts';
import { compileCrc64 } from '../../../adapters/mongodb/crc64.build.ts';
import { mongoArchiveContentsSchema } from '../../../adapters/mongodb/model.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { collected } from '../../support/collected.ts';
import {
  block,
  bson,
  closingBlock,
  crcOf,
  dataBlock,
  endOfBlock,
  type HandMadeNamespace,
  handMadeArchive,
  magicBytes,
  prelude,
} from '../../support/mongo-archive.ts';

const dump: WalkOptions = { purpose: 'dump', documents: 'lengths' };
const read: WalkOptions = { purpose: 'read', documents: 'whole' };

function walk(bytes: Uint8Array, options: WalkOptions = dump, chunkBytes = 65_536) {
  const walker = new ArchiveWalker(options);
  for (let at = 0; at < bytes.length; at += chunkBytes) walker.push(bytes.subarray(at, at + chunkBytes));
  return walker.end();
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof HoldfastError) return thrown.code;
    throw thrown;
  }
  return 'taken for whole';
}

const orders: HandMadeNamespace = {
  ...{ db: 'shop', collection: 'orders' },
  documents: Array.from({ length: 7 }, (_, n) => bson({ n, text: 'y'.repeat(n * 3) })),
};
const customers: HandMadeNamespace = {
  ...{ db: 'shop', collection: 'customers.old' },
  documents: [bson({ a: 1 }), bson({ b: [1, 2, { c: null }] })],
};
const empty: HandMadeNamespace = { db: 'shop', collection: 'empty', documents: [] };
const sample = handMadeArchive([orders, customers, empty], 3);

describe('an archive of mongodump that is whole', () => {
  it('gives counts, bytes and checksums of each namespace, and what it announces', () => {
    const contents = mongoArchiveContentsSchema.parse(walk(sample));
    expect(contents).toMatchObject({ format: '0.1', serverVersion: '8.0.4', toolVersion: '100.13.0' });
    expect(contents.archiveBytes).toBe(sample.length);
    expect(contents.announced.map((one) => one.collection)).toEqual(['orders', 'customers.old', 'empty']);
    const all = Buffer.concat(orders.documents);
    expect(contents.namespaces).toEqual([
      expect.objectContaining({ collection: 'customers.old', documents: 2 }),
      { database: 'shop', collection: 'empty', documents: 0, bytes: 0, crc64: '0000000000000000' },
      {
        ...{ database: 'shop', collection: 'orders', documents: 7, bytes: all.length },
        crc64: crcOf(all).toString(16).padStart(16, '0'),
      },
    ]);
  });

  it('is the same in chunks of every size, in both modes', () => {
    const whole = walk(sample);
    for (let size = 1; size <= 40; size += 1) {
      expect(walk(sample, dump, size)).toEqual(whole);
      expect(walk(sample, read, size)).toEqual(whole);
    }
  });

  it('is read whatever documents and interleaving it has', () => {
    const document = fc.dictionary(
      fc.string({ maxLength: 8 }).filter((key) => !key.includes('\0')),
      fc.oneof(fc.integer(), fc.string({ maxLength: 60 }), fc.boolean(), fc.constant(null), fc.double()),
      { maxKeys: 5 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(document, { maxLength: 12 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 300 }),
        (collections, perBlock, chunkBytes) => {
          const namespaces = collections.map((documents, n) => ({
            ...{ db: 'db', collection: `c${n}`, documents: documents.map(bson) },
          }));
          const contents = walk(handMadeArchive(namespaces, perBlock), read, chunkBytes);
          expect(contents.namespaces.map((one) => one.documents)).toEqual(collections.map((c) => c.length));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('passes each document, in order, to who asks for it', () => {
    const seen: Record<string, Buffer[]> = { orders: [], 'customers.old': [] };
    const onDocument: WalkOptions['onDocument'] = ({ collection }, bytes) => {
      seen[collection]?.push(Buffer.from(bytes));
    };
    walk(sample, { ...read, onDocument }, 11);
    expect(seen).toEqual({ orders: orders.documents, 'customers.old': customers.documents });
  });

  it('holds no namespace at all when the database does not exist, and is whole: others must notice', () => {
    expect(walk(prelude([])).namespaces).toEqual([]);
  });

  it('may name the documents of a time series by their buckets, and the oplog without announcing it', () => {
    const series: HandMadeNamespace = {
      ...{ db: 'm', collection: 'temps', type: 'timeseries', dataCollection: 'system.buckets.temps' },
      documents: [bson({ control: {} })],
    };
    const oplog: HandMadeNamespace = { db: '', collection: 'oplog', documents: [bson({ op: 'i' })] };
    const bytes = Buffer.concat([
      ...[prelude([series]), dataBlock(series, series.documents), closingBlock(series)],
      ...[dataBlock(oplog, oplog.documents), closingBlock(oplog)],
    ]);
    expect(walk(bytes).namespaces.map((one) => one.collection)).toEqual(['oplog', 'system.buckets.temps']);
  });
});

describe('an archive that is cut', () => {
  it('is never taken for whole, wherever it is cut', () => {
    for (let length = 0; length < sample.length; length += 1) {
      const cut = sample.subarray(0, length);
      const code = length === 0 ? 'DUMP_EMPTY' : 'DUMP_TRUNCATED';
      expect([length, codeOf(() => walk(cut))]).toEqual([length, code]);
      expect([length, codeOf(() => walk(cut, read, 17))]).toEqual([length, 'INTEGRITY_ARCHIVE']);
    }
  });

  it('says which collections have no end', () => {
    const bytes = Buffer.concat([prelude([orders, empty]), dataBlock(orders, orders.documents)]);
    expect(() => walk(bytes)).toThrow(/2 of its collections have no end: shop.orders, shop.empty/);
  });
});

describe('an archive that is damaged', () => {
  /** Where a flipped bit changes no document, length or name: sizes and metadata of the prelude, versions, and flags. */
  const checkedFrom = prelude([orders, customers, empty]).length;

  it('is refused for every single bit of its documents and blocks that is flipped', () => {
    for (let bit = checkedFrom * 8; bit < sample.length * 8; bit += 1) {
      const damaged = Buffer.from(sample);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      if (codeOf(() => walk(damaged)) !== 'taken for whole') continue;
      // What is left: fields of the header of a data block that carry nothing (EOF and CRC, and their names).
      const at = bit >> 3;
      const around = sample.subarray(Math.max(0, at - 24), at + 16).toString('latin1');
      expect([at, around]).toEqual([at, expect.stringMatching(/EOF|CRC/)]);
    }
  });

  it('is refused when its checksum is that of other documents', () => {
    const bytes = Buffer.concat([
      prelude([orders]),
      dataBlock(orders, orders.documents),
      closingBlock(orders, 5n),
    ]);
    expect(codeOf(() => walk(bytes))).toBe('DUMP_FAILED');
    expect(() => walk(bytes, read)).toThrow(/checksum of shop.orders/);
  });

  it.each([
    ['does not begin as one', Buffer.concat([Buffer.from('PGDM'), sample.subarray(4)])],
    ['has another format', prelude([], '0.2')],
    ['goes on after the end of a namespace', Buffer.concat([sample, dataBlock(orders, orders.documents)])],
    ['closes a namespace twice', Buffer.concat([sample, closingBlock(empty)])],
    ['holds what was not announced', Buffer.concat([prelude([]), closingBlock(empty)])],
    ['announces something twice', prelude([empty, empty])],
    ['has a block without a header', Buffer.concat([sample, endOfBlock])],
    ['has a prelude without a header', Buffer.concat([magicBytes, endOfBlock])],
    [
      'has a document of 4 bytes',
      Buffer.concat([prelude([empty]), bson({ db: 'shop', collection: 'empty' }), Buffer.from([4, 0, 0, 0])]),
    ],
    [
      'has a document beyond 16 MiB',
      Buffer.concat([prelude([empty]), bson({ db: 'shop', collection: 'empty' }), Buffer.from([0, 0, 0, 2])]),
    ],
    [
      'has a body in a closing block',
      Buffer.concat([
        prelude([empty]),
        block({ db: 'shop', collection: 'empty', EOF: true, CRC: BSON.Long.ZERO }, [bson({})]),
      ]),
    ],
    [
      'has a header that is no BSON',
      Buffer.concat([prelude([]), Buffer.from([6, 0, 0, 0, 99, 0]), endOfBlock]),
    ],
    ['goes on with something else', Buffer.concat([sample, Buffer.from('trailing garbage')])],
  ])('is refused when it %s', (_, bytes) => {
    for (const size of [1, 7, 65_536])
      expect(codeOf(() => walk(bytes, read, size))).toBe('INTEGRITY_ARCHIVE');
  });
});

describe('the BSON of documents, in mode whole', () => {
  const withDocument = (document: Uint8Array) =>
    handMadeArchive([{ db: 'd', collection: 'c', documents: [document] }]);
  const everyType = bson({
    ...{
      double: 1.5,
      text: 'é',
      document: { a: { b: 1 } },
      array: [1, [2]],
      bytes: new BSON.Binary(Buffer.from([1, 2]), 0),
    },
    ...{
      old: new BSON.Binary(Buffer.from([2, 0, 0, 0, 1, 2]), 2),
      id: new BSON.ObjectId(),
      yes: true,
      date: new Date(1),
      nothing: null,
    },
    ...{
      regex: new BSON.BSONRegExp('a+', 'i'),
      ref: new BSON.DBRef('x', new BSON.ObjectId()),
      code: new BSON.Code('f()'),
    },
    ...{ symbol: new BSON.BSONSymbol('s'), scoped: new BSON.Code('g()', { a: 1 }), int: new BSON.Int32(1) },
    ...{
      stamp: new BSON.Timestamp({ t: 1, i: 2 }),
      long: BSON.Long.fromNumber(5),
      decimal: BSON.Decimal128.fromString('1.5'),
    },
    ...{ min: new BSON.MinKey(), max: new BSON.MaxKey(), uuid: new BSON.UUID() },
  });

  it('may have every type that there is', () => {
    expect(walk(withDocument(everyType), read).namespaces[0]?.documents).toBe(1);
  });

  it('is refused where a length, a type or a terminator is wrong, though the checksum is right', () => {
    let refused = 0;
    for (let at = 4; at < everyType.length; at += 1) {
      const damaged = Buffer.from(everyType);
      damaged[at] = 0xff ^ (damaged[at] as number);
      if (codeOf(() => walk(withDocument(damaged), read)) !== 'taken for whole') refused += 1;
    }
    // Bytes of numbers, texts, keys and ids may be anything.
    expect(refused).toBeGreaterThan(everyType.length / 3);
    const shorter = bson({ a: 'text' });
    shorter.writeInt32LE(99, 7);
    expect(() => walk(withDocument(shorter), read)).toThrow(/a text of 99 bytes does not fit/);
    const unended = Buffer.from([8, 0, 0, 0, 10, 97, 98, 0]);
    expect(() => walk(withDocument(unended), read)).toThrow(/a name has no end/);
    const bool = bson({ a: true });
    bool[7] = 7;
    expect(() => walk(withDocument(bool), read)).toThrow(/neither 0 nor 1/);
  });

  it('is refused beyond 250 levels, without running out of stack', () => {
    let deep: object = {};
    for (let level = 0; level < 260; level += 1) deep = { a: deep };
    expect(() => walk(withDocument(bson(deep)), read)).toThrow(/levels deep/);
  });
});

describe('a stored archive', () => {
  async function* chunks(bytes: Buffer, size = 1000): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  /** 1 when it was refused, 0 when it gave the very same; anything else fails. */
  async function sameOrRefused(reading: Promise<unknown>, contents: unknown): Promise<number> {
    const result = await reading.catch((error: unknown) => (error as HoldfastError).code);
    if (result === 'INTEGRITY_ARCHIVE') return 1;
    expect(result).toEqual(contents);
    return 0;
  }

  it.each(['zstd', 'gzip', 'none'] as const)(
    'is read back whole or refused, wherever it is cut, with %s',
    async (compression) => {
      const stored = await collected(compressed(chunks(sample), compression));
      const encoding = compression === 'none' ? 'mongo-archive' : `mongo-archive-${compression}`;
      expect(compressionOf(encoding)).toBe(compression);
      const contents = await readArchive(chunks(stored), encoding, { documents: 'whole' });
      expect(contents).toEqual({ ...walk(sample), compression });
      let refused = 0;
      for (let length = 0; length < stored.length; length += 3) {
        const cut = readArchive(chunks(stored.subarray(0, length)), encoding, { documents: 'whole' });
        refused += await sameOrRefused(cut, contents);
      }
      // Node's zstd ends with an empty frame of 13 bytes, which may miss without anything missing.
      expect(refused).toBeGreaterThan((stored.length - 14) / 3 - 1);
    },
  );

  it('is refused when a byte of it is another, with zstd by its own checksum', async () => {
    const stored = await collected(compressed(chunks(sample), 'zstd'));
    const contents = await readArchive(chunks(stored), 'mongo-archive-zstd', { documents: 'lengths' });
    let refused = 0;
    for (let at = 0; at < stored.length; at += 5) {
      const damaged = Buffer.from(stored);
      damaged[at] = 0x55 ^ (damaged[at] as number);
      const reading = readArchive(chunks(damaged), 'mongo-archive-zstd', { documents: 'lengths' });
      refused += await sameOrRefused(reading, contents);
    }
    expect(refused).toBeGreaterThan((stored.length - 14) / 5 - 1);
  });

  it('of an encoding that this release does not know is said to be that', () => {
    expect(codeOf(() => compressionOf('mongo-archive-lz4'))).toBe('FORMAT_UNKNOWN');
  });
});

describe('CRC-64/XZ', () => {
  it('is that of the catalogue of CRCs, of any length', () => {
    expect(crcOf(Buffer.from('123456789'))).toBe(0x995dc9bbdf1939fan);
    expect(crcOf(Buffer.alloc(0))).toBe(0n);
  });

  it('is what the bits say, whatever the length', () => {
    const bitwise = (bytes: Uint8Array) => {
      let crc = 0xffff_ffff_ffff_ffffn;
      for (const byte of bytes) {
        crc ^= BigInt(byte);
        for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
      }
      return crc ^ 0xffff_ffff_ffff_ffffn;
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(crcOf(bytes)).toBe(bitwise(bytes));
      }),
      { numRuns: 100 },
    );
  });

  it('is compiled from the text that lies beside it', async () => {
    const url = new URL('../../../adapters/mongodb/crc64-wasm.ts', import.meta.url);
    expect(await readFile(url, 'utf8')).toBe(await compileCrc64());
  });
});
