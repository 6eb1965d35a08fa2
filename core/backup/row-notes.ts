/**
 * What the catalog's row keeps of a completed backup besides its figures, within 120 KB: 25 expiring rows and their
 * ten keepers go through one transaction of DynamoDB, which takes 4 MB (expiry-request.ts).
 */
import { jsonBytes } from '../hold-request.ts';
import type { Reference } from '../manifest.ts';
import type { BackupRow, Completion, IndexNote } from '../ports/catalog.ts';
import { boundNeeded, neededOf } from '../references.ts';

const notesBytes = 120_000;
/** Version ids: what a row had room for before there were other notes. */
const mostVersions = 500;
/** Parts of all indexes together; one has a part for each 70 GiB. */
const mostIndexParts = 200;

type Notes = Pick<Completion, 'needs' | 'indexes' | 'versions'>;

/**
 * Needs always; an index only while there is room (without it the next run reads everything); version ids when all
 * of them fit (without them the current versions are read).
 */
export function rowNotes(
  references: readonly Reference[],
  indexes: ReadonlyMap<string, IndexNote>,
  versions: NonNullable<BackupRow['versions']>,
): Notes {
  const needs = references.length > 0 ? boundNeeded(neededOf(references)) : undefined;
  let leftBytes = notesBytes - jsonBytes(needs ?? []);
  let leftParts = mostIndexParts;
  const kept: Record<string, IndexNote> = {};
  for (const [component, index] of indexes) {
    const note = {
      ...index,
      parts: index.parts.map(({ key, lengthBytes, sha256 }) => ({ key, lengthBytes, sha256 })),
    };
    const bytes = jsonBytes(note) + component.length;
    if (note.parts.length > leftParts || bytes > leftBytes) continue;
    kept[component] = note;
    leftParts -= note.parts.length;
    leftBytes -= bytes;
  }
  const fits = Object.keys(versions).length <= mostVersions && jsonBytes(versions) <= leftBytes;
  return {
    needs,
    indexes: Object.keys(kept).length > 0 ? kept : undefined,
    versions: fits ? versions : undefined,
  };
}
