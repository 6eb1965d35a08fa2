/** Where a restore puts things: a folder (place-folder.ts) or a bucket (write-bucket.ts), as the engine sees it. */
import type { FileEntry, FolderEntry, LinkEntry } from './index-format.ts';
import type { Ground } from './place.ts';

/** Why something was left out; undefined when it was placed. */
export type LeftOut = string | undefined;

/** A file that is written piece by piece. Nothing of it is visible before `commit`. */
export interface FileWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Gives it its name. Only called when size and hash are what the index says. */
  commit(): Promise<LeftOut>;
  /** Never throws. */
  abandon(): Promise<void>;
}

/**
 * Errors that are thrown end the restore; what is returned is reported and the restore goes on. Several calls may run
 * at a time, for different entries.
 */
export interface RestoreTarget {
  readonly ground: Ground;
  /** Length of what is put before each path. */
  readonly prefixBytes: number;
  readonly foldsCase: boolean;
  /** Large files that are written at a time, at most: what each holds in memory is bounded by that. */
  readonly largeAtATime: number;
  /**
   * Whether this very file is there under that name already, with what belongs to it; only asked where things may be
   * written over. `by-etag`: its content was compared by that alone.
   */
  holds(entry: FileEntry, signal: AbortSignal): Promise<boolean | 'by-etag'>;
  /** Before anything is written: so much is going to be. @throws HoldfastError TARGET_SPACE */
  expect(bytes: number): Promise<void>;
  folder(entry: FolderEntry, signal: AbortSignal): Promise<LeftOut>;
  /** A whole file whose hash was compared already. */
  small(entry: FileEntry, bytes: Uint8Array, signal: AbortSignal): Promise<LeftOut>;
  large(entry: FileEntry, signal: AbortSignal): Promise<FileWriter>;
  link(entry: LinkEntry): Promise<LeftOut>;
  /** After all that is in it. */
  finishFolder(entry: FolderEntry): Promise<void>;
  /** Everything is there. What could not be kept of it (owners …), one line each. */
  finish(): Promise<readonly string[]>;
  /** Called between what may be forgotten and what comes next: nothing is being written. */
  rest?(): Promise<void>;
  /** Takes back what was made, if the target was new; what is left otherwise, one line each. Never throws. */
  undo(): Promise<readonly string[]>;
}
