/**
 * Files from a folder: walked in byte order of the full paths, links never followed, other file systems not entered.
 * Promises: what cannot be read is listed as such; what is read is one state of a file, as far as a file system can
 * tell (size and both times to the nanosecond before and after), or said to have changed.
 */
import { isUtf8 } from 'node:buffer';
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { HoldfastError } from '../../core/errors.ts';
import { Buffers } from './buffers.ts';
import { compareBytes } from './byte-order.ts';
import { fileFacts, type Lstat, type Racing, unreadOf } from './folder-facts.ts';
import { namesOf } from './folder-names.ts';
import type { SkipCode } from './index-format.ts';
import { isNoFolderForFiles } from './no-files.ts';
import type { Found, FoundFile, LongFile, Origin, ReadResult, Unread, WholeFile } from './origin.ts';
import { Reading } from './reading.ts';

export interface FolderOriginOptions {
  /** Absolute. */
  readonly path: string;
  /** Whether to look into a folder at all (its path, with slash). */
  readonly mayEnter: (folder: string) => boolean;
  /**
   * A file that changed within this time before it was read may change again without its times showing it: it is read
   * again by the next run. Default 2,000: coarser than the clock ticks of ext4, XFS, NFS and EFS.
   */
  readonly raceWindowMs?: number;
  /**
   * Called when a file (of a long one: a piece of it) was read, before its times are looked at again; for tests. With it
   * all files are read here, and none by other threads.
   */
  readonly afterRead?: (path: string) => Promise<void>;
}

/** Enough that the threads that read get several files with each message (reading.ts). */
const READS_AT_A_TIME = 32;
const READ_AHEAD_BYTES = 24 * 1024 * 1024;
const LOOKS_AT_A_TIME = 16;
/** Entries of one batch. */
const BATCH = 512;
const CHUNK_BYTES = 1024 * 1024;

const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export async function folderOrigin(options: FolderOriginOptions): Promise<Origin & { readonly root: Lstat }> {
  const root = await rootOf(options.path);
  const racing: Racing = { windowMs: options.raceWindowMs ?? 2_000, now: () => Date.now() };
  const buffers = new Buffers();
  const reading = new Reading(flags);
  return {
    title: options.path,
    root,
    readsAtATime: READS_AT_A_TIME,
    readAheadBytes: READ_AHEAD_BYTES,
    list: (signal) => walk(options, root.dev, signal),
    read: async (file, wholeBytes) =>
      (file.size <= wholeBytes && options.afterRead === undefined
        ? await readAsListed(options.path, racing.windowMs, { buffers, reading }, file)
        : undefined) ?? readFile(options, racing, file, wholeBytes),
    close: async () => reading.close(),
  };
}

export async function rootOf(path: string): Promise<Lstat> {
  let found: Lstat;
  try {
    // The source itself may be a link to a folder; nothing in it is followed.
    found = await lstat(`${path}/.`, { bigint: true });
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    const denied = code === 'EACCES' || code === 'EPERM';
    throw new HoldfastError(denied ? 'ACCESS_DENIED' : 'SOURCE_MISSING_OBJECT', `${path}: ${String(code)}`, {
      cause: thrown,
      next: 'Correct the path in the plan, or mount the file system where the backup runs (docs/files.md).',
    });
  }
  if (!found.isDirectory()) throw new HoldfastError('SOURCE_MISSING_OBJECT', `${path} is no folder`);
  // A link may lead where no plan may.
  const real = await realpath(path);
  if (isNoFolderForFiles(real))
    throw new HoldfastError('INVALID_INPUT', `${path} leads to ${real}, which holds no files`);
  return found;
}

interface Frame {
  readonly folder: string;
  readonly names: readonly Name[];
  at: number;
  /** What the next names are, looked at together. */
  looks: Look[];
}

