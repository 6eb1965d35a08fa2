/**
 * A vault in a local folder: what `aws s3 sync s3://bucket/prefix ./folder` leaves, or a copy on a disk. Keeps the
 * contract of core/ports/vault.ts as far as a folder can:
 * - There are no tags, locks, storage classes, checksums of the store or versions: `head` gives the length and the
 *   time, no tags, STANDARD, and no version id. A version id that is asked for is not looked at: a folder has one
 *   version of everything, and whoever reads knows it by its hash.
 * - Nothing outside of the folder is read or written, and symbolic links below it are not followed: what is behind
 *   one is not in the vault. A key that tries to leave it is INVALID_INPUT.
 * - A write becomes visible as a whole, is on the disk when it returns, and never replaces what is there. It needs a
 *   file system with hard links. A process that dies leaves a `.holdfast-part-…` file behind, which is no object.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import type { ObjectState, Vault } from '../../core/ports/vault.ts';
import { fromFileSystem, isAbsent } from './errors.ts';
import { placeOf, rootOf, segmentsOf } from './place.ts';
import { listFolders, listObjects } from './walk.ts';
import { writeObject } from './write.ts';

export interface FolderVaultOptions {
  /** The time that written files get. Default: that of the file system. */
  readonly now?: () => Date;
}

/** @param folder where the keys begin: the folder with `plans` in it. It must exist. */
export function folderVault(folder: string, options: FolderVaultOptions = {}): Vault {
  return {
    location: folder,
    write: (key, body, _attributes, { signal } = {}) => writeObject(folder, key, body, options.now, signal),
    read: (key, { signal } = {}) => readObject(folder, key, signal),
    head: (key) => stateOf(folder, key),
    list: (prefix, { after } = {}) => listObjects(folder, prefix, after),
    folders: (prefix, { after } = {}) => listFolders(folder, prefix, after),
    async extendLock(key) {
      if ((await stateOf(folder, key)) === undefined) throw missing(folder, key);
    },
    async requestReturn() {},
  };
}

async function readObject(folder: string, key: string, signal: AbortSignal | undefined): Promise<Readable> {
  signal?.throwIfAborted();
  const file = await openFile(folder, key);
  if (file === undefined) throw missing(folder, key);
  const stream = file.createReadStream({ highWaterMark: 256 * 1024 });
  // An abort before anybody reads: whoever does then is told, and until then it must not end the process.
  stream.on('error', () => {});
  const onAbort = () => stream.destroy(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  stream.once('close', () => signal?.removeEventListener('abort', onAbort));
  if (signal?.aborted) onAbort();
  return stream;
}

function missing(folder: string, key: string): HoldfastError {
  return new HoldfastError('OBJECT_MISSING', `${key} is not in the folder ${folder}`);
}

async function stateOf(folder: string, key: string): Promise<ObjectState | undefined> {
  const file = await openFile(folder, key);
  if (file === undefined) return undefined;
  try {
    const { size, mtime } = await file.stat();
    return {
      key,
      lengthBytes: size,
      storageClass: 'STANDARD',
      tags: {},
      lastModifiedAt: mtime.toISOString(),
    };
  } finally {
    await file.close();
  }
}

/** Opened without following a link and without waiting for a pipe; undefined unless it is a plain file. */
async function openFile(folder: string, key: string): Promise<FileHandle | undefined> {
  const path = await placeOf(await rootOf(folder), segmentsOf(key));
  if (path === undefined) return undefined;
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return undefined;
  } catch (error) {
    await file?.close().catch(() => {});
    if (isAbsent(error)) return undefined;
    throw fromFileSystem(error, 'reading', key);
  }
}
