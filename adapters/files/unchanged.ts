/**
 * Whether a file is as an earlier index has it, judged without reading it.
 *
 * S3: key, ETag, size and the second it was written; an object cannot change without a new one of these but within
 * one second, with the same content. A file system: size, time of the content, time of the inode, inode. The mode and
 * the owner cannot change without the time of the inode.
 */
import type { IndexEntry } from './index-format.ts';
import type { FoundFile } from './origin.ts';

export function isUnchanged(found: FoundFile, earlier: IndexEntry): boolean {
  if (found.etag !== undefined) {
    if (earlier.type === 'skipped' || earlier.type === 'symlink') return false;
    const size = earlier.type === 'file' ? earlier.size : 0;
    return found.etag === earlier.etag && found.size === size && found.mtime === earlier.mtime;
  }
  return (
    earlier.type === 'file' &&
    earlier.ctime !== undefined &&
    found.size === earlier.size &&
    found.mtime === earlier.mtime &&
    found.ctime === earlier.ctime &&
    found.ino === earlier.ino
  );
}

/** Folders and links have no content: only whether they are worth another member of a pack. */
export function isSameThing(one: IndexEntry, earlier: IndexEntry): boolean {
  return JSON.stringify(one) === JSON.stringify(earlier);
}
