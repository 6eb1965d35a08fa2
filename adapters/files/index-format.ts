/**
 * The index of a files backup: one line for each file, in byte order of the paths, so that the next run reads it
 * beside its listing and a restore finds one file without reading packs. JSON lines in one zstd frame; part of the
 * format (docs/format.md): fields are only ever added, as optional. This file says what the lines are and writes them;
 * index-decode.ts reads them.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import type { Segment } from '../../core/manifest.ts';
import { compareBytes } from './byte-order.ts';

export const INDEX_ENCODING = 'files-index-zstd';
export const INDEX_SECTION = 'index';
export const INDEX_NAME = 'index';
/** Position of the index among a component's segments; packs follow. */
export const INDEX_SEGMENT = 0;

/** One line, in bytes: a path, a symlink's target and S3's metadata are a few KB each, a pack of 5 TiB has 75 parts. */
export const LINE_LIMIT_BYTES = 256 * 1024;

/** Packs of one backup, at most; ids of the packs of a chain are that far apart. */
export const PACKS_LIMIT = 1_000_000;

/** Text of lines, in characters. */
const HASHED_AT_A_TIME = 64 * 1024;

/** SHA-256 of no bytes. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export interface IndexHead {
  readonly format: 'holdfast/files-index';
  readonly version: 1;
  readonly planId: string;
  readonly backupId: string;
  readonly attempt: number;
  readonly component: string;
  /**
   * Where the files came from (place-name.ts). A run that finds another place here builds nothing upon it: the same
   * path there is another file. Absent in an index that is built upon by nobody.
   */
  readonly place?: string;
  /**
   * Ids of this backup's own packs are this plus the segment's index: 0 for a run that read everything, 1,000,000
   * more than its base otherwise. So ids of the base's packs stay what they are, and lines are copied as they stand.
   */
  readonly packsFrom: number;
}

/** Before the first entry that uses it: where a pack is, as it stands in the manifest of the backup that wrote it. */
export interface PackLine {
  readonly pack: number;
  readonly segment: Segment;
}

interface Timed {
  /** Relative to the source's prefix or folder, `/` between names; a folder's ends with `/`. In S3 any key may be one. */
  readonly path: string;
  /** Seconds since 1970, decimal, with up to nine digits after the point, as pax has it. */
  readonly mtime: string;
}

/** Of a file system. */
export interface Owned {
  /** Permission bits, with set-user-id and the like: at most 0o7777. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Of an object in S3; absent where S3 said nothing. */
export interface ObjectFacts {
  /** As S3 gives it, with its quotes. */
  readonly etag?: string;
  readonly versionId?: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly expires?: string;
  /** User metadata, names in lower case as S3 gives them. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface FileEntry extends Timed, Owned, ObjectFacts {
  readonly type: 'file';
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  /** Id of the pack, and offset of the content in its tar; absent when the file is empty. */
  readonly at?: readonly [pack: number, offset: number];
  /** File system only. Absent when the file was so young that a later change might not show: it is read again. */
  readonly ctime?: string;
  /** Decimal: some file systems use all 64 bits. */
  readonly ino?: string;
}

export interface FolderEntry extends Timed, Owned, ObjectFacts {
  readonly type: 'dir';
}

export interface LinkEntry extends Timed, Owned {
  readonly type: 'symlink';
  readonly target: string;
}

/** What could not be backed up, and why; never silent. */
export interface SkippedEntry {
  readonly path: string;
  readonly type: 'skipped';
  readonly code: SkipCode;
  readonly why: string;
}

export const skipCodes = [
  /** Each time it was read it changed. */
  'changed',
  /** Listed, and gone when it was to be read. */
  'vanished',
  /** Refused, or a read error. */
  'unreadable',
  /** In a storage class that must be asked for objects hours before. */
  'archived',
  /** A name that is no UTF-8. */
  'name',
  /** A socket, a device, a named pipe. */
  'special',
  /** Another file system is mounted there. */
  'other-file-system',
] as const;
export type SkipCode = (typeof skipCodes)[number];

export type IndexEntry = FileEntry | FolderEntry | LinkEntry | SkippedEntry;

export interface IndexEnd {
  readonly end: true;
  readonly files: number;
  /** Of all files, whether stored here, earlier or more than once. */
  readonly bytes: number;
  readonly folders: number;
  readonly links: number;
  readonly skipped: number;
  /** Pack lines. */
  readonly packs: number;
  /** SHA-256 over all lines before this one, with their line ends. */
  readonly digest: string;
}

/** Counts what an index holds, the same way on both sides. */
export class IndexTally {
  files = 0;
  bytes = 0;
  folders = 0;
  links = 0;
  skipped = 0;
  packs = 0;

