/**
 * `readable`: an archive of pg_dump parsed from its first byte to its last, every data entry unpacked and its rows
 * counted. Promises: it returns only when every data entry of the table of contents came once and ended, and the
 * packed data of each was whole; anything else is INTEGRITY_ARCHIVE. Memory does not depend on the archive's size.
 */
import type { Segment } from '../../core/manifest.ts';
import { BlockScanner, type BlockSink } from './reader-blocks.ts';
import { readGlobals } from './reader-globals.ts';
import { countByProgram } from './reader-program.ts';
import { Unpacker } from './reader-unpack.ts';
import { zstdUnpackerWorks } from './reader-zstd.ts';
import { splitArchive } from './restore-archive.ts';
import { damaged, decoded, type TocEntry } from './restore-toc.ts';
import { NewlineCounter, RowCounter } from './rows.ts';

export interface TableReading {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
}

/** What an archive was found to hold. */
export interface Reading {
  readonly format: string;
  readonly compression: string;
  readonly tocEntries: number;
  readonly dataEntries: number;
  readonly tables: readonly TableReading[];
  readonly largeObjects: number;
  readonly sequences: number;
  /** Of the data entries, unpacked. */
  readonly plainBytes: number;
}

export interface ReaderOptions {
  /** Directory of PostgreSQL's programs, for compressions that Node does not know. */
  readonly binDir: string;
  /** Heard between two chunks; whoever made the source ends one that stalls (openSegment does). */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a whole segment.
 * @throws HoldfastError INTEGRITY_ARCHIVE; whatever the source throws; the signal's reason
 */
export async function readSegment(
  segment: Pick<Segment, 'encoding'>,
  plain: AsyncIterable<Uint8Array>,
  options: ReaderOptions,
): Promise<Record<string, unknown>> {
  const { signal } = options;
  signal?.throwIfAborted();
  try {
    if (segment.encoding === 'pg-globals-sql') return { ...(await readGlobals(plain)) };
    return { ...(await readArchive(plain, options)) };
  } catch (thrown) {
    // What follows from an abort (a source that was destroyed, a program that was ended) is not the reason.
    throw signal?.aborted ? signal.reason : thrown;
  }
}

export async function readArchive(
  plain: AsyncIterable<Uint8Array>,
  options: ReaderOptions,
): Promise<Reading> {
  const archive = await splitArchive(plain);
  const { head } = archive;
  const expected = new Map(
    head.entries.filter((entry) => entry.hasData).map((entry) => [entry.dumpId, entry]),
  );
  const found =
    head.compression === 'lz4'
      ? await countByProgram(archive, expected, options)
      : await countHere(archive.body, expected, head.compression, options.signal);
  return {
    format: `1.${head.minor}`,
    compression: head.compression,
    tocEntries: head.entries.length,
    dataEntries: expected.size,
    sequences: head.entries.filter((entry) => entry.desc === 'SEQUENCE SET').length,
    ...found,
  };
}

type Found = Pick<Reading, 'tables' | 'largeObjects' | 'plainBytes'>;

async function countHere(
  body: AsyncIterable<Uint8Array>,
  expected: ReadonlyMap<number, TocEntry>,
  compression: 'none' | 'gzip' | 'zstd',
  signal?: AbortSignal | undefined,
): Promise<Found> {
  const counting = new EntryCounter(expected, compression, await zstdUnpackerWorks());
  const scanner = new BlockScanner(counting);
  try {
    for await (const chunk of body) {
      signal?.throwIfAborted();
      await scanner.push(chunk);
    }
    scanner.finish();
    return counting.found();
  } finally {
    counting.destroy();
  }
}

/** Follows the blocks: what is in each entry, and whether all came. */
class EntryCounter implements BlockSink {
  readonly #expected: ReadonlyMap<number, TocEntry>;
  readonly #seen = new Set<number>();
  readonly #tables: TableReading[] = [];
  readonly #unpacker: Unpacker;
  #entry: TocEntry | undefined;
  readonly #newlines = new NewlineCounter();
  #rows = new RowCounter(this.#newlines);
  #largeObjects = 0;
  #largeObjectHasBytes = false;
  #plainBytes = 0;

  constructor(
    expected: ReadonlyMap<number, TocEntry>,
    compression: 'none' | 'gzip' | 'zstd',
    reuse: boolean,
  ) {
    this.#expected = expected;
    this.#unpacker = new Unpacker(compression, this.#newlines.buffer, reuse, (plain) => {
      this.#plainBytes += plain.length;
      if (this.#entry?.desc === 'TABLE DATA') this.#rows.push(plain);
    });
  }

  begin(dumpId: number): void {
    const entry = this.#expected.get(dumpId);
    if (entry === undefined)
      throw damaged(`it has data of entry ${dumpId}, which is not in its table of contents`);
    if (this.#seen.has(dumpId)) throw damaged(`the data of ${named(entry)} is in it twice`);
    this.#seen.add(dumpId);
    this.#entry = entry;
    this.#rows = new RowCounter(this.#newlines);
  }

  bytes(packed: Uint8Array): Promise<void> | undefined {
    this.#largeObjectHasBytes = true;
    return this.#unpacker.write(packed);
  }

  async largeObject(): Promise<void> {
    this.#largeObjects++;
    if (this.#largeObjectHasBytes) await this.#unpacker.end();
    this.#largeObjectHasBytes = false;
  }

  async end(): Promise<void> {
    const entry = this.#entry as TocEntry;
    if (entry.desc !== 'TABLE DATA') return;
    await this.#unpacker.end();
    this.#largeObjectHasBytes = false;
    const rows = this.#rows.rows();
    if (rows === undefined) throw damaged(`the rows of ${named(entry)} do not end as pg_dump ends them`);
    this.#tables.push({ schema: decoded(entry.namespace), name: decoded(entry.tag), rows });
  }

  found(): Found {
    for (const [dumpId, entry] of this.#expected) {
      if (!this.#seen.has(dumpId)) throw damaged(`the data of ${named(entry)} is not in it`);
    }
    return { tables: this.#tables, largeObjects: this.#largeObjects, plainBytes: this.#plainBytes };
  }

  destroy(): void {
    this.#unpacker.destroy();
  }
}

function named(entry: TocEntry): string {
  return `${entry.desc} ${[entry.namespace, entry.tag]
    .filter((part) => part !== undefined)
    .map(decoded)
    .join('.')}`;
}
