/**
 * What cleanup and undelete do to objects, apart from the vault that everybody writes to and reads from: marks for
 * expiry, and what lies behind delete markers. Contract (test/contract/keeping.ts). Nothing here deletes an object or
 * a version: a mark only lets the vault's lifecycle rule expire it.
 *
 * Failures: VAULT_UNAVAILABLE, VAULT_REFUSED (403).
 */
export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string;
  /** What a read without a version id would meet. */
  readonly current: boolean;
  readonly deleteMarker: boolean;
  /** 0 for a delete marker. */
  readonly lengthBytes: number;
  readonly lastModifiedAt: string;
}

export interface UnfinishedUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly startedAt: string;
}

export interface Keeping {
  /** Adds the tag `expire=yes` to the current version, keeps its other tags. `absent`: there is none. Idempotent. */
  mark(key: string): Promise<'marked' | 'absent'>;
  /** Takes the tag away again from that version (default: the current one). Idempotent. */
  unmark(key: string, versionId?: string): Promise<'unmarked' | 'absent'>;
  /** Whether the current version carries the mark; false when there is none. */
  isMarked(key: string): Promise<boolean>;
  /** All versions and delete markers below a prefix: by key, newest first. */
  versions(prefix: string): AsyncIterable<ObjectVersion>;
  /** Removes a delete marker, so that the version below it is current again. Needs an operator's own rights. */
  removeDeleteMarker(key: string, versionId: string): Promise<void>;
  /** Uploads below a prefix that nobody completed or aborted, by key. */
  unfinishedUploads(prefix: string): AsyncIterable<UnfinishedUpload>;
  /** Nothing happens when it is gone. */
  abortUpload(upload: UnfinishedUpload): Promise<void>;
}
