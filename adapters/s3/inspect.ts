/** Looks at what is stored, and makes sure that it is what was asked for. */
import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { HoldfastError, hasCode } from '../../core/errors.ts';
import type { ObjectState } from '../../core/ports/vault.ts';
import { hasLock, hasTags, stateOf, tagSet, type Wanted } from './attributes.ts';
import { at, type S3Context } from './context.ts';
import { statusOf } from './errors.ts';

/** Two requests side by side: tags are not part of HeadObject's reply. Undefined when there is nothing. */
export async function inspect(
  context: S3Context,
  key: string,
  versionId?: string,
  signal?: AbortSignal,
): Promise<ObjectState | undefined> {
  const { client, call } = context;
  const target = { ...at(context, key), ...(versionId === undefined ? {} : { VersionId: versionId }) };
  // Of an object that is encrypted with KMS, S3 gives the checksum only to who may decrypt (API reference, HeadObject).
  const looked = context.checksums === false ? target : { ...target, ChecksumMode: 'ENABLED' as const };
  const [head, tagging] = await Promise.allSettled([
    call(
      's3:GetObject (HeadObject)',
      key,
      (options) => client.send(new HeadObjectCommand(looked), options),
      signal,
    ),
    context.tags === false
      ? { TagSet: [] }
      : call(
          's3:GetObjectTagging',
          key,
          (options) => client.send(new GetObjectTaggingCommand(target), options),
          signal,
        ),
  ]);
  // HeadObject's 404 has no body: only the other one can tell a missing object from a missing bucket.
  for (const result of [head, tagging]) {
    if (result.status === 'rejected' && !isNothing(result.reason)) throw result.reason;
  }
  if (head.status === 'rejected' || tagging.status === 'rejected') return undefined;
  return stateOf(key, head.value, tagging.value.TagSet ?? []);
}

/** 405: that version is a delete marker. */
export function isNothing(error: unknown): boolean {
  return hasCode(error, 'OBJECT_MISSING') || statusOf(error) === 405;
}

export interface Expected {
  readonly lengthBytes: number;
  /** As HeadObject shows it: base64, `-N` when composite. */
  readonly checksumSha256: string;
  readonly wanted: Wanted;
}

/** True when the bytes are those that were sent. */
export function sameBytes(state: ObjectState, expected: Expected): boolean {
  return state.lengthBytes === expected.lengthBytes && state.checksumSha256 === expected.checksumSha256;
}

/**
 * Reads back what was written and throws unless it is as it was asked for. Tags and lock that are lacking are set
 * once and read again: S3 takes both when an upload begins, but stores that only imitate it forget them, and an
 * object found after a lost reply may come from an attempt that asked for less. On S3 itself nothing is written here.
 */
export async function confirm(
  context: S3Context,
  key: string,
  versionId: string | undefined,
  expected: Expected,
  signal?: AbortSignal,
): Promise<ObjectState> {
  const first = await existing(context, key, versionId, signal);
  requireBytes(first, expected);
  if (hasTags(first, expected.wanted) && hasLock(first, expected.wanted)) return first;
  await mend(context, first, expected.wanted, signal);
  const second = await existing(context, key, first.versionId, signal);
  requireBytes(second, expected);
  const lacking = [
    ...(hasTags(second, expected.wanted) ? [] : [`tags ${JSON.stringify(expected.wanted.tags)}`]),
    ...(hasLock(second, expected.wanted)
      ? []
      : [`lock ${expected.wanted.lock?.mode} until ${expected.wanted.lock?.until.toISOString()}`]),
  ];
  if (lacking.length === 0) return second;
  throw new HoldfastError('VAULT_UNSUITABLE', `${key} was stored, but without its ${lacking.join(' and ')}`);
}

async function existing(
  context: S3Context,
  key: string,
  versionId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ObjectState> {
  const state = await inspect(context, key, versionId, signal);
  if (state === undefined) {
    throw new HoldfastError('OBJECT_MISSING', `${key} was written, but is not in the vault`);
  }
  return state;
}

function requireBytes(state: ObjectState, expected: Expected): void {
  const { key } = state;
  if (state.lengthBytes !== expected.lengthBytes) {
    const message = `${key}: ${expected.lengthBytes} bytes were sent, ${state.lengthBytes} are stored`;
    throw new HoldfastError('INTEGRITY_LENGTH', message);
  }
  if (state.checksumSha256 !== expected.checksumSha256) {
    const message = `${key}: SHA-256 sent is ${expected.checksumSha256}, stored ${state.checksumSha256 ?? 'none'}`;
    throw new HoldfastError('INTEGRITY_HASH', message);
  }
  if (state.storageClass !== expected.wanted.storageClass) {
    const message = `${key} was sent as ${expected.wanted.storageClass}, but is stored as ${state.storageClass}`;
    throw new HoldfastError('VAULT_UNSUITABLE', message);
  }
}

async function mend(
  context: S3Context,
  state: ObjectState,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<void> {
  const { client, call } = context;
  const target = {
    ...at(context, state.key),
    ...(state.versionId === undefined ? {} : { VersionId: state.versionId }),
  };
  if (!hasTags(state, wanted)) {
    // PutObjectTagging replaces the whole set: what is there stays.
    const Tagging = { TagSet: tagSet({ ...state.tags, ...wanted.tags }) };
    await call(
      's3:PutObjectTagging',
      state.key,
      (options) => client.send(new PutObjectTaggingCommand({ ...target, Tagging }), options),
      signal,
    );
  }
  const { lock } = wanted;
  if (lock !== undefined && !hasLock(state, wanted)) {
    const Retention = { Mode: lock.mode, RetainUntilDate: lock.until };
    await call(
      's3:PutObjectRetention',
      state.key,
      (options) => client.send(new PutObjectRetentionCommand({ ...target, Retention }), options),
      signal,
    );
  }
}
