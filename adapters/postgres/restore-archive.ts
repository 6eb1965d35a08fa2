/**
 * Splits a stream of an archive into its head and what follows, so that the head can be read (and changed) before
 * the data flows on. Holds no more than the head and the chunk it ended in.
 */
import { type ArchiveHead, damaged, parseHead, type TocEntry, writeHead } from './restore-toc.ts';

export interface SplitArchive {
  readonly head: ArchiveHead;
  /** Everything after the head, to the end. Must be read to its end, or returned. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** @throws HoldfastError INTEGRITY_ARCHIVE when the stream ends within the head */
export async function splitArchive(source: AsyncIterable<Uint8Array>): Promise<SplitArchive> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    let joined: Buffer = Buffer.alloc(0);
    for (;;) {
      // Parsing starts over each time: half as much again in between keeps the sum of it linear.
      const read = await readMore(chunks, joined, Math.max(1, joined.length >> 1));
      joined = read.bytes;
      const parsed = parseHead(joined);
      if (parsed) return { head: parsed.head, body: following(joined.subarray(parsed.lengthBytes), chunks) };
      if (read.ended) throw damaged(`it ends after ${joined.length} bytes, within its table of contents`);
    }
  } catch (thrown) {
    await chunks.return?.();
    throw thrown;
  }
}

/** The archive with another table of contents. Data of entries that are no longer listed is skipped by pg_restore. */
export async function* rejoinArchive(
  archive: SplitArchive,
  entries: readonly TocEntry[],
): AsyncGenerator<Uint8Array> {
  yield writeHead(archive.head, entries);
  yield* archive.body;
}

async function readMore(chunks: AsyncIterator<Uint8Array>, before: Buffer, atLeastBytes: number) {
  const pieces: Uint8Array[] = [before];
  let bytes = 0;
  let ended = false;
  while (bytes < atLeastBytes && !ended) {
    const next = await chunks.next();
    ended = next.done === true;
    if (!next.done) {
      pieces.push(next.value);
      bytes += next.value.length;
    }
  }
  return { bytes: Buffer.concat(pieces), ended };
}

async function* following(first: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (;;) {
      const next = await chunks.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}
