/** Writes one object into the folder: whole, on the disk, and never over another. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HoldfastError } from '../../core/errors.ts';
import type { WrittenObject } from '../../core/ports/vault.ts';
import { type Body, sourceOf } from '../body-source.ts';
import { errnoOf, fromFileSystem } from './errors.ts';
import { rootOf, segmentsOf, TEMPORARY } from './place.ts';

interface Written {
  readonly lengthBytes: number;
  readonly sha256: string;
}

export async function writeObject(
  folder: string,
  key: string,
  body: Body,
  now: (() => Date) | undefined,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const source = sourceOf(body, signal ?? new AbortController().signal);
  let temporary: string | undefined;
  try {
    const path = await madePath(await rootOf(folder), segmentsOf(key));
    temporary = join(dirname(path), `${TEMPORARY}${randomBytes(8).toString('hex')}`);
    const file = await onDisk(key, () => open(temporary as string, 'wx', 0o600));
    const written = await fill(file, key, source, now);
    await publish(temporary, path, key, written);
    return { key, ...written };
  } finally {
    await source.close();
    if (temporary !== undefined) await unlink(temporary).catch(() => {});
  }
}

/** Makes the directories on the way, each by itself, so that no link among them leads out of the folder. */
async function madePath(root: string, segments: readonly string[]): Promise<string> {
  const key = segments.join('/');
  let directory = root;
  for (const segment of segments.slice(0, -1)) {
    const parent = directory;
    directory = join(directory, segment);
    const made = await onDisk(key, () => mkdirUnlessThere(directory));
    if (made) await onDisk(key, () => syncDirectory(parent));
    if (!(await onDisk(key, () => lstat(directory))).isDirectory()) {
      throw new HoldfastError('INVALID_INPUT', `key ${JSON.stringify(key)}: ${directory} is no directory`);
    }
  }
  return join(directory, segments.at(-1) ?? '');
}

async function mkdirUnlessThere(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function fill(
  file: FileHandle,
  key: string,
  source: ReturnType<typeof sourceOf>,
  now: (() => Date) | undefined,
): Promise<Written> {
  try {
    const digest = createHash('sha256');
    let lengthBytes = 0;
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      const bytes = chunk;
      digest.update(bytes);
      lengthBytes += bytes.byteLength;
      await onDisk(key, () => file.writeFile(bytes));
    }
    if (lengthBytes === 0)
      throw new HoldfastError('DUMP_EMPTY', `${key}: nothing to write, the body was empty`);
    const at = now?.();
    if (at !== undefined) await onDisk(key, () => file.utimes(at, at));
    await onDisk(key, () => file.sync());
    return { lengthBytes, sha256: digest.digest('hex') };
  } finally {
    await file.close();
  }
}

/** A link, unlike a rename, never replaces what is there. */
async function publish(temporary: string, path: string, key: string, written: Written): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw noLink(error, key);
    if (await holds(path, written)) return;
    throw new HoldfastError('OBJECT_EXISTS', `${key} exists already, with other content`, { cause: error });
  }
  await onDisk(key, () => syncDirectory(dirname(path)));
  const { size } = await onDisk(key, () => lstat(path));
  if (size === written.lengthBytes) return;
  const message = `${key}: ${written.lengthBytes} bytes were sent, ${size} are stored`;
  throw new HoldfastError('INTEGRITY_LENGTH', message);
}

function noLink(error: unknown, key: string): HoldfastError {
  if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENOSYS'].includes(errnoOf(error))) {
    return fromFileSystem(error, 'writing', key);
  }
  const message = `${key} was not written: the file system of the folder has no hard links`;
  return new HoldfastError('VAULT_UNSUITABLE', message, {
    cause: error,
    next: 'Use a folder on another file system (ext4, xfs, APFS, NTFS).',
  });
}

async function holds(path: string, written: Written): Promise<boolean> {
  const found = await lstat(path);
  if (!found.isFile() || found.size !== written.lengthBytes) return false;
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex') === written.sha256;
}

/** So that the name is on the disk too, not only the bytes. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function onDisk<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fromFileSystem(error, 'writing', key);
  }
}
