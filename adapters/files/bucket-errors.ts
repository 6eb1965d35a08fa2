/** What reading a source's bucket throws, in the words of a source; the S3 adapters speak of the vault. */
import { HoldfastError, hasCode } from '../../core/errors.ts';
import { nameOf, statusOf } from '../s3/errors.ts';
import type { Unread } from './origin.ts';

/** Why this one object cannot be read; undefined: it concerns the source as a whole. */
export function whyUnread(thrown: unknown, status: number | undefined): Unread | undefined {
  const name = nameOf(thrown);
  const unread = (code: Unread['code'], why: string, again = false): Unread => ({
    kind: 'unread',
    code,
    why,
    again,
  });
  if (name === 'NoSuchBucket') return undefined;
  if (name === 'InvalidObjectState')
    return unread('archived', 'it lies in an archive class, and would have to be asked for hours before');
  if (status === 404) return unread('vanished', 'it was deleted after it was listed');
  if (status === 405) return unread('vanished', 'the version that was being read is deleted');
  if (status === 412) return unread('changed', 'it changed while it was read', true);
  if (status === 416) return unread('changed', 'it became shorter while it was read', true);
  if (status === 403) return unread('unreadable', `S3 refuses it (${name}): s3:GetObject, or kms:Decrypt`);
  if (status === 400) return unread('unreadable', `S3 refuses it (${name}): a key of its own, perhaps`);
  return undefined;
}

export function bucketError(thrown: unknown, bucket: string): HoldfastError {
  const status = statusOf(thrown);
  const options = { cause: thrown };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (hasCode(thrown, 'HOST_FORBIDDEN')) return thrown;
  if (nameOf(thrown) === 'NoSuchBucket')
    return new HoldfastError('SOURCE_MISSING_OBJECT', `the bucket ${bucket} does not exist`, {
      ...options,
      next: 'Correct the name of the bucket in the plan.',
    });
  if (status === 403 || hasCode(thrown, 'VAULT_REFUSED'))
    return new HoldfastError('ACCESS_DENIED', message, {
      ...options,
      next: 'Let the backup role s3:ListBucket on the bucket and s3:GetObject on what is in it: docs/files.md.',
    });
  if (status === 301 || nameOf(thrown) === 'PermanentRedirect')
    return new HoldfastError('SOURCE_MISSING_OBJECT', `the bucket ${bucket} is in another region`, {
      ...options,
      next: 'Set region in the plan.',
    });
  return new HoldfastError('SOURCE_UNREACHABLE', message, {
    ...options,
    next: 'Check the bucket and, in a VPC, the endpoint of S3, with `holdfast plan test`.',
  });
}
