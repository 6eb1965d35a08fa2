/** The tables of contents of a component, read before anything is restored: who owns, who is granted to. */
import { HoldfastError } from '../../core/errors.ts';
import type { Component, Segment } from '../../core/manifest.ts';
import type { OpenSegment } from '../../core/ports/recovery.ts';
import { splitArchive } from './restore-archive.ts';
import { type ArchiveHead, damaged, type TocEntry } from './restore-toc.ts';

export interface DefinitionHeads {
  readonly preData: ArchiveHead;
  readonly postData: ArchiveHead;
}

/**
 * Reads the two segments without data to their ends, so that what they say is authentic.
 * @throws HoldfastError INTEGRITY_ARCHIVE when there is not one of each, or one has data; INTEGRITY_* from `open`
 */
export async function readDefinitions(
  component: Component,
  open: OpenSegment,
  signal: AbortSignal,
): Promise<DefinitionHeads> {
  return {
    preData: await readWhole(only(component, 'pre-data'), open, signal),
    postData: await readWhole(only(component, 'post-data'), open, signal),
  };
}

/** The bytes of a segment. When the signal aborts it throws the reason at once, also when the stream never goes on. */
export async function* openWith(
  open: OpenSegment,
  segment: Segment,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const stream = open(segment);
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  // Not Promise.race against one promise for all chunks: that would keep every chunk until the stream ends.
  let interrupt: ((reason: unknown) => void) | undefined;
  const onAbort = () => interrupt?.(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        interrupt = reject;
        chunks.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // What a stream says while it is destroyed half-way is of no interest.
    stream.on('error', () => undefined).destroy();
  }
}

export function allEntries(heads: DefinitionHeads): readonly TocEntry[] {
  return [...heads.preData.entries, ...heads.postData.entries];
}

function only(component: Component, section: 'pre-data' | 'post-data'): Segment {
  const segments = component.segments.filter((segment) => segment.section === section);
  const [segment] = segments;
  if (segment === undefined || segments.length !== 1) {
    throw new HoldfastError(
      'INTEGRITY_ARCHIVE',
      `the backup has ${segments.length} segments of section ${section}, not one`,
    );
  }
  return segment;
}

async function readWhole(segment: Segment, open: OpenSegment, signal: AbortSignal): Promise<ArchiveHead> {
  const archive = await splitArchive(openWith(open, segment, signal));
  let bytes = 0;
  for await (const chunk of archive.body) bytes += chunk.length;
  if (bytes > 0)
    throw damaged(`the segment ${segment.name} has data, where there should be definitions only`);
  return archive.head;
}
