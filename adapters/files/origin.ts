/**
 * Where files come from: a bucket (origin-bucket.ts) or a folder (origin-folder.ts), as the session sees it. Contract:
 * `list` gives each thing once, in byte order of the paths, with memory for a page or one folder's names; reading gives
 * what was there at one moment, or says that it changed.
 */
import type { FolderEntry, LinkEntry, ObjectFacts, Owned, SkipCode } from './index-format.ts';

/** A file as the listing has it. */
export interface FoundFile extends Owned, Pick<ObjectFacts, 'etag'> {
  readonly type: 'file';
  readonly path: string;
  readonly size: number;
  readonly mtime: string;
  readonly ctime?: string;
  readonly ino?: string;
  /** Nothing more is to be learned by reading it: an empty file of a file system. */
  readonly known?: boolean;
}

/** A thing that could not be read, or is nothing to back up. */
export interface FoundNot {
  readonly type: 'skipped';
  readonly path: string;
  readonly code: SkipCode;
  readonly why: string;
}

export type Found = FoundFile | FolderEntry | LinkEntry | FoundNot;

/** What belongs to an entry besides path, type, size, hash and place: as it was when the content was read. */
export type ReadFacts = { readonly mtime: string; readonly ctime?: string; readonly ino?: string } & Owned &
  ObjectFacts;

/** An object of S3 that is a folder's marker keeps what S3 says of it, but has no content. */
export interface WholeFile {
  readonly kind: 'whole';
  readonly content: Buffer;
  /** Of the content, where it is known already. */
  readonly sha256?: Buffer;
  readonly facts: ReadFacts;
  /** The content is not needed any more: the next file may be read into it. Calling it is no duty. */
  readonly release?: () => void;
}

/** Too long for memory: `stream` gives exactly `size` bytes, or ends early; `settled` says whether they belong together. */
export interface LongFile {
  readonly kind: 'long';
  readonly size: number;
  readonly facts: ReadFacts;
  stream(): AsyncIterable<Buffer>;
  /** After the stream: undefined when what was read is one state of the file, else what happened. */
  settled(): Promise<string | undefined>;
  /** Never throws. */
  close(): Promise<void>;
}

/** It changed, is gone, or cannot be read; `again`: a later try may go better. */
export interface Unread {
  readonly kind: 'unread';
  readonly code: SkipCode;
  readonly why: string;
  readonly again: boolean;
}

export type ReadResult = WholeFile | LongFile | Unread;

export interface Origin {
  /** For people: `s3://bucket/prefix` or the path. */
  readonly title: string;
  /** At a time, for one pack. */
  readonly readsAtATime: number;
  /** Of small files that are read ahead, for one pack. */
  readonly readAheadBytes: number;
  list(signal: AbortSignal): AsyncIterable<readonly Found[]>;
  /** One try. A file of up to `wholeBytes` comes whole. Throws what concerns the source as a whole. */
  read(file: FoundFile, wholeBytes: number, signal: AbortSignal): Promise<ReadResult>;
  /** Never throws. */
  close(): Promise<void>;
}
