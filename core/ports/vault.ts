/**
 * Where sealed objects live. Contract (test/contract/vault.ts runs it against every implementation):
 * - A key is written once. A second write of the same key throws OBJECT_EXISTS, unless what is stored is byte for
 *   byte what was sent (length and SHA-256): then it returns what is stored (a lost reply is not a failure).
 * - A write either becomes one whole object or nothing: if the body throws, ends empty, or the signal aborts, no
 *   object and no unfinished upload stays behind (best effort for the latter; lifecycle sweeps the rest).
 * - After a write returns, the object's length, hash, tags, storage class and lock are as they were asked for, read
 *   back from the store.
 * - Memory of a write: a bounded number of 8 MiB buffers, whatever the length.
 * - Failures: VAULT_UNAVAILABLE (retries are used up), VAULT_REFUSED (403), OBJECT_MISSING (read of nothing),
 *   OBJECT_ARCHIVED (read of what must be asked for first).
 */
import type { Readable } from 'node:stream';

export type ObjectRole = 'segment' | 'pack' | 'index' | 'manifest' | 'report' | 'audit' | 'probe';
export type Tier = 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly' | 'manual';
export type StorageClass = 'STANDARD' | 'STANDARD_IA' | 'GLACIER_IR' | 'DEEP_ARCHIVE';

export interface ObjectAttributes {
  readonly role: ObjectRole;
  /** Absent, like the plan, for what belongs to none: then no rule about tiers takes hold of it. */
  readonly tier?: Tier;
  readonly planId?: string;
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
  /** GLACIER is no class of Holdfast's, but a rule of somebody's own may have moved the object there. */
  readonly storageClass: StorageClass | 'GLACIER';
  readonly tags: Readonly<Record<string, string>>;
  readonly lock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly until: string };
  /** The store's own checksum: SHA-256, base64, `-N` appended when composite over N upload parts. */
  readonly checksumSha256?: string;
  readonly lastModifiedAt: string;
  /** Where it is in an archive class that cannot be read at once. */
  readonly archive?: ArchiveState;
  /** How far its copy in another bucket is, where replication applies to it; `replica`: it is such a copy. */
  readonly replication?: 'pending' | 'completed' | 'failed' | 'replica';
}

export interface ArchiveState {
  /** `archived`: its return must be asked for; `returning`: asked for; `returned`: readable until `until`. */
  readonly state: 'archived' | 'returning' | 'returned';
  readonly until?: string;
}

/** How fast an archived object comes back, with S3's own upper bounds in hours by class (core/restore/archive.ts). */
export type ReturnSpeed = 'standard' | 'bulk';

export interface ListedObject extends StoredObject {
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
  /**
   * Every current object below a prefix, in key order, after the key `after` when given. A storage error is an error,
   * never an empty list.
   */
  list(prefix: string, options?: { readonly after?: string }): AsyncIterable<ListedObject>;
  /**
   * Names of the folders directly below a prefix that ends with `/` (or is empty), in the order of the names (as the
   * catalog has them: `shop` before `shop-eu`), after the name `after` when given: `folders('plans/')` gives plan ids.
   * A storage error is an error.
   */
  folders(prefix: string, options?: { readonly after?: string }): AsyncIterable<string>;
  /**
   * Lengthens the Object Lock of the current version until then (ISO 8601 UTC); never shortens one, and does nothing
   * where it lasts as long already, or where the vault has no locks. OBJECT_MISSING; VAULT_REFUSED.
   */
  extendLock(key: string, until: string): Promise<void>;
  /**
   * Asks for an archived object's return for `days` days. Nothing happens when it is on its way; when it is back, its
   * stay may be lengthened. Vaults without archive classes do nothing.
   */
  requestReturn(
    key: string,
    options: { readonly versionId?: string; readonly days: number; readonly speed: ReturnSpeed },
  ): Promise<void>;
}
