/**
 * Pre-signed links to objects of the vault, each pinned to a version. A link ends with its time, or earlier with the
 * session of the role that signed it.
 */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { InvalidInput } from '../../core/errors.ts';
import type { ObjectLinks } from '../../core/ports/links.ts';
import { folderPrefix } from './context.ts';
import { fromS3 } from './errors.ts';

export interface S3LinksOptions {
  /** Made by `s3Client`: with other checksum settings a link would ask for headers that nobody sends. */
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix?: string | undefined;
}

const mostSeconds = 3600;

export function s3Links({ client, bucket, prefix }: S3LinksOptions): ObjectLinks {
  const below = folderPrefix(prefix);
  return {
    async linkTo(key, { versionId, seconds }) {
      if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= mostSeconds)) {
        const allowed = `a whole number from 1 to ${mostSeconds}`;
        throw new InvalidInput('link', [{ field: 'seconds', value: String(seconds), allowed }]);
      }
      const version = versionId === undefined ? {} : { VersionId: versionId };
      const command = new GetObjectCommand({ Bucket: bucket, Key: below + key, ...version });
      try {
        return await getSignedUrl(client, command, { expiresIn: seconds });
      } catch (thrown) {
        throw fromS3(thrown, 's3:GetObject', key);
      }
    },
  };
}
