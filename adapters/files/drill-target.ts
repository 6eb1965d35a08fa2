/**
 * The target of a drill: each file is restored to the disk, read back from it, compared and deleted. Promises: no more
 * lies on the disk than what is being written at the moment; what is not as the index says is a difference.
 */
import { lstat, mkdir, readlink, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileEntry, FolderEntry, LinkEntry } from './index-format.ts';
import { FolderTarget } from './place-folder.ts';
import type { Findings } from './read-findings.ts';
import { hashOfFile } from './read-hash.ts';
import type { FileWriter, LeftOut, RestoreTarget } from './restore-target.ts';

/** Times are set through a number of JavaScript, and some file systems keep microseconds. */
const timeToleranceSeconds = 0.001;

export interface DrillTargetOptions {
  /** Empty, of its own. */
  readonly folder: string;
  /**
   * Objects of a bucket have names that folders cannot hold and no modes: their contents are proven under numbers.
   */
  readonly named: boolean;
  readonly foldsCase: boolean;
  readonly found: Findings;
}

export class DrillTarget implements RestoreTarget {
  readonly ground: RestoreTarget['ground'];
  readonly prefixBytes = 0;
  readonly foldsCase: boolean;
  /** Two packs at a time, one large file of each. */
  readonly largeAtATime = 2;
  readonly #options: DrillTargetOptions;
  #inner: FolderTarget;
  #numbered = 0;

  constructor(options: DrillTargetOptions) {
    this.#options = options;
    this.#inner = this.#fresh();
    this.ground = options.named ? this.#inner.ground : 'bucket';
    this.foldsCase = options.named && options.foldsCase;
  }

  async holds(): Promise<boolean> {
    return false;
  }

  async expect(): Promise<void> {}

  async folder(): Promise<LeftOut> {
    // Tried at the end, one by one, with its modes and times.
    return undefined;
  }

  async small(entry: FileEntry, bytes: Uint8Array, signal: AbortSignal): Promise<LeftOut> {
    const placed = this.#placed(entry);
    const leftOut = await this.#inner.small(placed, bytes, signal);
    if (leftOut === undefined) await this.#check(entry, placed, signal);
    return leftOut;
  }

  async large(entry: FileEntry, signal: AbortSignal): Promise<FileWriter> {
    const placed = this.#placed(entry);
    const writer = await this.#inner.large(placed, signal);
    return {
      ...writer,
      commit: async () => {
        const leftOut = await writer.commit();
        if (leftOut === undefined) await this.#check(entry, placed, signal);
        return leftOut;
      },
    };
  }

  async link(entry: LinkEntry): Promise<LeftOut> {
    if (!this.#options.named) return 'a bucket has no links';
    const leftOut = await this.#inner.link(entry);
    if (leftOut !== undefined) return leftOut;
    const path = this.#pathOf(entry.path);
    if ((await readlink(path)) !== entry.target)
      this.#options.found.difference(`${entry.path}: the link leads elsewhere than the index says`);
    await unlink(path);
    return undefined;
  }

  async finishFolder(entry: FolderEntry): Promise<void> {
    if (!this.#options.named || entry.path === '') return;
    const leftOut = await this.#inner.folder(entry);
    if (leftOut !== undefined) return;
    await this.#inner.finishFolder(entry);
    const path = this.#pathOf(entry.path.slice(0, -1));
    await this.#checkFacts(entry, path);
    await rmdir(path);
  }

  async finish(): Promise<readonly string[]> {
    return this.#inner.finish();
  }

  /** Empty folders gather; they go together. */
  async rest(): Promise<void> {
    const { folder } = this.#options;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    this.#inner = this.#fresh();
  }

  async undo(): Promise<readonly string[]> {
    return [];
  }

  #fresh(): FolderTarget {
    const { folder, foldsCase } = this.#options;
    return new FolderTarget(folder, {
      folder,
      overwrite: false,
      made: true,
      foldsCase,
      keepsFolders: false,
    });
  }

  #placed(entry: FileEntry): FileEntry {
    return this.#options.named ? entry : { ...entry, path: String(this.#numbered++) };
  }

  #pathOf(path: string): string {
    return join(this.#options.folder, ...path.split('/'));
  }

  async #check(entry: FileEntry, placed: FileEntry, signal: AbortSignal): Promise<void> {
    const path = this.#pathOf(placed.path);
    const { found } = this.#options;
    const there = await hashOfFile(path, signal);
    if (there === undefined) found.difference(`${entry.path}: what was restored is no file`);
    else if (there.bytes !== entry.size)
      found.difference(`${entry.path}: ${there.bytes} bytes were restored, the index says ${entry.size}`);
    else if (there.sha256 !== entry.sha256)
      found.difference(`${entry.path}: what was restored has another SHA-256 than the index says`);
    else found.count('filesReadBack');
    if (this.#options.named) await this.#checkFacts(entry, path);
    await unlink(path);
  }

  async #checkFacts(entry: FileEntry | FolderEntry, path: string): Promise<void> {
    const { found } = this.#options;
    const there = await lstat(path);
    const isRoot = process.getuid?.() === 0;
    const bits = isRoot || entry.uid === undefined ? 0o7777 : 0o1777;
    if (entry.mode !== undefined && this.ground === 'posix' && (there.mode & bits) !== (entry.mode & bits))
      found.difference(
        `${entry.path}: its mode is ${(there.mode & 0o7777).toString(8)}, not ${entry.mode.toString(8)}`,
      );
    if (isRoot && entry.uid !== undefined && (there.uid !== entry.uid || there.gid !== entry.gid))
      found.difference(
        `${entry.path}: its owner is ${there.uid}:${there.gid}, not ${entry.uid}:${entry.gid}`,
      );
    if (Math.abs(there.mtimeMs / 1000 - Number(entry.mtime)) > timeToleranceSeconds)
      found.difference(`${entry.path}: its time is ${there.mtimeMs / 1000}, not ${entry.mtime}`);
  }
}
