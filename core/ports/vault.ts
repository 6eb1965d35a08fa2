/**
 * Where sealed objects live. Contract (test/contract/vault.ts runs it against every implementation):
 * - A key is written once. A second write of the same key throws OBJECT_EXISTS, unless what is stored is byte for
 *   byte what was sent (length and SHA-256): then it returns what is stored (a lost reply is not a failure).
 * - A write either becomes one whole object or nothing: if the body throws, ends empty, or the signal aborts, no
 *   object and no unfinished upload stays behind (best effort for the latter; lifecycle sweeps the rest).
 * - After a write returns, the object's length, hash, tags, storage class and lock are as they were asked for, read
 *   back from the store.
 * - Memory of a write: a bounded number of 8 MiB buffers, whatever the length.
 * - Failures: VAULT_UNAVAILABLE (retries are used up), VAULT_REFUSED (403), OBJECT_MISSING (read of nothing).
 */
import type { Readable } from 'node:stream';

export type ObjectRole = 'segment' | 'manifest' | 'report' | 'probe';
export type Tier = 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly' | 'manual';
export type StorageClass = 'STANDARD' | 'STANDARD_IA' | 'GLACIER_IR' | 'DEEP_ARCHIVE';

export interface ObjectAttributes {
  readonly role: ObjectRole;
  readonly tier: Tier;
  readonly planId: string;
  /** What the object is written as; DEEP_ARCHIVE is reached by transition, never written. */
  readonly storageClass: Exclude<StorageClass, 'DEEP_ARCHIVE'>;
  /** Object Lock until then (ISO 8601 UTC), where the vault has it. */
  readonly lockUntil?: string;
}

export interface StoredObject {
  /** Relative to the vault's prefix. */
  readonly key: string;
  readonly versionId?: string;
  readonly lengthBytes: number;
}

export interface WrittenObject extends StoredObject {
  /** SHA-256 of the whole object, hex. */
  readonly sha256: string;
}

export interface ObjectState extends StoredObject {
  readonly storageClass: StorageClass;
  readonly tags: Readonly<Record<string, string>>;
  readonly lock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly until: string };
  /** The store's own checksum: SHA-256, base64, `-N` appended when composite over N upload parts. */
  readonly checksumSha256?: string;
  readonly lastModifiedAt: string;
}

export interface Vault {
  /** For people: `s3://bucket/prefix`. */
  readonly location: string;
  /** Streams `body` into a new object. `lengthBytes` and `sha256` of the result are what was sent. */
  write(
    key: string,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    attributes: ObjectAttributes,
    options?: { readonly signal?: AbortSignal },
  ): Promise<WrittenObject>;
  /** The bytes of an object, of that version when given. Retries ranges on broken connections. Throws OBJECT_MISSING. */
  read(
    key: string,
    options?: { readonly versionId?: string; readonly signal?: AbortSignal },
  ): Promise<Readable>;
  /** What is stored, or undefined when there is nothing (a delete marker counts as nothing). */
  head(
    key: string,
    options?: { readonly versionId?: string; readonly signal?: AbortSignal },
  ): Promise<ObjectState | undefined>;
  /** Every current object below a prefix, in key order. A storage error is an error, never an empty list. */
  list(prefix: string): AsyncIterable<StoredObject>;
}
