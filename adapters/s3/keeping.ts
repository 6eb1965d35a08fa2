/**
 * Marks, versions, delete markers and unfinished uploads of the vault in S3. Keeps the contract of
 * core/ports/keeping.ts. The one thing it removes is a delete marker, and only after S3 has said that it is one.
 */
import { randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  PutObjectTaggingCommand,
  type S3Client,
  type Tag,
} from '@aws-sdk/client-s3';
import { HoldfastError, hasCode } from '../../core/errors.ts';
import type { Keeping, UnfinishedUpload } from '../../core/ports/keeping.ts';
import { caller, type S3Counters } from './client.ts';
import { at, folderPrefix, type S3Context } from './context.ts';
import { isNothing } from './inspect.ts';
import { listUploads, listVersions } from './versions.ts';

export interface S3KeepingOptions {
  /** Made by `s3Client`. */
  readonly client: S3Client;
  readonly bucket: string;
  /** As of the vault. */
  readonly prefix?: string;
  /** Limit of one request with all its attempts. Default 600,000. */
  readonly callTimeoutMs?: number;
}

export interface S3Keeping extends Keeping {
  /**
   * For self-tests: asks S3 to remove a version that cannot be there, below that folder. Throws VAULT_REFUSED for who
   * may not remove versions, which is what everybody but an operator should meet.
   */
  probeRemoval(folder: string): Promise<void>;
  /** What has been asked of S3 so far. */
  readonly counters: Readonly<S3Counters>;
}

/** What the vault's lifecycle rule `expire-marked` looks for. */
const mark: Tag = { Key: 'expire', Value: 'yes' };

export function s3Keeping(options: S3KeepingOptions): S3Keeping {
  const counters: S3Counters = { requests: 0, retries: 0 };
  const context: S3Context = {
    client: options.client,
    call: caller(counters, options.callTimeoutMs ?? 600_000),
    bucket: options.bucket,
    prefix: folderPrefix(options.prefix),
  };
  return {
    counters,
    async mark(key) {
      const done = await retag(context, key, undefined, (tags) =>
        tags.some(isMark) ? tags : [...without(tags), mark],
      );
      return done ? 'marked' : 'absent';
    },
    async unmark(key, versionId) {
      const done = await retag(context, key, versionId, (tags) =>
        tags.some((tag) => tag.Key === mark.Key) ? without(tags) : tags,
      );
      return done ? 'unmarked' : 'absent';
    },
    async isMarked(key) {
      let isFound = false;
      await retag(context, key, undefined, (tags) => {
        isFound = tags.some(isMark);
        return tags;
      });
      return isFound;
    },
    versions: (prefix) => listVersions(context, prefix),
    removeDeleteMarker: (key, versionId) => removeDeleteMarker(context, key, versionId),
    async probeRemoval(folder) {
      const key = `${folder}never-written-${randomUUID()}`;
      const command = new DeleteObjectCommand({ ...at(context, key), VersionId: 'null' });
      await context.call('s3:DeleteObjectVersion', key, (send) => context.client.send(command, send));
    },
    unfinishedUploads: (prefix) => listUploads(context, prefix),
    abortUpload: (upload) => abortUpload(context, upload),
  };
}

function isMark({ Key, Value }: Tag): boolean {
  return Key === mark.Key && Value === mark.Value;
}

function without(tags: readonly Tag[]): Tag[] {
  return tags.filter((tag) => tag.Key !== mark.Key);
}

/**
 * Reads the tags of a version and sets them anew on that very one, whatever has become current meanwhile. S3's reply
 * is trusted: reading back would be half as many calls again for every object of every backup.
 *
 * @param change gives the same list back when there is nothing to do
 * @returns false when there is no such object, or a delete marker
 */
async function retag(
  context: S3Context,
  key: string,
  versionId: string | undefined,
  change: (tags: readonly Tag[]) => readonly Tag[],
): Promise<boolean> {
  const { client, call } = context;
  const target = { ...at(context, key), ...(versionId === undefined ? {} : { VersionId: versionId }) };
  const reading = versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
  try {
    const found = await call(reading, key, (options) =>
      client.send(new GetObjectTaggingCommand(target), options),
    );
    const tags = found.TagSet ?? [];
    const changed = change(tags);
    if (changed === tags) return true;
    const VersionId = versionId ?? found.VersionId;
    if (VersionId === undefined) {
      throw new HoldfastError('VAULT_UNSUITABLE', `${key} has no version id: the bucket keeps no versions`);
    }
    const command = { ...target, VersionId, Tagging: { TagSet: [...changed] } };
    await call('s3:PutObjectVersionTagging', key, (options) =>
      client.send(new PutObjectTaggingCommand(command), options),
    );
    return true;
  } catch (error) {
    if (isNothing(error)) return false;
    throw error;
  }
}

/** A version id never turns from a delete marker into data, so what the listing says of it stays true. */
async function removeDeleteMarker(context: S3Context, key: string, versionId: string): Promise<void> {
  const { client, call } = context;
  for await (const version of listVersions(context, key)) {
    if (version.key !== key) return;
    if (version.versionId !== versionId) continue;
    if (!version.deleteMarker) {
      const allowed = 'only delete markers are removed';
      throw new HoldfastError('INVALID_INPUT', `version ${versionId} of ${key} holds data: ${allowed}`);
    }
    const command = new DeleteObjectCommand({ ...at(context, key), VersionId: versionId });
    await call('s3:DeleteObjectVersion', key, (options) => client.send(command, options));
    return;
  }
}

async function abortUpload(context: S3Context, { key, uploadId }: UnfinishedUpload): Promise<void> {
  const { client, call } = context;
  const command = new AbortMultipartUploadCommand({ ...at(context, key), UploadId: uploadId });
  try {
    await call('s3:AbortMultipartUpload', key, (options) => client.send(command, options));
  } catch (error) {
    // Completed or aborted meanwhile.
    if (!hasCode(error, 'OBJECT_MISSING')) throw error;
  }
}
