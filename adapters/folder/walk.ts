/**
 * Keys and folders below a prefix, in order. Promises: an error or everything; memory of one directory's names at a
 * time and depth. Links, temporary files and whatever is no plain file are not listed.
 */
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedObject } from '../../core/ports/vault.ts';
import { fromFileSystem, isAbsent } from './errors.ts';
import { placeOf, rootOf, segmentsOf, TEMPORARY } from './place.ts';

interface Wanted {
  readonly prefix: string;
  readonly after: string | undefined;
}

export async function* listObjects(
  folder: string,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<ListedObject> {
  const start = await startOf(folder, prefix);
  if (start !== undefined) yield* below(start.path, start.base, { prefix, after });
}

export async function* listFolders(
  folder: string,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<string> {
  const start = await startOf(folder, prefix);
  if (start === undefined) return;
  const entries = await entriesOf(start.path, start.base);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of names.sort()) {
    if (after !== undefined && name <= after) continue;
    const inside = `${start.base}${name}/`;
    // In a bucket there is no folder without an object.
    for await (const _ of below(join(start.path, name), inside, { prefix: inside, after: undefined })) {
      yield name;
      break;
    }
  }
}

/** The directory that a prefix lies in: `plans/shop/2026` lies in `plans/shop/`. */
async function startOf(folder: string, prefix: string): Promise<{ path: string; base: string } | undefined> {
  const root = await rootOf(folder);
  const base = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (base === '') return { path: root, base };
  const path = await placeOf(root, segmentsOf(base.slice(0, -1)));
  return path === undefined ? undefined : { path, base };
}

async function* below(path: string, base: string, wanted: Wanted): AsyncGenerator<ListedObject> {
  const { prefix, after } = wanted;
  // As keys sort: a directory by its name with a slash.
  const sorted = (await entriesOf(path, base))
    .map((entry) => ({ entry, key: `${base}${entry.name}${entry.isDirectory() ? '/' : ''}` }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  for (const { entry, key } of sorted) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) {
      const passed = after !== undefined && after > key && !after.startsWith(key);
      if (!passed && key.startsWith(prefix)) yield* below(inner, key, wanted);
    } else if (entry.isFile() && key.startsWith(prefix) && (after === undefined || key > after)) {
      const found = await listed(inner, key);
      if (found !== undefined) yield found;
    }
  }
}

async function entriesOf(path: string, base: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith(TEMPORARY));
  } catch (error) {
    // Removed since its name was read, or a file.
    if (isAbsent(error)) return [];
    throw fromFileSystem(error, 'listing', base);
  }
}

async function listed(path: string, key: string): Promise<ListedObject | undefined> {
  try {
    const { size, mtime } = await lstat(path);
    return { key, lengthBytes: size, lastModifiedAt: mtime.toISOString() };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw fromFileSystem(error, 'listing', key);
  }
}
