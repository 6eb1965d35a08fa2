/** Every version, delete marker and unfinished upload below a prefix. */
import {
  type DeleteMarkerEntry,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type ObjectVersion as S3Version,
} from '@aws-sdk/client-s3';
import type { ObjectVersion, UnfinishedUpload } from '../../core/ports/keeping.ts';
import type { S3Context } from './context.ts';
import { paged, present } from './paging.ts';

const VERSIONS = 's3:ListBucketVersions';
const UPLOADS = 's3:ListBucketMultipartUploads';

export async function* listVersions(context: S3Context, below: string): AsyncGenerator<ObjectVersion> {
  const { client, bucket, prefix } = context;
  const what = `${prefix}${below}*`;
  const command = { Bucket: bucket, Prefix: prefix + below };
  const versionOf = (entry: S3Version | DeleteMarkerEntry, deleteMarker: boolean): ObjectVersion => ({
    key: present(entry.Key, 'Key', VERSIONS, what).slice(prefix.length),
    versionId: present(entry.VersionId, 'VersionId', VERSIONS, what),
    current: present(entry.IsLatest, 'IsLatest', VERSIONS, what),
    deleteMarker,
    lengthBytes: deleteMarker ? 0 : present((entry as S3Version).Size, 'Size', VERSIONS, what),
    lastModifiedAt: present(entry.LastModified, 'LastModified', VERSIONS, what).toISOString(),
  });
  yield* paged(
    context,
    VERSIONS,
    what,
    (marker: { KeyMarker: string; VersionIdMarker?: string } | undefined, options) =>
      client.send(new ListObjectVersionsCommand({ ...command, ...marker }), options),
    (page) => {
      const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
      const data = (page.Versions ?? []).map((entry) => versionOf(entry, false));
      const markers = (page.DeleteMarkers ?? []).map((entry) => versionOf(entry, true));
      return {
        entries: [...data, ...markers].sort(byKeyNewestFirst),
        next:
          KeyMarker === undefined
            ? undefined
            : { KeyMarker, ...(VersionIdMarker === undefined ? {} : { VersionIdMarker }) },
        truncated: page.IsTruncated ?? false,
      };
    },
  );
}

/**
 * S3 lists data and markers in one order, but the SDK hands them out as two lists. Times are whole seconds: of two
 * entries of the same second the current one is newer, else the delete marker, which is what hid the data.
 */
function byKeyNewestFirst(one: ObjectVersion, other: ObjectVersion): number {
  if (one.key !== other.key) return one.key < other.key ? -1 : 1;
  if (one.current !== other.current) return one.current ? -1 : 1;
  if (one.lastModifiedAt !== other.lastModifiedAt) return one.lastModifiedAt > other.lastModifiedAt ? -1 : 1;
  return Number(other.deleteMarker) - Number(one.deleteMarker);
}

export async function* listUploads(context: S3Context, below: string): AsyncGenerator<UnfinishedUpload> {
  const { client, bucket, prefix } = context;
  const what = `${prefix}${below}*`;
  const command = { Bucket: bucket, Prefix: prefix + below };
  yield* paged(
    context,
    UPLOADS,
    what,
    (marker: { KeyMarker: string; UploadIdMarker?: string } | undefined, options) =>
      client.send(new ListMultipartUploadsCommand({ ...command, ...marker }), options),
    (page) => {
      const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
      return {
        entries: (page.Uploads ?? []).map((upload) => ({
          key: present(upload.Key, 'Key', UPLOADS, what).slice(prefix.length),
          uploadId: present(upload.UploadId, 'UploadId', UPLOADS, what),
          startedAt: present(upload.Initiated, 'Initiated', UPLOADS, what).toISOString(),
        })),
        next:
          KeyMarker === undefined
            ? undefined
            : { KeyMarker, ...(UploadIdMarker === undefined ? {} : { UploadIdMarker }) },
        truncated: page.IsTruncated ?? false,
      };
    },
  );
}
