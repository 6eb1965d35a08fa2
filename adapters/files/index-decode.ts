/**
 * Reads an index line by line, with memory for a chunk at a time and the packs it names. Promises: everything that is
 * wrong (damage, a missing end, a wrong order, a pack that was not named, other counts than the end says) is
 * INTEGRITY_ARCHIVE, and whoever reads to the end has seen exactly what was written. Before the end nothing is proven.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createZstdDecompress } from 'node:zlib';
import { HoldfastError } from '../../core/errors.ts';
import { type Segment, segmentSchema } from '../../core/manifest.ts';
import { compareBytes } from './byte-order.ts';
import {
  EMPTY_SHA256,
  type IndexEnd,
  type IndexEntry,
  type IndexHead,
  IndexTally,
  LINE_LIMIT_BYTES,
  skipCodes,
} from './index-format.ts';
import { through } from './through.ts';

export interface IndexExpectation {
  readonly planId?: string;
  readonly backupId?: string;
  readonly component?: string;
}

/** Entries in order, and each one's line as it stands. */
export interface IndexBatch {
  readonly entries: readonly IndexEntry[];
  readonly lines: readonly string[];
}

/**
 * The entries of an index, in batches. `decoder` (made by the caller) knows head and packs as soon as they were met,
 * and `end` after the last batch.
 *
 * @param stored the bytes of the index segment, unsealed: a zstd frame
 */
export async function* decodeIndex(
  stored: AsyncIterable<Uint8Array>,
  decoder: IndexDecoder,
): AsyncGenerator<IndexBatch, IndexEnd, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of through(stored, createZstdDecompress({ chunkSize: 256 * 1024 }))) {
      // Only the line that began in the last chunk is joined: the chunks are all of the index, the lines a few of it.
      const begunEnd = rest.length === 0 ? 0 : chunk.indexOf(10) + 1;
      const lineEnd = chunk.lastIndexOf(10) + 1;
      const pieces =
        rest.length === 0
          ? [chunk.subarray(0, lineEnd)]
          : [Buffer.concat([rest, chunk.subarray(0, begunEnd)]), chunk.subarray(begunEnd, lineEnd)];
      if (lineEnd === 0) rest = Buffer.concat([rest, chunk]);
      else {
        for (const lines of pieces) {
          if (lines.length === 0) continue;
          const batch = decoder.push(lines);
          if (batch.entries.length > 0) yield batch;
        }
        rest = Buffer.from(chunk.subarray(lineEnd));
      }
      if (rest.length > LINE_LIMIT_BYTES) throw damaged('a line that is too long');
    }
  } catch (thrown) {
    throw isZstd(thrown) ? damaged(String((thrown as Error).message)) : thrown;
  }
  if (rest.length > 0) throw damaged('it breaks off within a line');
  return decoder.finish();
}

function isZstd(thrown: unknown): boolean {
  const code = String((thrown as { code?: unknown } | null)?.code ?? '');
  return /^(ZSTD_|ERR_ZSTD|Z_|ERR__ERROR)/.test(code);
}

export class IndexDecoder {
  head: IndexHead | undefined;
  readonly packs = new Map<number, Segment>();
  end: IndexEnd | undefined;
  readonly #expected: IndexExpectation;
  readonly #hash = createHash('sha256');
  readonly #tally = new IndexTally();
  #last: string | undefined;

  constructor(expected: IndexExpectation = {}) {
    this.#expected = expected;
  }

  /** Whole lines, each with its line end. */
  push(bytes: Buffer): IndexBatch {
    if (this.end !== undefined) throw damaged('it goes on after its end');
    if (!isUtf8(bytes)) throw damaged('it is no UTF-8');
    const texts = bytes.toString('utf8').split('\n');
    texts.pop();
    const entries: IndexEntry[] = [];
    const lines: string[] = [];
    let hashed = bytes;
    for (const [at, text] of texts.entries()) {
      if (text.length > LINE_LIMIT_BYTES) throw damaged('a line that is too long');
      const value = parseLine(text);
      if (this.head === undefined) this.#begin(value);
      else if (typeof value.path === 'string') {
        this.#entry(value);
        entries.push(value as unknown as IndexEntry);
        lines.push(text);
      } else if (value.pack !== undefined) this.#pack(value);
      else if (value.end === true) {
        if (at !== texts.length - 1) throw damaged('it goes on after its end');
        hashed = bytes.subarray(0, bytes.length - Buffer.byteLength(text) - 1);
        this.end = value as unknown as IndexEnd;
      } else throw damaged('a line that is neither pack, entry nor end');
    }
    this.#hash.update(hashed);
    if (this.end !== undefined) this.#checkEnd(this.end);
    return { entries, lines };
  }

  finish(): IndexEnd {
    if (this.end === undefined) throw damaged('it has no end');
    return this.end;
  }

