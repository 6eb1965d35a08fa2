/**
 * The vault in an S3 bucket, below a prefix. Keeps the contract of core/ports/vault.ts; write.ts, read.ts,
 * listing.ts, inspect.ts, lock.ts and archive.ts each keep a part of it.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectAttributes, Vault } from '../../core/ports/vault.ts';
import { requestReturn } from './archive.ts';
import { type ObjectLockOptions, wantedState } from './attributes.ts';
import { sharedPool } from './buffers.ts';
import { caller, type S3Counters } from './client.ts';
import { folderPrefix, type S3Context } from './context.ts';
import { inspect } from './inspect.ts';
import { listFolders, listObjects } from './listing.ts';
import { extendLock } from './lock.ts';
import { readObject } from './read.ts';
import { writeObject } from './write.ts';

export interface S3VaultOptions {
  /** Made by `s3Client`: its time limits and checksum settings are part of what this vault promises. */
  readonly client: S3Client;
  readonly bucket: string;
  /** Below which everything lies; `` or `backups/`. A missing slash at the end is added. */
  readonly prefix?: string;
  /** When the bucket has Object Lock. Without it `lockUntil` is not applied. */
  readonly objectLock?: ObjectLockOptions;
  /** Size of a part and of a buffer, 5 MiB or more on S3. Default 8 MiB. */
  readonly partBytes?: number;
  /** Parts of one object on the wire at a time. Default 2. */
  readonly concurrency?: number;
  /** Limit of one request with all its attempts. Default 600,000. */
  readonly callTimeoutMs?: number;
  /**
   * Default true. False for whoever only asks whether objects are there and may not decrypt: `head` then tells no
   * checksum, and nothing can be written, since a write is confirmed by it.
   */
  readonly checksums?: boolean;
  /** Default true. False for a store that refuses tags: then `head` tells none, and nothing is asked for. */
  readonly tags?: boolean;
  /** A download without a byte for this long is resumed. Default 30,000. */
  readonly stallTimeoutMs?: number;
}

export interface S3Vault extends Vault {
  /** What this vault has asked of S3 so far. */
  readonly counters: Readonly<S3Counters>;
}

export const PART_BYTES = 8 * 1024 * 1024;

export function s3Vault(options: S3VaultOptions): S3Vault {
  const { client, bucket } = options;
  const prefix = folderPrefix(options.prefix);
  const counters: S3Counters = { requests: 0, retries: 0 };
  const call = caller(counters, options.callTimeoutMs ?? 600_000);
  const context: S3Context = {
    client,
    call,
    bucket,
    prefix,
    checksums: options.checksums,
    tags: options.tags,
  };
  const writing = {
    pool: sharedPool(options.partBytes ?? PART_BYTES),
    concurrency: options.concurrency ?? 2,
  };
  const wanted = (attributes: ObjectAttributes) => {
    const state = wantedState(attributes, options.objectLock);
    return options.tags === false ? { ...state, tags: {} } : state;
  };
  const reading = { stallTimeoutMs: options.stallTimeoutMs ?? 30_000 };
  return {
    location: `s3://${bucket}/${prefix}`.replace(/\/$/, ''),
    counters,
    write: (key, body, attributes, { signal } = {}) =>
      writeObject(context, writing, key, body, wanted(attributes), signal),
    read: (key, { versionId, signal } = {}) => readObject(context, reading, key, versionId, signal),
    head: (key, { versionId, signal } = {}) => inspect(context, key, versionId, signal),
    list: (below, { after } = {}) => listObjects(context, below, after),
    folders: (below, { after } = {}) => listFolders(context, below, after),
    extendLock: (key, until) => extendLock(context, key, until, options.objectLock),
    requestReturn: (key, wanted) => requestReturn(context, key, wanted),
  };
}