/** Everything below the source's folder, without recursion: a folder's entry comes before what is in it. */
async function* walk(
  options: FolderOriginOptions,
  dev: bigint,
  signal: AbortSignal,
): AsyncGenerator<readonly Found[]> {
  const top = await listFolder(options.path, '');
  if (!Array.isArray(top)) throw rootGone(options.path, top as Unread);
  const frames: Frame[] = [{ folder: '', names: top, at: 0, looks: [] }];
  let batch: Found[] = [];
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    if (frame.looks.length === 0) {
      signal.throwIfAborted();
      const { folder } = frame;
      const some = frame.names.slice(frame.at, frame.at + BATCH);
      frame.at += some.length;
      frame.looks = await atATime(some, LOOKS_AT_A_TIME, (name) => look(options.path, folder, name));
      frame.looks.reverse();
    }
    const next = frame.looks.pop();
    if (next === undefined) {
      frames.pop();
      continue;
    }
    const inner = await entryOf(options, dev, next, batch);
    if (inner !== undefined) frames.push({ folder: next.path, names: inner, at: 0, looks: [] });
    if (batch.length >= BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

interface Name {
  /** With a slash when it is a folder's. */
  readonly name: string;
  /** Why it cannot be looked at. */
  readonly unread?: Unread;
}

/** Names in the order of their full paths, or why the folder cannot be listed. */
async function listFolder(root: string, folder: string): Promise<Name[] | Unread> {
  let entries: readonly Dirent[];
  try {
    entries = await namesOf(`${root}/${folder}`);
  } catch (thrown) {
    return unreadOf(thrown, root);
  }
  const names = entries
    .map((entry): Name => {
      // A name that is no UTF-8 comes with its bytes spelled out, which no path leads to.
      if (entry.name.includes('\0')) {
        const why = 'its name is no UTF-8';
        return {
          name: entry.name.replace('\0', ''),
          unread: { kind: 'unread', code: 'name', why, again: false },
        };
      }
      return { name: entry.isDirectory() ? `${entry.name}/` : entry.name };
    })
    .sort((one, other) => compareBytes(one.name, other.name));
  return eachOnce(names);
}

/**
 * An index has a path once. A listing that is raced can give a name twice, and any file may be called what a name that
 * is no UTF-8 is spelled as: then the spelled one gets a sign at its end, so that both are in the index.
 */
function eachOnce(names: readonly Name[]): Name[] {
  if (names.every(({ name }, at) => name !== names[at - 1]?.name)) return [...names];
  const byName = new Map(names.filter(({ unread }) => !unread).map((one) => [one.name, one]));
  for (const one of names) {
    if (one.unread === undefined) continue;
    let { name } = one;
    while (byName.has(name)) name += '?';
    byName.set(name, { ...one, name });
  }
  return [...byName.values()].sort((one, other) => compareBytes(one.name, other.name));
}

function rootGone(root: string, { code, why }: Unread): HoldfastError {
  const denied = code === 'unreadable';
  return new HoldfastError(
    denied ? 'ACCESS_DENIED' : 'SOURCE_UNREACHABLE',
    `${root} cannot be listed: ${why}`,
    {
      next: 'Let the user that the backup runs as read the folder (docs/files.md).',
    },
  );
}

interface Look {
  readonly path: string;
  readonly found: Lstat | Unread;
}

async function look(root: string, folder: string, { name, unread }: Name): Promise<Look> {
  const path = folder + name;
  if (unread !== undefined) return { path, found: unread };
  try {
    return { path, found: await lstat(`${root}/${path.replace(/\/$/, '')}`, { bigint: true }) };
  } catch (thrown) {
    return { path, found: await unreadOf(thrown, root) };
  }
}

/** Adds what a look found; returns the names in it when it is a folder to go into. */
async function entryOf(
  options: FolderOriginOptions,
  dev: bigint,
  { path, found }: Look,
  batch: Found[],
): Promise<Name[] | undefined> {
  const skip = (code: SkipCode, why: string) => void batch.push({ type: 'skipped', path, code, why });
  const listedAsFolder = path.endsWith('/');
  if ('code' in found) return skip(found.code, found.why);
  const { mtime, ctime, ino, mode, uid, gid } = fileFacts(found);
  const own = { mtime, mode, uid, gid };
  if (found.isDirectory()) {
    // Its place in the order is that of what it was.
    if (!listedAsFolder) return skip('changed', 'it became a folder while the files were listed');
    if (!options.mayEnter(path)) return undefined;
    if (found.dev !== dev) return skip('other-file-system', 'another file system is mounted there');
    const names = await listFolder(options.path, path);
    if (!Array.isArray(names)) return skip(names.code, names.why);
    batch.push({ path, type: 'dir', ...own });
    return names;
  }
  if (listedAsFolder) return skip('changed', 'it was a folder when the files were listed');
  if (found.isFile()) {
    const size = Number(found.size);
    batch.push({ path, type: 'file', size, ...own, ctime, ino, ...(size === 0 ? { known: true } : {}) });
  } else if (found.isSymbolicLink()) {
    const target = await targetOf(options.path, path);
    if (typeof target === 'string') batch.push({ path, type: 'symlink', ...own, target });
    else skip(target.code, target.why);
  } else skip('special', `it is a ${specialName(found)}`);
  return undefined;
}

async function targetOf(root: string, path: string): Promise<string | Unread> {
  try {
    const bytes = await readlink(`${root}/${path}`, { encoding: 'buffer' });
    if (isUtf8(bytes)) return bytes.toString('utf8');
    return { kind: 'unread', code: 'name', why: 'what it points to is no UTF-8', again: false };
  } catch (thrown) {
    return await unreadOf(thrown, root);
  }
}

function specialName(found: Lstat): string {
  if (found.isSocket()) return 'socket';
  if (found.isFIFO()) return 'named pipe';
  return found.isBlockDevice() ? 'block device' : 'device';
}

/**
 * The content of a file that is, after it was read, still what it was when it was listed: then nothing changed between.
 * Undefined: it is not, or could not be read, and is to be looked at closely. One stat less than that, and no new
 * buffer: this is how nearly all files are read.
 */
async function readAsListed(
  root: string,
  windowMs: number,
  { buffers, reading }: { readonly buffers: Buffers; readonly reading: Reading },
  { path, size, ...listed }: FoundFile,
): Promise<WholeFile | undefined> {
  if (listed.ctime === undefined) return undefined;
  const content = buffers.take(size);
  const read = await reading.read(`${root}/${path}`, content);
  // Its memory is not used again: a thread that is ending may still write to it.
  if (read === undefined) return undefined;
  const release = () => buffers.give(content);
  const { mtime, ctime, ino } = fileFacts(read);
  if (read.size === size && mtime === listed.mtime && ctime === listed.ctime && ino === listed.ino) {
    const facts = fileFacts(read, { windowMs, now: () => read.readAtMs });
    return { kind: 'whole', content, sha256: read.sha256, facts, release };
  }
  release();
  return undefined;
}

async function readFile(
  { path: root, afterRead }: FolderOriginOptions,
  racing: Racing,
  file: FoundFile,
  wholeBytes: number,
): Promise<ReadResult> {
  let handle: FileHandle;
  try {
    handle = await open(`${root}/${file.path}`, flags);
  } catch (thrown) {
    return await unreadOf(thrown, root);
  }
  let kept = false;
  try {
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) return changed('it is no plain file any more');
    const size = Number(before.size);
    if (size > wholeBytes) {
      kept = true;
      return longFile(handle, before, racing, () => afterRead?.(file.path));
    }
    const content = await readWhole(handle, size);
    await afterRead?.(file.path);
    const why = differs(before, await handle.stat({ bigint: true }));
    if (content === undefined || why !== undefined)
      return changed(why ?? 'it became shorter while it was read');
    return { kind: 'whole', content, facts: fileFacts(before, racing) };
  } catch (thrown) {
    return await unreadOf(thrown, root);
  } finally {
    if (!kept) await handle.close().catch(() => {});
  }
}

async function readWhole(handle: FileHandle, size: number): Promise<Buffer | undefined> {
  const content = Buffer.allocUnsafe(size);
  for (let position = 0; position < size; ) {
    const { bytesRead } = await handle.read(content, position, size - position, position);
    if (bytesRead === 0) return undefined;
    position += bytesRead;
  }
  return content;
}

function longFile(
  handle: FileHandle,
  before: Lstat,
  racing: Racing,
  afterRead: () => Promise<void> | undefined,
): LongFile {
  const size = Number(before.size);
  async function* stream(): AsyncGenerator<Buffer> {
    for (let position = 0; position < size; ) {
      // A new buffer each time: the compressor still reads the last one.
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, size - position));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      await afterRead();
      yield buffer.subarray(0, bytesRead);
    }
  }
  return {
    kind: 'long',
    size,
    facts: fileFacts(before, racing),
    stream,
    settled: async () => differs(before, await handle.stat({ bigint: true })),
    close: () => handle.close().catch(() => {}),
  };
}

function differs(before: Lstat, after: Lstat): string | undefined {
  if (after.size > before.size) return 'it grew while it was read';
  if (after.size < before.size) return 'it became shorter while it was read';
  if (after.mtimeNs !== before.mtimeNs || after.ctimeNs !== before.ctimeNs)
    return 'it was written to while it was read';
  return undefined;
}

function changed(why: string): Unread {
  return { kind: 'unread', code: 'changed', why, again: true };
}

async function atATime<T, R>(items: readonly T[], limit: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await run(items[at] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
