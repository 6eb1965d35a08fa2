/** From a key to a place below the folder. Promises: never a place outside of it, whatever the key or a link says. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import { fromFileSystem, isAbsent } from './errors.ts';

/** How files begin that are being written, or were left by a process that died. They are no objects. */
export const TEMPORARY = '.holdfast-part-';

/** The folder itself, with the links that lead to it resolved. A folder that is not there is an error everywhere. */
export async function rootOf(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    if (!isAbsent(error)) throw fromFileSystem(error, 'opening', folder);
    throw new HoldfastError('VAULT_REFUSED', `the folder ${folder} does not exist`, {
      cause: error,
      next: 'Name the folder that holds the downloaded copies: the one with `plans` in it.',
    });
  }
}

/** The parts of a key. Throws INVALID_INPUT for one that is no plain way down. */
export function segmentsOf(key: string): string[] {
  const segments = key.split('/');
  const good = segments.every(
    (segment) =>
      segment !== '' &&
      segment !== '.' &&
      segment !== '..' &&
      !/[\\\0]/.test(segment) &&
      !segment.startsWith(TEMPORARY),
  );
  if (good) return segments;
  throw new HoldfastError(
    'INVALID_INPUT',
    `key ${JSON.stringify(key)}: allowed are names with single slashes between them, none of them . or .. or with a backslash`,
  );
}

/** The path of what is there under that key, or undefined when nothing is, or a link is on the way. */
export async function placeOf(root: string, segments: readonly string[]): Promise<string | undefined> {
  const path = join(root, ...segments);
  try {
    return (await realpath(path)) === path ? path : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw fromFileSystem(error, 'reading', segments.join('/'));
  }
}
