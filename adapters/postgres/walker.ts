/**
 * Reads along an archive of `pg_dump -Fc` and looks at lengths only, so that output cut short is seen even when the
 * tool says that all went well. Promises: `end` returns only when each entry of the table of contents that has data
 * appeared once and ended, and the archive ended exactly there; chunk borders may be anywhere; bytes are never
 * copied but for the table of contents.
 */
import { HoldfastError } from '../../core/errors.ts';
import type { ArchiveContents, QualifiedName } from './model.ts';
import { type ArchiveHeader, notAnArchive, TocParser, type WalkedEntry } from './toc.ts';

/** For readers that want what is inside. Bytes are valid during the call only, and still compressed. */
export interface WalkerSink {
  onToc?(header: ArchiveHeader, entries: readonly WalkedEntry[]): void;
  /** `largeObject` is its OID, inside BLOBS entries: one start and one end for each object. */
  onDataStart?(entry: WalkedEntry, largeObject?: number): void;
  onDataChunk?(bytes: Uint8Array): void;
  onDataEnd?(entry: WalkedEntry, largeObject?: number): void;
}

const blockTypes = { data: 1, largeObjects: 3 } as const;
/** A block's type, and integers as pg_dump writes them: a sign byte and four bytes. */
const fieldBytes = { block: 6, length: 5, oid: 5 } as const;

type Expecting = keyof typeof fieldBytes;

export class ArchiveWalker {
  readonly #toc = new TocParser();
  readonly #sink: WalkerSink;
  readonly #waiting = new Map<number, WalkedEntry>();
  readonly #field = Buffer.alloc(8);
  #fieldAt = 0;
  #expecting: Expecting = 'block';
  /** Bytes of the current piece that are still to come. */
  #remaining = 0;
  #entry: WalkedEntry | undefined;
  #largeObject: number | undefined;
  #dataEntries = 0;
  #totalBytes = 0;
  #ended = false;

  constructor(sink: WalkerSink = {}) {
    this.#sink = sink;
  }

  /** Bytes seen so far. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Once the table of contents is read. */
  get header(): ArchiveHeader | undefined {
    return this.#toc.header;
  }

  get entries(): readonly WalkedEntry[] {
    return this.#toc.entries;
  }

