/**
 * The table of contents of an archive of `pg_dump -Fc`, read entry by entry as the bytes come: what the archive says
 * it holds. Definitions are skipped, so that 5,000 tables cost no more than their names.
 */
import { HoldfastError } from '../../core/errors.ts';

export interface WalkedEntry {
  readonly dumpId: number;
  /** The archive has a data block for it. */
  readonly hasData: boolean;
  /** Kind: TABLE, TABLE DATA, BLOBS, SEQUENCE SET… */
  readonly desc: string;
  readonly namespace: string;
  readonly tag: string;
  /** pg_dump's section: 1 none, 2 pre-data, 3 data, 4 post-data. */
  readonly section: number;
  readonly owner: string;
  /** `COPY … FROM stdin;` of table data. */
  readonly copyStatement: string;
}

export interface ArchiveHeader {
  /** `1.16`. */
  readonly format: string;
  readonly compression: 'none' | 'gzip' | 'lz4' | 'zstd';
  readonly database: string;
  readonly serverVersion: string;
  readonly dumpVersion: string;
}

/** Thrown inside this file when a field is not there yet: the parser begins it again with more bytes. */
const needMore = Symbol('needMore');

/** pg_dump 10 (1.13) to 18 (1.16) write these; 1.12 is 9.x, of the same shape. */
const oldestMinor = 12;
const newestMinor = 16;
/** A single text of a table of contents, such as a function's body; PostgreSQL's own limit for a value is 1 GiB. */
const maxTextBytes = 256 * 1024 * 1024;
const maxEntries = 50_000_000;
const algorithms = ['none', 'gzip', 'lz4', 'zstd'] as const;

/** Push bytes until `done`; what is behind the table of contents comes back. */
export class TocParser {
  header: ArchiveHeader | undefined;
  readonly entries: WalkedEntry[] = [];
  done = false;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Parsing is tried again only when this many bytes are there: a long text is not tried at each chunk. */
  #wanted = 1;
  /** Where the field ends that is not there yet. */
  #neededTo = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #intBytes = 4;
  #offsetBytes = 8;
  #minor = 0;
  #count: number | undefined;

  /**
   * @returns what follows the table of contents in this chunk, or undefined while it is not complete
   * @throws HoldfastError INTEGRITY_ARCHIVE
   */
  push(chunk: Uint8Array): Uint8Array | undefined {
    const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#pendingBytes += chunk.byteLength;
    if (this.#pendingBytes < this.#wanted) {
      // The chunk's memory belongs to the caller: what is kept is copied.
      this.#pending.push(Buffer.from(view));
      return undefined;
    }
    this.#pending.push(view);
    this.#bytes = this.#pending.length === 1 ? (this.#pending[0] as Buffer) : Buffer.concat(this.#pending);
    this.#at = 0;
    try {
      this.header ??= this.#whole(() => this.#readHeader());
      this.#count ??= this.#whole(() => this.#readCount());
      while (this.entries.length < this.#count) this.entries.push(this.#whole(() => this.#readEntry()));
    } catch (thrown) {
      if (thrown !== needMore) throw thrown;
      const rest = Buffer.from(this.#bytes.subarray(this.#at));
      this.#pending = [rest];
      this.#pendingBytes = rest.length;
      this.#wanted = this.#neededTo - this.#at;
      return undefined;
    }
    this.done = true;
    const rest = this.#bytes.subarray(this.#at);
    this.#pending = [];
    this.#bytes = Buffer.alloc(0);
    return rest;
  }

  /** True before the first byte. */
  get empty(): boolean {
    return this.#pendingBytes === 0 && this.header === undefined;
  }

  /** Runs a reader of one whole thing; if bytes are missing, none of it counts as read. */
  #whole<T>(read: () => T): T {
    const start = this.#at;
    try {
      return read();
    } catch (thrown) {
      if (thrown === needMore) this.#at = start;
      throw thrown;
    }
  }

  #readHeader(): ArchiveHeader {
    const magic = this.#bytes.subarray(0, Math.min(5, this.#bytes.length)).toString('latin1');
    if (!'PGDMP'.startsWith(magic)) throw notAnArchive('it does not begin as an archive of pg_dump does');
    this.#take(5);
    const major = this.#byte();
    this.#minor = this.#byte();
    this.#byte();
    this.#intBytes = this.#byte();
    this.#offsetBytes = this.#byte();
    const custom = this.#byte();
    if (major !== 1 || this.#minor < oldestMinor || this.#minor > newestMinor) {
      throw notAnArchive(
        `its format ${major}.${this.#minor} is not one of 1.${oldestMinor} to 1.${newestMinor}`,
      );
    }
    if (this.#intBytes !== 4 || this.#offsetBytes !== 8) throw notAnArchive('its integers have another size');
    if (custom !== 1) throw notAnArchive('it is not in the custom format');
    const compression = this.#minor >= 15 ? algorithms[this.#byte()] : this.#int() === 0 ? 'none' : 'gzip';
    if (compression === undefined) throw notAnArchive('its compression is unknown');
    for (let field = 0; field < 7; field++) this.#int(); // when it was made
    const database = this.#text();
    const serverVersion = this.#text();
    return { format: `1.${this.#minor}`, compression, database, serverVersion, dumpVersion: this.#text() };
  }

  #readCount(): number {
    const count = this.#int();
    if (count < 0 || count > maxEntries) throw notAnArchive('its table of contents has an impossible length');
    return count;
  }

  #readEntry(): WalkedEntry {
    const dumpId = this.#int();
    const hasData = this.#int() !== 0;
    this.#skipText(); // oid of the catalogue
    this.#skipText(); // oid
    const tag = this.#text();
    const desc = this.#text();
    if (dumpId <= 0 || desc === '') throw notAnArchive('an entry has no id or no kind');
    const section = this.#int();
    this.#skipText(); // definition
    this.#skipText(); // drop statement
    const copyStatement = this.#text();
    const namespace = this.#text();
    this.#skipText(); // tablespace
    if (this.#minor >= 14) this.#skipText(); // access method
    if (this.#minor >= 16) this.#int(); // relkind
    const owner = this.#text();
    this.#skipText(); // with oids
    while (this.#skipText()); // dependencies, to the first that is null
    this.#take(1 + this.#offsetBytes);
    return { dumpId, hasData, desc, namespace, tag, section, owner, copyStatement };
  }

  #take(bytes: number): number {
    this.#neededTo = this.#at + bytes;
    if (this.#neededTo > this.#bytes.length) throw needMore;
    const start = this.#at;
    this.#at += bytes;
    return start;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  /** A sign byte, then the magnitude, lowest byte first. */
  #int(): number {
    const start = this.#take(1 + this.#intBytes);
    const magnitude = this.#bytes.readUInt32LE(start + 1);
    return this.#bytes[start] === 0 ? magnitude : -magnitude;
  }

  /** Null counts as empty. */
  #text(): string {
    const length = this.#textBytes();
    if (length < 0) return '';
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** False when it was null. */
  #skipText(): boolean {
    const length = this.#textBytes();
    if (length < 0) return false;
    this.#take(length);
    return true;
  }

  #textBytes(): number {
    const length = this.#int();
    if (length > maxTextBytes) throw notAnArchive('a text in its table of contents is impossibly long');
    return length;
  }
}

export function notAnArchive(why: string): HoldfastError {
  return new HoldfastError('INTEGRITY_ARCHIVE', `the archive of pg_dump cannot be read: ${why}`);
}
