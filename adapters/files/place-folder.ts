/**
 * A folder that things are restored into. Promises: nothing is written outside of it, whatever links lie in it (who may
 * write in the folders of a target is trusted not to race the restore, docs/decisions/0106); a file gets its name when
 * it is whole; modes, owners and times are those of the backup, or a line says which are not; a restore that fails
 * leaves nothing that it made where nothing was before, and takes away nothing that others made.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  type FileHandle,
  lchown,
  lstat,
  lutimes,
  mkdir,
  open,
  realpath,
  rename,
  rm,
  statfs,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import type { FileEntry, FolderEntry, LinkEntry } from './index-format.ts';
import { isNoFolderForFiles } from './no-files.ts';
import { groundOf, temporaryName } from './place.ts';
import { claimName, makeRoot, newFile, probeCase, requireUsable } from './place-claim.ts';
import { refusalOf, targetError } from './place-errors.ts';
import { hashOf } from './read-hash.ts';
import type { FileWriter, LeftOut, RestoreTarget } from './restore-target.ts';

export interface FolderTargetOptions {
  /** Absolute. Its parent must exist. */
  readonly folder: string;
  /** What is there may be written over; else the folder must be new or empty. */
  readonly overwrite: boolean;
  readonly platform?: NodeJS.Platform;
  /** For tests; else the folder's own file system is asked. */
  readonly foldsCase?: boolean;
  /** False where folders are taken away again on the way: then each way is walked anew. Default true. */
  readonly keepsFolders?: boolean;
}

const folderOnly = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);
/** Folders that the backup says nothing of, and objects of a bucket: who may read them nobody said, so nobody else. */
const impliedMode = 0o700;
const impliedFileMode = 0o600;
/** About 100 bytes each. */
const maxRememberedWays = 100_000;
/** Names of what was written over, in the message of a failure. */
const maxNamed = 20;
/** Names in the folder itself that are remembered for taking them back; about 100 bytes each. */
const maxOwnNames = 200_000;
/** Makes the folder, or claims an empty one. @throws HoldfastError TARGET_EXISTS, TARGET_UNSUITABLE */
export async function folderTarget(options: FolderTargetOptions): Promise<FolderTarget> {
  const made = await makeRoot(options.folder);
  const root = await rootOf(options.folder);
  if (!made) await requireUsable(root, options);
  const foldsCase = options.foldsCase ?? (await probeCase(root));
  return new FolderTarget(root, { ...options, made, foldsCase });
}

/** Where it leads. @throws HoldfastError TARGET_UNSUITABLE */
export async function rootOf(folder: string): Promise<string> {
  const root = await realpath(folder).catch((thrown) => {
    throw targetError(thrown, folder);
  });
  if (isNoFolderForFiles(root))
    throw new HoldfastError('TARGET_UNSUITABLE', `${folder} leads to ${root}, which holds no files`);
  return root;
}

const changedWay = 'a link was put in its way while it was written';

/** What is free there, for who asks. @throws HoldfastError TARGET_SPACE */
export async function requireSpace(root: string, bytes: number): Promise<number> {
  const { bavail, bsize } = await statfs(root);
  const freeBytes = bavail * bsize;
  if (freeBytes >= bytes) return freeBytes;
  throw new HoldfastError(
    'TARGET_SPACE',
    `${bytes} bytes are to be restored to ${root}, where ${freeBytes} are free`,
    { details: { neededBytes: bytes, freeBytes } },
  );
}

export class FolderTarget implements RestoreTarget {
  readonly root: string;
  readonly ground;
  readonly prefixBytes = 0;
  readonly foldsCase: boolean;
  readonly largeAtATime = 4;
  readonly #made: boolean;
  readonly #overwrite: boolean;
  readonly #remembersWays: boolean;
  /** Only root may give files away. */
  readonly #givesAway = process.getuid?.() === 0;
  /** In a folder of our own (0700 until the end) nobody else puts links, so each way needs to be walked once. */
  readonly #walked = new Set<string>();
  /** Names in a folder that was there before which this restore made. */
  readonly #ownNames = new Set<string>();
  #newFiles = 0;
  /** Of them, those that undo cannot take back: in folders that others made meanwhile, or more than are remembered. */
  #beyondUndo = 0;
  #overwritten: string[] = [];
  #overwrittenCount = 0;
  #notGivenAway = 0;
  #rootEntry: FolderEntry | undefined;

