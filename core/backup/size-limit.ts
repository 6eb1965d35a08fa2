/**
 * The limit that a plan sets to what a run may read (maxSourceBytes): a table that somebody filled by mistake, or a wrong
 * bucket, must not fill the vault. It is asked when sources are opened, by what they say of themselves, and while they are
 * read, by what has come.
 */
import { HoldfastError } from '../errors.ts';
import type { SourceSession } from '../ports/source.ts';

export interface SizeLimit {
  /** SOURCE_TOO_LARGE when what is opened, with what was opened before, is known to be too large. */
  opened(title: string, session: Pick<SourceSession, 'sourceBytes' | 'segments'>): void;
  /** Of all components so far: stops the run when it is too much. */
  read(plainBytes: number): void;
}

export function sizeLimit(maxBytes: number | undefined, stop: (error: HoldfastError) => void): SizeLimit {
  let openedBytes = 0;
  return {
    opened(title, { sourceBytes, segments }) {
      // What the plan leaves out is part of a database's size, and of no segment.
      const planned =
        Symbol.asyncIterator in segments
          ? sourceBytes
          : segments.reduce((sum, { estimatedBytes }) => sum + estimatedBytes, 0);
      openedBytes += Math.min(sourceBytes, planned);
      if (maxBytes === undefined || openedBytes <= maxBytes) return;
      throw tooLarge(`with ${title} the sources of the plan have ${openedBytes} bytes`, maxBytes);
    },
    read(plainBytes) {
      if (maxBytes !== undefined && plainBytes > maxBytes)
        stop(tooLarge(`${plainBytes} bytes were read, and there was more`, maxBytes));
    },
  };
}

function tooLarge(found: string, maxBytes: number): HoldfastError {
  return new HoldfastError(
    'SOURCE_TOO_LARGE',
    `${found}; the plan allows ${maxBytes} (maxSourceBytes). Nothing of this run is kept`,
    { details: { maxBytes } },
  );
}
