/** What a restore of files does to those that are there, in words and before it starts. Pure. */
import type { Destruction, Protection } from '../../core/ports/recovery.ts';
import { type FilesRestoreRequest, type Place, restorePlace, shownPlace } from './restore-options.ts';
import type { FilesSource } from './source.ts';

export function destroys(source: FilesSource, request: FilesRestoreRequest): Destruction | undefined {
  const place = placeOf(source, request);
  if (place === undefined) return undefined;
  return {
    words: [`Files in ${place} that differ from those of the same names in the backup are WRITTEN OVER.`],
    places: [place],
    kept: false,
  };
}

/** A backup of a folder holds what is below it as well. */
export function protects(source: FilesSource, request: FilesRestoreRequest): Protection {
  const place = placeOf(source, request);
  const own = wholePlace(restorePlace({ name: '' }, source, { ...request, options: bare, replace: true }));
  return place?.startsWith(own) ? 'all' : 'none';
}

const bare = { overwrite: false } as const;

/** Where files are written over; undefined where the place is new. Nothing of the component's name is in such a place. */
function placeOf(source: FilesSource, request: FilesRestoreRequest): string | undefined {
  if (!request.replace && !request.options.overwrite) return undefined;
  return wholePlace(restorePlace({ name: '' }, source, request));
}

/** With a slash at its end, so that `/srv/a` is not taken for the folder that `/srv/ab` is in. */
function wholePlace(place: Place): string {
  const shown = shownPlace(place);
  return shown.endsWith('/') ? shown : `${shown}/`;
}
