/** What all parts of the S3 vault share. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Call } from './client.ts';

export interface S3Context {
  readonly client: S3Client;
  readonly call: Call;
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  /** False: HeadObject does not ask for checksums, so that no right to the KMS key is needed. */
  readonly checksums?: boolean;
  /** False: the store has no tags, so none are asked for. */
  readonly tags?: boolean;
}

/** Bucket and key of an object, as every command wants them. */
export function at(context: S3Context, key: string): { Bucket: string; Key: string } {
  return { Bucket: context.bucket, Key: context.prefix + key };
}

/** `backups` and `backups/` are the same place; none is the whole bucket. */
export function folderPrefix(given: string | undefined): string {
  return given ? given.replace(/\/*$/, '/') : '';
}
