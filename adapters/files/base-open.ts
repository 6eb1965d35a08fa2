/**
 * The earlier index that a run builds upon, if it is one of this very place: a plan keeps its name and its source's
 * when the bucket in it is changed, and the same path elsewhere is another file. Of another place, or of a version that
 * this release does not know, everything is read instead, and the log says why.
 */
import { hasCode } from '../../core/errors.ts';
import type { Log } from '../../core/ports/index.ts';
import type { BaseIndex } from '../../core/ports/source.ts';
import { BaseCursor, type Whose } from './base-cursor.ts';
import type { FilesFacts } from './model.ts';

/** A place in one line, as the head of an index has it: `s3://bucket/prefix`, or the absolute path of a folder. */
export function nameOfPlace(place: FilesFacts['place']): string {
  if ('path' in place) return place.path;
  const { bucket, prefix, endpoint } = place;
  return `s3://${bucket}/${prefix}${endpoint === undefined ? '' : ` at ${endpoint}`}`;
}

export interface OpenedBase {
  readonly base: BaseIndex;
  /** Its head is read. */
  readonly cursor: BaseCursor;
}

/** @throws what is wrong with the index, where that is not its version */
export async function openBase(
  base: BaseIndex | undefined,
  whose: Whose & { readonly place: string },
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<OpenedBase | undefined> {
  if (base === undefined) return undefined;
  const cursor = new BaseCursor(base, whose, signal);
  let why: string;
  try {
    await cursor.begin();
    const { place } = cursor.decoder.head ?? {};
    if (place === whose.place) return { base, cursor };
    why = place === undefined ? 'it does not say of which place it is' : `it is of ${place}`;
  } catch (thrown) {
    if (!hasCode(thrown, 'FORMAT_UNKNOWN')) {
      await cursor.close();
      throw thrown;
    }
    why = thrown.message;
  }
  await cursor.close();
  log.info('everything is read', { base: base.backupId, place: whose.place, why });
  return undefined;
}