  #begin(value: Line): void {
    if (value.format !== 'holdfast/files-index') throw damaged('it does not begin as an index');
    if (value.version !== 1) {
      throw new HoldfastError(
        'FORMAT_UNKNOWN',
        `index: version ${JSON.stringify(value.version)}; 1 is known`,
      );
    }
    const { planId, backupId, component, attempt, packsFrom } = value;
    if (typeof planId !== 'string' || typeof backupId !== 'string' || typeof component !== 'string')
      throw damaged('its head does not say whose it is');
    if (!isCount(attempt) || !isCount(packsFrom)) throw damaged('its head is not whole');
    if (value.place !== undefined && typeof value.place !== 'string') throw damaged('its place is no text');
    for (const [name, wanted] of Object.entries(this.#expected)) {
      if (wanted !== undefined && value[name] !== wanted)
        throw damaged(`it is of ${name} ${JSON.stringify(value[name])}, not ${wanted}`);
    }
    this.head = value as unknown as IndexHead;
  }

  #pack(value: Line): void {
    const segment = segmentSchema.safeParse(value.segment);
    if (!isCount(value.pack) || !segment.success) throw damaged('a line of a pack that is not whole');
    if (this.packs.has(value.pack)) throw damaged(`pack ${value.pack} is named twice`);
    this.packs.set(value.pack, segment.data);
    this.#tally.packs += 1;
  }

  #entry(value: Line): void {
    const path = value.path as string;
    if (this.#last !== undefined && compareBytes(this.#last, path) >= 0)
      throw damaged(`${JSON.stringify(path)} is not in order`);
    this.#last = path;
    const why = wrongIn(value, this.packs);
    if (why !== undefined) throw damaged(`${JSON.stringify(path)}: ${why}`);
    this.#tally.count(value as unknown as IndexEntry);
  }

  #checkEnd(end: IndexEnd): void {
    const digest = this.#hash.digest('hex');
    if (end.digest !== digest) throw damaged('its digest is not that of its lines');
    for (const [name, found] of Object.entries(this.#tally.totals())) {
      const said = end[name as keyof IndexEnd];
      if (said !== found) throw damaged(`its end says ${name} ${String(said)}, it has ${found}`);
    }
  }
}

type Line = Record<string, unknown>;

function parseLine(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('a line that is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged('a line that is no object');
  return value as Line;
}

const timePattern = /^-?\d{1,15}(?:\.\d{1,9})?$/;
const sha256Pattern = /^[0-9a-f]{64}$/;
const textFields = [
  'etag',
  'versionId',
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'expires',
  'ino',
] as const;

/** What is wrong with an entry; by hand, since a schema library takes longer than everything else together. */
function wrongIn(entry: Line, packs: ReadonlyMap<number, Segment>): string | undefined {
  const { type } = entry;
  if (type === 'skipped') {
    const known = (skipCodes as readonly unknown[]).includes(entry.code) && typeof entry.why === 'string';
    return known ? undefined : 'skipped without a reason';
  }
  if (type !== 'file' && type !== 'dir' && type !== 'symlink') return 'a type that is not known';
  if (typeof entry.mtime !== 'string' || !timePattern.test(entry.mtime)) return 'no time';
  if (entry.mode !== undefined && !(isCount(entry.mode) && entry.mode <= 0o7777)) return 'a wrong mode';
  if (entry.uid !== undefined && !isCount(entry.uid)) return 'a wrong uid';
  if (entry.gid !== undefined && !isCount(entry.gid)) return 'a wrong gid';
  for (const field of textFields) {
    const value = entry[field];
    if (value !== undefined && typeof value !== 'string') return `a wrong ${field}`;
  }
  if (entry.metadata !== undefined && !isTexts(entry.metadata)) return 'wrong metadata';
  if (type === 'symlink') return typeof entry.target === 'string' ? undefined : 'a link without a target';
  return type === 'file' ? wrongInFile(entry, packs) : undefined;
}

function wrongInFile(entry: Line, packs: ReadonlyMap<number, Segment>): string | undefined {
  const { size, sha256, at, ctime } = entry;
  if (!isCount(size)) return 'no size';
  if (typeof sha256 !== 'string' || !sha256Pattern.test(sha256)) return 'no SHA-256';
  if (ctime !== undefined && (typeof ctime !== 'string' || !timePattern.test(ctime))) return 'a wrong ctime';
  if (size === 0) return sha256 === EMPTY_SHA256 && at === undefined ? undefined : 'empty, but with content';
  if (!Array.isArray(at) || at.length !== 2 || !isCount(at[0]) || !isCount(at[1]))
    return 'no place in a pack';
  return packs.has(at[0]) ? undefined : `pack ${at[0]} was not named before it`;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTexts(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}

function damaged(why: string): HoldfastError {
  return new HoldfastError('INTEGRITY_ARCHIVE', `the index of files is damaged: ${why}`);
}
