import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiveWalker, GlobalsWalker } from '../../../adapters/postgres/walker.ts';
import type { HoldfastError } from '../../../core/errors.ts';
import { type MadeEntry, makeArchive } from '../../support/archive.ts';

const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 4 });
const entry: fc.Arbitrary<MadeEntry> = fc.oneof(
  fc.record({ desc: fc.constant('TABLE DATA'), namespace: fc.string(), tag: fc.string(), data: pieces }),
  fc.record({
    desc: fc.constant('TABLE'),
    namespace: fc.string(),
    tag: fc.string(),
    definition: fc.string({ maxLength: 300 }),
  }),
  fc.record({
    desc: fc.constant('BLOBS'),
    tag: fc.constant('BLOBS'),
    largeObjects: fc
      .array(fc.tuple(fc.integer({ min: 1, max: 0xffff_ffff }), pieces), { maxLength: 3 })
      .map((objects) => new Map(objects)),
  }),
);
const archive = fc.record({
  entries: fc.array(entry, { maxLength: 8 }),
  minor: fc.integer({ min: 12, max: 16 }),
});

function walk(bytes: Uint8Array, cuts: readonly number[] = []) {
  const seen: string[] = [];
  let data = '';
  const walker = new ArchiveWalker({
    onDataStart: (at, oid) => seen.push(`start ${at.dumpId} ${oid}`),
    onDataChunk: (chunk) => {
      data += Buffer.from(chunk).toString('hex');
    },
    onDataEnd: (at, oid) => {
      seen.push(data, `end ${at.dumpId} ${oid}`);
      data = '';
    },
  });
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < borders.length; i++) {
    // A copy that is overwritten at once: nothing may be kept of a chunk.
    const chunk = Buffer.from(bytes.subarray(borders[i - 1], borders[i]));
    walker.push(chunk);
    chunk.fill(0xff);
  }
  return { contents: walker.end(), seen };
}

function failure(run: () => unknown): HoldfastError {
  try {
    run();
  } catch (thrown) {
    return thrown as HoldfastError;
  }
  throw new Error('it was accepted');
}

describe('the walker of archives', () => {
  it('sees the same wherever the borders of chunks are', () => {
    fc.assert(
      fc.property(archive, fc.array(fc.nat(), { maxLength: 30 }), ({ entries, minor }, cuts) => {
        const bytes = makeArchive(entries, minor);
        const whole = walk(bytes);
        expect(walk(bytes, cuts)).toEqual(whole);
        expect(whole.contents.tocEntries).toBe(entries.length);
        expect(whole.contents.dataEntries).toBe(
          entries.filter((made) => made.data ?? made.largeObjects).length,
        );
        expect(whole.contents.tables).toEqual(
          entries.filter((made) => made.data).map((made) => ({ schema: made.namespace, name: made.tag })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('sees one byte at a time what it sees at once', () => {
    const bytes = makeArchive([
      { desc: 'TABLE DATA', namespace: 'public', tag: 't', data: [Buffer.from('abc'), Buffer.from('de')] },
      { desc: 'BLOBS', tag: 'BLOBS', largeObjects: new Map([[4_000_000_000, [Buffer.from('x')]]]) },
    ]);
    const cuts = Array.from({ length: bytes.length }, (_, at) => at);
    expect(walk(bytes, cuts)).toEqual(walk(bytes));
    expect(walk(bytes).seen).toContain('start 2 4000000000');
  });

  it('refuses an archive that is cut anywhere', () => {
    fc.assert(
      fc.property(archive, fc.nat(), ({ entries, minor }, cut) => {
        const bytes = makeArchive(entries, minor);
        const short = bytes.subarray(0, cut % bytes.length);
        expect(failure(() => walk(short)).code).toBe(short.length === 0 ? 'DUMP_EMPTY' : 'DUMP_TRUNCATED');
      }),
      { numRuns: 500 },
    );
  });

  it('refuses bytes behind the end', () => {
    fc.assert(
      fc.property(archive, fc.uint8Array({ minLength: 1, maxLength: 20 }), ({ entries, minor }, more) => {
        const bytes = Buffer.concat([makeArchive(entries, minor), more]);
        expect(['INTEGRITY_ARCHIVE', 'DUMP_TRUNCATED']).toContain(failure(() => walk(bytes)).code);
      }),
    );
  });

  it.each([
    ['another magic', (bytes: Buffer) => bytes.write('PGDMX', 0)],
    ['an unknown version', (bytes: Buffer) => bytes.writeUInt8(17, 6)],
    ['another size of integers', (bytes: Buffer) => bytes.writeUInt8(8, 8)],
    ['another format', (bytes: Buffer) => bytes.writeUInt8(3, 10)],
    ['an unknown compression', (bytes: Buffer) => bytes.writeUInt8(9, 11)],
  ])('refuses %s', (_, damage) => {
    const bytes = makeArchive([{ desc: 'TABLE', tag: 't' }]);
    damage(bytes);
    expect(failure(() => walk(bytes)).code).toBe('INTEGRITY_ARCHIVE');
  });

  it('refuses nothing at all, as what it is', () => {
    expect(failure(() => new ArchiveWalker().end()).code).toBe('DUMP_EMPTY');
  });

  it('reads a long table of contents in small chunks without trying it again and again', () => {
    const definition = 'x'.repeat(2000);
    const bytes = makeArchive(
      Array.from({ length: 5000 }, (_, i) => ({
        desc: 'TABLE',
        namespace: 'public',
        tag: `t${i}`,
        definition,
      })),
    );
    const walker = new ArchiveWalker();
    const before = process.cpuUsage();
    for (let at = 0; at < bytes.length; at += 4096) walker.push(bytes.subarray(at, at + 4096));
    expect(walker.end().tocEntries).toBe(5000);
    // 10 MB: tens of milliseconds of the processor; quadratic work would take minutes.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(3);
  });
});

const globals =
  '--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE r;\n\n--\n-- PostgreSQL database cluster dump complete\n--\n\n';

describe('the walker of globals', () => {
  it.each([1, 7, 1000])('accepts the whole text in chunks of %d', (size) => {
    const walker = new GlobalsWalker();
    for (let at = 0; at < globals.length; at += size) walker.push(Buffer.from(globals.slice(at, at + size)));
    expect(walker.end()).toEqual({});
  });

  it.each([
    ['', 'DUMP_EMPTY'],
    [globals.slice(0, -60), 'DUMP_TRUNCATED'],
    [globals.slice(10), 'INTEGRITY_ARCHIVE'],
  ])('refuses anything less (%#)', (text, code) => {
    const walker = new GlobalsWalker();
    if (text !== '') walker.push(Buffer.from(text));
    expect(failure(() => walker.end()).code).toBe(code);
  });
});
