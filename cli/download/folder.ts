/** The folder that sealed files go into. Keys come from outside: none may lead out of it. */
import { mkdir } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';

/** Nobody else's to read, though nothing in it opens without a key. */
export async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new HoldfastError('INVALID_INPUT', `${folder} cannot be made`, { cause });
  });
}

/** Where a key belongs; INVALID_INPUT for one that is not a path below the folder. */
export function placeOf(folder: string, key: string): string {
  const isPlain = key.split('/').every((part) => /^[\w.-]+$/.test(part) && part !== '.' && part !== '..');
  const place = join(folder, key);
  if (isPlain && resolve(place).startsWith(resolve(folder) + sep)) return place;
  throw new HoldfastError(
    'INVALID_INPUT',
    `the API names a file ${JSON.stringify(key).slice(0, 200)}, which is no place`,
    {
      next: 'This is not an answer of Holdfast: check the address of the API.',
    },
  );
}