  /** @throws HoldfastError INTEGRITY_ARCHIVE for bytes that no archive holds */
  push(chunk: Uint8Array): void {
    this.#totalBytes += chunk.byteLength;
    if (this.#toc.done) {
      this.#data(chunk);
      return;
    }
    const rest = this.#toc.push(chunk);
    if (rest === undefined) return;
    for (const entry of this.#toc.entries) {
      if (!entry.hasData) continue;
      if (this.#waiting.has(entry.dumpId)) throw notAnArchive(`entry ${entry.dumpId} is in it twice`);
      this.#waiting.set(entry.dumpId, entry);
    }
    this.#dataEntries = this.#waiting.size;
    this.#sink.onToc?.(this.#toc.header as ArchiveHeader, this.#toc.entries);
    this.#data(rest);
  }

  /**
   * Call when the output ended. @returns what the archive held
   * @throws HoldfastError DUMP_EMPTY, DUMP_TRUNCATED
   */
  end(): ArchiveContents {
    if (this.#totalBytes === 0) throw new HoldfastError('DUMP_EMPTY', 'pg_dump wrote nothing');
    if (!this.#toc.done) throw this.#truncated('within its table of contents');
    if (this.#entry !== undefined) throw this.#truncated(`within the data of ${describe(this.#entry)}`);
    if (this.#fieldAt > 0) throw this.#truncated('within the head of a block');
    const [missing] = this.#waiting.values();
    if (missing !== undefined) {
      throw this.#truncated(
        `before the data of ${describe(missing)} (${this.#waiting.size} entries are missing)`,
      );
    }
    this.#ended = true;
    return this.contents();
  }

  /** What the archive held; only after `end`. */
  contents(): ArchiveContents {
    const header = this.#toc.header;
    if (!this.#ended || header === undefined)
      throw new HoldfastError('INTERNAL', 'the archive has not ended');
    return {
      format: header.format,
      compression: header.compression,
      tocEntries: this.#toc.entries.length,
      dataEntries: this.#dataEntries,
      tables: tablesWithData(this.#toc.entries),
    };
  }

  #truncated(where: string): HoldfastError {
    return new HoldfastError(
      'DUMP_TRUNCATED',
      `the output of pg_dump ended ${where}, after ${this.#totalBytes} bytes`,
      {
        details: { bytes: this.#totalBytes },
      },
    );
  }

  #data(chunk: Uint8Array): void {
    const length = chunk.byteLength;
    let at = 0;
    while (at < length) {
      if (this.#remaining > 0) {
        const taken = Math.min(this.#remaining, length - at);
        this.#sink.onDataChunk?.(at === 0 && taken === length ? chunk : chunk.subarray(at, at + taken));
        this.#remaining -= taken;
        at += taken;
        continue;
      }
      const wanted = fieldBytes[this.#expecting];
      while (this.#fieldAt < wanted && at < length) this.#field[this.#fieldAt++] = chunk[at++] as number;
      if (this.#fieldAt < wanted) return;
      this.#fieldAt = 0;
      this.#accept();
    }
  }

  #accept(): void {
    if (this.#expecting === 'block') this.#startEntry();
    else if (this.#expecting === 'oid') this.#startLargeObject();
    else this.#startPiece();
  }

  #startEntry(): void {
    const type = this.#field[0];
    const entry = this.#waiting.get(this.#integer(1));
    if (entry === undefined)
      throw notAnArchive(`a block belongs to entry ${this.#integer(1)}, which has none left`);
    if (type !== blockTypes.data && type !== blockTypes.largeObjects)
      throw notAnArchive(`a block has type ${type}`);
    if ((type === blockTypes.largeObjects) !== (entry.desc === 'BLOBS')) {
      throw notAnArchive(`the block of ${describe(entry)} has type ${type}`);
    }
    this.#waiting.delete(entry.dumpId);
    this.#entry = entry;
    this.#largeObject = undefined;
    this.#expecting = type === blockTypes.data ? 'length' : 'oid';
    if (type === blockTypes.data) this.#sink.onDataStart?.(entry);
  }

  #startLargeObject(): void {
    // An OID above 2^31 is written as a negative integer.
    const oid = this.#integer(0) >>> 0;
    if (oid === 0) {
      this.#entry = undefined;
      this.#expecting = 'block';
      return;
    }
    this.#largeObject = oid;
    this.#expecting = 'length';
    this.#sink.onDataStart?.(this.#entry as WalkedEntry, oid);
  }

  #startPiece(): void {
    const bytes = this.#integer(0);
    if (bytes < 0) throw notAnArchive('a piece of data has a negative length');
    if (bytes > 0) {
      this.#remaining = bytes;
      return;
    }
    const entry = this.#entry as WalkedEntry;
    this.#sink.onDataEnd?.(entry, this.#largeObject);
    if (this.#largeObject === undefined) {
      this.#entry = undefined;
      this.#expecting = 'block';
    } else {
      this.#expecting = 'oid';
    }
  }

  #integer(at: number): number {
    const magnitude = this.#field.readUInt32LE(at + 1);
    return this.#field[at] === 0 ? magnitude : -magnitude;
  }
}

/** Tables whose rows are in an archive. */
export function tablesWithData(entries: readonly WalkedEntry[]): QualifiedName[] {
  return entries
    .filter((entry) => entry.hasData && entry.desc === 'TABLE DATA')
    .map((entry) => ({ schema: entry.namespace, name: entry.tag }));
}

function describe(entry: WalkedEntry): string {
  const name = entry.namespace === '' ? entry.tag : `${entry.namespace}.${entry.tag}`;
  return `${entry.desc} ${name}`;
}

/** Both lines are at the ends of every complete output of pg_dumpall. */
const globalsBegin = '--\n-- PostgreSQL database cluster dump\n--\n';
const globalsEnd = '-- PostgreSQL database cluster dump complete\n';

/** The same promise for the SQL text of `pg_dumpall --globals-only`: it begins and ends as a complete one does. */
export class GlobalsWalker {
  #head: Buffer = Buffer.alloc(0);
  #tail: Buffer = Buffer.alloc(0);
  #totalBytes = 0;

  push(chunk: Uint8Array): void {
    this.#totalBytes += chunk.byteLength;
    if (this.#head.length < globalsBegin.length) {
      this.#head = Buffer.concat([this.#head, chunk]).subarray(0, globalsBegin.length);
    }
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-200)]).subarray(-200);
  }

  /** @throws HoldfastError DUMP_EMPTY, DUMP_TRUNCATED, INTEGRITY_ARCHIVE */
  end(): Record<string, never> {
    if (this.#totalBytes === 0) throw new HoldfastError('DUMP_EMPTY', 'pg_dumpall wrote nothing');
    if (!globalsBegin.startsWith(this.#head.toString('utf8'))) {
      throw notAnArchive('the output of pg_dumpall does not begin as it should');
    }
    // 18.x closes with a \unrestrict line after it; older ones with an empty comment.
    if (!this.#tail.toString('utf8').includes(globalsEnd)) {
      throw new HoldfastError(
        'DUMP_TRUNCATED',
        `the output of pg_dumpall ended after ${this.#totalBytes} bytes without its last line`,
      );
    }
    return {};
  }
}
