/** What a file system says of a file, as an index has it, and why one cannot be read. */
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { HoldfastError } from '../../core/errors.ts';
import type { Unread } from './origin.ts';

export type Lstat = BigIntStats;

/** What is kept of it. */
export type Kept = Pick<Lstat, 'mtimeNs' | 'ctimeNs' | 'ino' | 'mode' | 'uid' | 'gid'>;

export interface Racing {
  readonly windowMs: number;
  readonly now: () => number;
}

/**
 * @param racing when the file was read: with a ctime as young as the window, no ctime is given, so that the next run
 * reads it again (the change and a later one may have the same times)
 */
export function fileFacts(found: Kept, racing?: Racing) {
  const young = racing !== undefined && racing.now() - Number(found.ctimeNs / 1_000_000n) < racing.windowMs;
  return {
    mtime: decimalSeconds(found.mtimeNs),
    ...(young ? {} : { ctime: decimalSeconds(found.ctimeNs) }),
    ino: String(found.ino),
    mode: Number(found.mode & 0o7777n),
    uid: Number(found.uid),
    gid: Number(found.gid),
  };
}

/** `1763737405.000000001`, always with nine digits after the point. */
export function decimalSeconds(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const digits = String(nanoseconds < 0n ? -nanoseconds : nanoseconds).padStart(10, '0');
  return `${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** Of this process or of the mount: every other file would fail with them as well. */
const ofThePlace: Readonly<Record<string, string>> = {
  EMFILE: 'Let the backup open more files (ulimit -n).',
  ENFILE: 'Let this machine open more files.',
  ENOMEM: 'Give the backup more memory.',
  ENOBUFS: 'Give this machine more memory.',
  ENOTCONN: 'Mount the file system again.',
  ENODEV: 'Mount the file system again.',
  EHOSTDOWN: 'Look at the server of the file system.',
  EHOSTUNREACH: 'Look at the network to the server of the file system.',
  ENETUNREACH: 'Look at the network to the server of the file system.',
  ETIMEDOUT: 'Look at the server of the file system.',
};

/** What went wrong concerns the source as a whole; undefined: that one file. */
export function placeError(thrown: unknown, root: string): HoldfastError | undefined {
  const { code = '', message = '' } = (thrown ?? {}) as NodeJS.ErrnoException;
  const next = Object.hasOwn(ofThePlace, code) ? ofThePlace[code] : undefined;
  if (next === undefined) return undefined;
  return new HoldfastError('SOURCE_UNREACHABLE', `${root}: ${message}`, { cause: thrown, next });
}

/**
 * Why that one file cannot be read. A stale handle is one of a file that was deleted on the server, or of a mount that
 * is gone: then the source's own folder cannot be looked at either.
 * @throws HoldfastError SOURCE_UNREACHABLE for what concerns the source as a whole
 */
export async function unreadOf(thrown: unknown, root: string): Promise<Unread> {
  const error = placeError(thrown, root);
  if (error !== undefined) throw error;
  if ((thrown as NodeJS.ErrnoException | undefined)?.code === 'ESTALE') {
    await stat(`${root}/.`).catch((gone: unknown) => {
      throw new HoldfastError('SOURCE_UNREACHABLE', `${root}: ${String((gone as Error).message)}`, {
        cause: gone,
        next: 'Mount the file system again.',
      });
    });
  }
  return whyUnreadable(thrown);
}

/** Codes of files, not of the place as a whole. */
function whyUnreadable(thrown: unknown): Unread {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code ?? 'unknown error';
  const unread = (skip: Unread['code'], why: string, again = false): Unread => ({
    kind: 'unread',
    code: skip,
    why,
    again,
  });
  switch (code) {
    case 'ENOENT':
    case 'ESTALE':
      return unread('vanished', 'it was gone when it was to be read', code === 'ESTALE');
    case 'ENOTDIR':
      return unread('vanished', 'its folder was gone when it was to be read');
    case 'ELOOP':
    case 'ENXIO':
      return unread('changed', 'it is no plain file any more');
    case 'EACCES':
    case 'EPERM':
      return unread('unreadable', `the backup may not read it (${code})`);
    case 'ENAMETOOLONG':
      return unread('unreadable', 'its path is longer than the system can open (ENAMETOOLONG)');
    default:
      return unread('unreadable', `reading it failed (${code})`, code === 'EIO' || code === 'EINTR');
  }
}