  constructor(
    root: string,
    options: FolderTargetOptions & { readonly made: boolean; readonly foldsCase: boolean },
  ) {
    this.root = root;
    this.ground = groundOf(options.platform ?? process.platform);
    this.foldsCase = options.foldsCase;
    this.#made = options.made;
    this.#overwrite = options.overwrite;
    // In a folder of others, also an empty one, a link may come to be where a folder was.
    this.#remembersWays = options.made && options.keepsFolders !== false;
  }

  async holds(entry: FileEntry, signal: AbortSignal): Promise<boolean> {
    const path = this.#path(entry.path);
    let file: FileHandle | undefined;
    try {
      if (!(await this.#realWay(dirname(path)))) return false;
      file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
      const found = await file.stat();
      if (!found.isFile() || found.size !== entry.size) return false;
      if ((await hashOf(file, signal)).sha256 !== entry.sha256) return false;
      // The same content; who may read it and when it changed belong to it as well.
      await this.#dress(entry, file);
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    } finally {
      await file?.close();
    }
  }

  async expect(bytes: number): Promise<void> {
    if (!this.#overwrite) await requireSpace(this.root, bytes);
  }

  async folder(entry: FolderEntry, _signal?: AbortSignal): Promise<LeftOut> {
    if (entry.path === '') {
      this.#rootEntry = entry;
      return undefined;
    }
    return this.#ensure(withoutSlash(entry.path), 0o700);
  }

  async small(entry: FileEntry, bytes: Uint8Array, signal: AbortSignal): Promise<LeftOut> {
    const writer = await this.large(entry, signal);
    try {
      await writer.write(bytes);
      return await writer.commit();
    } catch (thrown) {
      await writer.abandon();
      throw thrown;
    }
  }

  async large(entry: FileEntry, signal: AbortSignal): Promise<FileWriter> {
    signal.throwIfAborted();
    const folder = dirname(entry.path);
    const leftOut = folder === '.' ? undefined : await this.#ensure(folder, impliedMode);
    if (leftOut !== undefined) return leavingOut(leftOut);
    const path = this.#path(entry.path);
    const temporary = join(dirname(path), `${temporaryName}${randomBytes(8).toString('hex')}`);
    let file: FileHandle;
    try {
      file = await open(temporary, newFile, 0o600);
    } catch (thrown) {
      return leavingOut(refusalOf(thrown, entry.path));
    }
    return this.#writer(entry, path, temporary, file);
  }

  async link(entry: LinkEntry): Promise<LeftOut> {
    const folder = dirname(entry.path);
    const leftOut = folder === '.' ? undefined : await this.#ensure(folder, impliedMode);
    if (leftOut !== undefined) return leftOut;
    const path = this.#path(entry.path);
    const there = await this.#inTheWay(path);
    if (there !== undefined) return there;
    const temporary = join(dirname(path), `${temporaryName}${randomBytes(8).toString('hex')}`);
    try {
      await symlink(entry.target, temporary);
      await this.#own(entry, (uid, gid) => lchown(temporary, uid, gid));
      const at = timeOf(entry.mtime);
      await lutimes(temporary, at, at);
      if (!(await this.#isStill(dirname(path)))) {
        await unlink(temporary).catch(() => {});
        return changedWay;
      }
      await rename(temporary, path);
    } catch (thrown) {
      await unlink(temporary).catch(() => {});
      return refusalOf(thrown, entry.path);
    }
    this.#madeNew(entry.path);
    return undefined;
  }

  async finishFolder(entry: FolderEntry): Promise<void> {
    // The folder itself is opened for others when everything is in it.
    if (entry.path === '') return;
    const path = this.#path(withoutSlash(entry.path));
    // What was left out on the way has no folder to finish.
    if (!(await this.#realWay(path))) return;
    await this.#finish(path, entry);
  }

  async finish(): Promise<readonly string[]> {
    if (this.#rootEntry) await this.#finish(this.root, this.#rootEntry);
    else if (this.#made) await chmod(this.root, impliedMode);
    await this.#unclaim();
    if (this.#notGivenAway === 0) return [];
    return [
      `the owners of ${this.#notGivenAway} files and folders: only root may give files away, they belong to whoever ran this`,
    ];
  }

  async undo(): Promise<readonly string[]> {
    try {
      if (this.#made) {
        await rm(this.root, { recursive: true, force: true, maxRetries: 2 });
        return [];
      }
      if (!this.#overwrite) {
        // It was empty when this began; what came meanwhile is somebody else's.
        for (const name of this.#ownNames)
          await rm(join(this.root, name), { recursive: true, force: true, maxRetries: 2 });
        await this.#unclaim();
        return this.#beyondUndo === 0 ? [] : [`${this.#beyondUndo} new files below ${this.root}`];
      }
    } catch (thrown) {
      return [`${this.root} (${(thrown as Error).message})`];
    }
    const left: string[] = [];
    if (this.#newFiles > 0) left.push(`${this.#newFiles} new files below ${this.root}`);
    if (this.#overwrittenCount > 0) {
      const more = this.#overwrittenCount - this.#overwritten.length;
      left.push(
        `${this.#overwrittenCount} files that were written over below ${this.root}: ${this.#overwritten.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      );
    }
    return left;
  }

  #path(path: string): string {
    return join(this.root, ...path.split('/'));
  }

  /** Makes the folders on the way, each by itself, so that no link among them leads out. */
  async #ensure(folder: string, mode: number): Promise<LeftOut> {
    if (folder === '') return undefined;
    let path = this.root;
    let walked = '';
    const names = folder.split('/');
    for (const [index, name] of names.entries()) {
      path = join(path, name);
      walked = walked === '' ? name : `${walked}/${name}`;
      if (this.#walked.has(walked)) continue;
      const made = await makeFolder(path, walked, index === names.length - 1 ? mode : impliedMode);
      if (typeof made === 'string') return made;
      if (made && index === 0) this.#rememberOwn(name);
      if (this.#remembersWays && this.#walked.size < maxRememberedWays) this.#walked.add(walked);
    }
    return undefined;
  }

  #writer(entry: FileEntry, path: string, temporary: string, file: FileHandle): FileWriter {
    const abandon = async () => {
      await file.close().catch(() => {});
      await unlink(temporary).catch(() => {});
    };
    return {
      write: async (bytes) => {
        try {
          await file.writeFile(bytes);
        } catch (thrown) {
          throw targetError(thrown, entry.path);
        }
      },
      commit: async () => {
        try {
          await this.#dress(entry, file);
          // What is replaced must not be lost with the power; a new folder is not relied upon before its end.
          if (this.#overwrite) await file.sync();
          await file.close();
          const leftOut = await this.#publish(path, temporary, entry.path);
          if (leftOut !== undefined) await abandon();
          return leftOut;
        } catch (thrown) {
          await abandon();
          throw targetError(thrown, entry.path);
        }
      },
      abandon,
    };
  }

  async #dress(entry: FileEntry, file: FileHandle): Promise<void> {
    const owned = await this.#own(entry, (uid, gid) => file.chown(uid, gid));
    await file.chmod(entry.mode === undefined ? impliedFileMode : modeOf(entry.mode, owned));
    const at = timeOf(entry.mtime);
    await file.utimes(at, at);
  }

  async #publish(path: string, temporary: string, shown: string): Promise<LeftOut> {
    const there = await this.#inTheWay(path);
    if (there !== undefined) return there;
    if (!(await this.#isStill(dirname(path)))) return changedWay;
    const replaces = this.#overwrite && (await exists(path));
    try {
      await rename(temporary, path);
    } catch (thrown) {
      return refusalOf(thrown, shown);
    }
    if (replaces) {
      this.#overwrittenCount++;
      if (this.#overwritten.length < maxNamed) this.#overwritten.push(JSON.stringify(shown));
    } else this.#madeNew(shown);
    return undefined;
  }

  #madeNew(path: string): void {
    this.#newFiles++;
    if (this.#made || this.#overwrite) return;
    const [first = '', ...inner] = path.split('/');
    if (inner.length === 0) this.#rememberOwn(first);
    if (!this.#ownNames.has(first)) this.#beyondUndo++;
  }

  #rememberOwn(name: string): void {
    if (!this.#made && !this.#overwrite && this.#ownNames.size < maxOwnNames) this.#ownNames.add(name);
  }

  /** Lets others in again. */
  async #unclaim(): Promise<void> {
    if (!this.#made && !this.#overwrite) await rm(join(this.root, claimName), { force: true });
  }

  /** In folders of others, who may write there could have put a link in the way since it was walked. */
  async #isStill(folder: string): Promise<boolean> {
    return this.#made || (await this.#realWay(folder));
  }

  async #inTheWay(path: string): Promise<LeftOut> {
    try {
      const found = await lstat(path);
      if (found.isSymbolicLink()) return 'a link has its name in the target, and links there are not touched';
      if (found.isDirectory()) return 'a folder has its name in the target';
      if (!found.isFile()) return 'something that is no file has its name in the target';
      return this.#overwrite ? undefined : 'another file has its name in the target already';
    } catch (thrown) {
      return (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : refusalOf(thrown, path);
    }
  }

  /** Whether there is a folder, and no link on the way to it. */
  async #realWay(folder: string): Promise<boolean> {
    return (await realpath(folder).catch(() => undefined)) === folder && (await lstat(folder)).isDirectory();
  }

  async #finish(path: string, entry: FolderEntry): Promise<void> {
    let folder: FileHandle | undefined;
    try {
      // By its handle: a name may lead elsewhere a moment later. Windows opens no folders.
      folder = this.ground === 'windows' ? undefined : await open(path, folderOnly);
      const owned = await this.#own(entry, (uid, gid) =>
        folder ? folder.chown(uid, gid) : lchown(path, uid, gid),
      );
      const at = timeOf(entry.mtime);
      const mode = entry.mode === undefined ? impliedMode : modeOf(entry.mode, owned);
      await (folder ? folder.utimes(at, at) : utimes(path, at, at));
      await (folder ? folder.chmod(mode) : chmod(path, mode));
    } catch (thrown) {
      throw targetError(thrown, entry.path === '' ? basename(path) : entry.path);
    } finally {
      await folder?.close();
    }
  }

  /** True when the owner is that of the backup. */
  async #own(
    entry: { readonly uid?: number | undefined; readonly gid?: number | undefined },
    give: (uid: number, gid: number) => Promise<void>,
  ): Promise<boolean> {
    const { uid, gid } = entry;
    if (uid === undefined || gid === undefined) return false;
    if (this.#givesAway) {
      await give(uid, gid);
      return true;
    }
    const mine = uid === process.getuid?.() && gid === process.getgid?.();
    if (!mine) this.#notGivenAway++;
    return mine;
  }
}

/** True when it was made, false when it was there; a text says why neither can be. */
async function makeFolder(path: string, shown: string, mode: number): Promise<boolean | string> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') return refusalOf(thrown, shown);
  }
  const found = await lstat(path);
  if (found.isDirectory()) return false;
  const what = found.isSymbolicLink() ? 'a link, and links there are not followed' : 'no folder';
  return `${JSON.stringify(shown)} in the target is ${what}`;
}

function leavingOut(why: string): FileWriter {
  return { write: async () => {}, commit: async () => why, abandon: async () => {} };
}

/** Set-user-id only makes sense for the owner it was given by. */
function modeOf(mode: number, owned: boolean): number {
  return mode & (owned ? 0o7777 : 0o1777);
}

/** Seconds; a number of JavaScript keeps a time of today to a quarter of a microsecond. */
function timeOf(mtime: string): number {
  return Number(mtime);
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