  count(entry: IndexEntry): void {
    if (entry.type === 'file') {
      this.files += 1;
      this.bytes += entry.size;
    } else if (entry.type === 'dir') this.folders += 1;
    else if (entry.type === 'symlink') this.links += 1;
    else this.skipped += 1;
  }

  totals(): Omit<IndexEnd, 'end' | 'digest'> {
    const { files, bytes, folders, links, skipped, packs } = this;
    return { files, bytes, folders, links, skipped, packs };
  }
}

/**
 * Makes the lines of an index, in order: `head`, then `pack` and `entry` as they come, then `end`. What it returns is
 * to be written as it is. Throws INTERNAL when the order is wrong: an index that cannot be read beside a listing
 * would make the next run lose files.
 */
export class IndexEncoder {
  readonly tally = new IndexTally();
  readonly #hash = createHash('sha256');
  readonly #packs = new Set<number>();
  #unhashed = '';
  #last: string | undefined;

  head(head: Omit<IndexHead, 'format' | 'version'>): string {
    const whole: IndexHead = { format: 'holdfast/files-index', version: 1, ...head };
    return this.#line(JSON.stringify(whole));
  }

  hasPack(id: number): boolean {
    return this.#packs.has(id);
  }

  pack(id: number, segment: Segment): string {
    if (this.#packs.has(id)) throw new HoldfastError('INTERNAL', `index: pack ${id} twice`);
    this.#packs.add(id);
    this.tally.packs += 1;
    const line: PackLine = { pack: id, segment };
    return this.#line(JSON.stringify(line));
  }

  /** @param line the entry as JSON, where that is at hand: a line of an earlier index, as it stands there */
  entry(entry: IndexEntry, line: string = JSON.stringify(entry)): string {
    const { path } = entry;
    if (this.#last !== undefined && compareBytes(this.#last, path) >= 0) {
      throw new HoldfastError(
        'INTERNAL',
        `index: ${JSON.stringify(path)} after ${JSON.stringify(this.#last)}`,
      );
    }
    if (entry.type === 'file' && entry.at !== undefined && !this.#packs.has(entry.at[0])) {
      throw new HoldfastError('INTERNAL', `index: ${JSON.stringify(path)} before its pack ${entry.at[0]}`);
    }
    this.#last = path;
    this.tally.count(entry);
    return this.#line(line);
  }

  end(): { readonly line: string; readonly end: IndexEnd } {
    this.#hashLines();
    const end: IndexEnd = { end: true, ...this.tally.totals(), digest: this.#hash.digest('hex') };
    return { line: `${JSON.stringify(end)}\n`, end };
  }

  #line(text: string): string {
    // A character is at most three bytes a unit; only then is counting worth it.
    if (text.length * 3 > LINE_LIMIT_BYTES && Buffer.byteLength(text) >= LINE_LIMIT_BYTES) {
      throw new HoldfastError('INTERNAL', `index: a line of more than ${LINE_LIMIT_BYTES} bytes`);
    }
    const line = `${text}\n`;
    // Not line by line: a call of the hash costs more than hashing one.
    this.#unhashed += line;
    if (this.#unhashed.length >= HASHED_AT_A_TIME) this.#hashLines();
    return line;
  }

  #hashLines(): void {
    this.#hash.update(this.#unhashed);
    this.#unhashed = '';
  }
}
