/** What a file system says of a file, as an index has it, and why one cannot be read. */
import type { BigIntStats } from 'node:fs';
import type { Unread } from './origin.ts';

export type Lstat = BigIntStats;

export interface Racing {
  readonly windowMs: number;
  readonly now: () => number;
}

/**
 * @param racing when the file was read: with a ctime as young as the window, no ctime is given, so that the next run
 * reads it again (the change and a later one may have the same times)
 */
export function fileFacts(found: Lstat, racing?: Racing) {
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

/** Codes of files, not of the place as a whole. */
export function whyUnreadable(thrown: unknown): Unread {
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
