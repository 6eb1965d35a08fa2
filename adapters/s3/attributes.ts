/** Tags, storage class and lock of an object, in S3's words and back. */
import type { HeadObjectCommandOutput, ObjectLockMode, Tag } from '@aws-sdk/client-s3';
import type { ObjectAttributes, ObjectState, StorageClass } from '../../core/ports/vault.ts';
import { archiveOf, replicationOf } from './archive.ts';

export interface ObjectLockOptions {
  /** COMPLIANCE cannot be lifted by anybody until it ends; GOVERNANCE can, with a permission. */
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  /** For objects that are written without `lockUntil`; none by default. */
  readonly days?: number;
}

export interface Wanted {
  readonly tags: Readonly<Record<string, string>>;
  readonly storageClass: StorageClass;
  readonly lock?: { readonly mode: ObjectLockMode; readonly until: Date };
}

/** What an object with these attributes must look like in the store. */
export function wantedState(attributes: ObjectAttributes, objectLock: ObjectLockOptions | undefined): Wanted {
  const until =
    attributes.lockUntil ??
    (objectLock?.days === undefined
      ? undefined
      : new Date(Date.now() + objectLock.days * 86_400_000).toISOString());
  return {
    tags: tagsOf(attributes),
    storageClass: attributes.storageClass,
    ...(objectLock === undefined || until === undefined
      ? {}
      : { lock: { mode: objectLock.mode, until: new Date(until) } }),
  };
}

function tagsOf({ role, tier, planId }: ObjectAttributes): Readonly<Record<string, string>> {
  return { role, ...(tier !== undefined && { tier }), ...(planId !== undefined && { plan: planId }) };
}

/** The members that PutObject and CreateMultipartUpload have in common. */
export function creationInput(wanted: Wanted) {
  return {
    ...(Object.keys(wanted.tags).length === 0
      ? {}
      : { Tagging: new URLSearchParams(wanted.tags).toString() }),
    StorageClass: wanted.storageClass,
    ...(wanted.lock === undefined
      ? {}
      : { ObjectLockMode: wanted.lock.mode, ObjectLockRetainUntilDate: wanted.lock.until }),
  };
}

export function tagSet(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The replies to HeadObject and GetObjectTagging as an ObjectState. */
export function stateOf(key: string, head: HeadObjectCommandOutput, tags: readonly Tag[]): ObjectState {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = head;
  const archive = archiveOf(head);
  const replication = replicationOf(head);
  return {
    key,
    ...(head.VersionId === undefined ? {} : { versionId: head.VersionId }),
    lengthBytes: head.ContentLength ?? 0,
    // S3 leaves the header out for STANDARD.
    storageClass: (head.StorageClass ?? 'STANDARD') as ObjectState['storageClass'],
    tags: Object.fromEntries(tags.map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    ...(mode === undefined || until === undefined ? {} : { lock: { mode, until: until.toISOString() } }),
    ...(head.ChecksumSHA256 === undefined ? {} : { checksumSha256: head.ChecksumSHA256 }),
    lastModifiedAt: (head.LastModified ?? new Date(0)).toISOString(),
    ...(archive === undefined ? {} : { archive }),
    ...(replication === undefined ? {} : { replication }),
  };
}

export function hasTags(state: ObjectState, wanted: Wanted): boolean {
  return Object.entries(wanted.tags).every(([key, value]) => state.tags[key] === value);
}

/** A longer lock is as good; S3 keeps whole seconds. */
export function hasLock(state: ObjectState, wanted: Wanted): boolean {
  if (wanted.lock === undefined) return true;
  if (state.lock === undefined || state.lock.mode !== wanted.lock.mode) return false;
  return Date.parse(state.lock.until) >= Math.floor(wanted.lock.until.getTime() / 1000) * 1000;
}
