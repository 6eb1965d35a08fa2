/**
 * Takes wanted files out of one pack: once through it as a stream, by the offsets of the index, up to the last one
 * that is wanted. Promises: what is handed to a target as a whole file has the size and SHA-256 that the index says;
 * anything else is INTEGRITY_HASH or INTEGRITY_ARCHIVE, and the file has no name yet.
 */
import { createHash, hash } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import type { Segment } from '../../core/manifest.ts';
import type { OpenSegment } from '../../core/ports/recovery.ts';
import type { FileEntry } from './index-format.ts';
import { damaged } from './read-tar.ts';
import { endWith, unpack } from './read-unpack.ts';
import type { Pool } from './restore-pool.ts';
import type { FileWriter, LeftOut, RestoreTarget } from './restore-target.ts';

/** Up to here a file is in memory as a whole before it is written. */
export const smallBytes = 8 * 1024 * 1024;
const progressEveryBytes = 4 * 1024 * 1024;

export interface PackJob {
  readonly segment: Segment;
  readonly open: OpenSegment;
  readonly wanted: readonly FileEntry[];
  readonly target: RestoreTarget;
  /** Copies of one large file that are written at a time. */
  readonly copiesAtATime: number;
  /** For small files; shared by the packs that are read at a time. */
  readonly pool: Pool;
  /** Ends the reading: a cancel, or another pack that failed. */
  readonly signal: AbortSignal;
  /** Ends small writes that are under way: a cancel only, since what becomes of them must be known. */
  readonly cancelled: AbortSignal;
  readonly onRead: (plainBytes: number) => void;
  readonly onPlaced: (entry: FileEntry, leftOut: LeftOut) => void;
}

/** One content in the pack, and the files that have it. */
interface Content {
  readonly offset: number;
  readonly size: number;
  readonly sha256: string;
  readonly entries: FileEntry[];
}

export async function restorePack(job: PackJob): Promise<void> {
  let contents: readonly Content[] = contentsOf(job.wanted);
  while (contents.length > 0) contents = await onceThrough(contents, job);
  job.onRead(job.segment.plainBytes);
}

/** @throws HoldfastError INTEGRITY_ARCHIVE when two files overlap without being one content */
function contentsOf(wanted: readonly FileEntry[]): Content[] {
  const byOffset = new Map<number, Content>();
  for (const entry of wanted) {
    const offset = entry.at?.[1] ?? 0;
    const { size, sha256, path } = entry;
    const there = byOffset.get(offset);
    if (there === undefined) byOffset.set(offset, { offset, size, sha256, entries: [entry] });
    else if (there.size === size && there.sha256 === sha256) there.entries.push(entry);
    else throw damaged(`the index says two things of what is at byte ${offset} (${JSON.stringify(path)})`);
  }
  const sorted = [...byOffset.values()].sort((one, other) => one.offset - other.offset);
  for (const [at, { offset }] of sorted.entries()) {
    const before = sorted[at - 1];
    if (before !== undefined && before.offset + before.size > offset)
      throw damaged(`the index says that files overlap at byte ${offset}`);
  }
  return sorted;
}

/** Returns what has to be read again: more copies of a large file than may be written at a time. */
async function onceThrough(contents: readonly Content[], job: PackJob): Promise<Content[]> {
  const { segment, signal } = job;
  const later: Content[] = [];
  const plain = job.open(segment);
  const release = endWith(plain, signal);
  const slices = new Slices(unpack(segment.encoding, counted(plain, job.onRead), signal));
  try {
    for (const content of contents) {
      signal.throwIfAborted();
      if (content.size <= smallBytes) {
        await small(content, slices, job);
        continue;
      }
      const now = content.entries.slice(0, job.copiesAtATime);
      const rest = content.entries.slice(job.copiesAtATime);
      await large({ ...content, entries: now }, slices, job);
      if (rest.length > 0) later.push({ ...content, entries: rest });
    }
    return later;
  } finally {
    // Nothing of the pack is fetched beyond the last file that is wanted.
    release();
    plain.destroy();
    await slices.close();
  }
}

async function* counted(
  plain: AsyncIterable<Uint8Array>,
  onRead: (plainBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  let told = 0;
  for await (const chunk of plain) {
    read += chunk.length;
    if (read - told >= progressEveryBytes) {
      told = read;
      onRead(read);
    }
    yield chunk;
  }
}

async function small(content: Content, slices: Slices, job: PackJob): Promise<void> {
  const bytes = Buffer.allocUnsafe(content.size);
  let filled = 0;
  for await (const slice of slices.take(content.offset, content.size)) {
    bytes.set(slice, filled);
    filled += slice.length;
  }
  requireHash(content, hash('sha256', bytes, 'hex'), job.segment);
  for (const entry of content.entries) {
    await job.pool.run(bytes.length, async () => {
      job.onPlaced(entry, await job.target.small(entry, bytes, job.cancelled));
    });
  }
}

async function large(content: Content, slices: Slices, job: PackJob): Promise<void> {
  const writers: FileWriter[] = [];
  try {
    for (const entry of content.entries) writers.push(await job.target.large(entry, job.signal));
    const digest = createHash('sha256');
    for await (const slice of slices.take(content.offset, content.size)) {
      job.signal.throwIfAborted();
      digest.update(slice);
      await Promise.all(writers.map((writer) => writer.write(slice)));
    }
    requireHash(content, digest.digest('hex'), job.segment);
    for (const [at, entry] of content.entries.entries()) {
      job.onPlaced(entry, await writers[at]?.commit());
    }
  } catch (thrown) {
    await Promise.all(writers.map((writer) => writer.abandon()));
    throw thrown;
  }
}

function requireHash({ sha256, entries }: Content, found: string, segment: Segment): void {
  if (found === sha256) return;
  throw new HoldfastError(
    'INTEGRITY_HASH',
    `${JSON.stringify(entries[0]?.path)} in pack ${segment.name} is not what was backed up: its SHA-256 is ${found}, the index says ${sha256}`,
  );
}

/** Pieces of a stream by their offsets, which only go up. */
class Slices {
  readonly #chunks: AsyncGenerator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  /** Of the first byte of `#chunk`. */
  #position = 0;

  constructor(chunks: AsyncGenerator<Uint8Array>) {
    this.#chunks = chunks;
  }

  async *take(offset: number, size: number): AsyncGenerator<Uint8Array> {
    for (let at = offset; at < offset + size; ) {
      while (this.#position + this.#chunk.length <= at) await this.#next(offset);
      const from = at - this.#position;
      const slice = this.#chunk.subarray(from, Math.min(this.#chunk.length, from + offset + size - at));
      at += slice.length;
      yield slice;
    }
  }

  async #next(wanted: number): Promise<void> {
    this.#position += this.#chunk.length;
    const next = await this.#chunks.next();
    if (next.done) throw damaged(`it ends after ${this.#position} bytes, before a file at byte ${wanted}`);
    this.#chunk = next.value;
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }
}
