/** What reading a source's bucket throws, in the words of a source; the S3 adapters speak of the vault. */
import { HoldfastError, hasCode } from '../../core/errors.ts';
import { certificateAdvice } from '../s3/certificate.ts';
import { nameOf, statusOf } from '../s3/errors.ts';
import type { Unread } from './origin.ts';

export const vanished: Unread = {
  kind: 'unread',
  code: 'vanished',
  why: 'it was deleted after it was listed',
  again: false,
};

/** Keys, tokens, clocks, throttles: what S3 refuses with these it refuses of every object, whichever it was asked for. */
const ofThePlace: ReadonlySet<string> = new Set([
  'NoSuchBucket',
  'AccountProblem',
  'AllAccessDisabled',
  'AuthorizationHeaderMalformed',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidSecurity',
  'InvalidToken',
  'MissingSecurityHeader',
  'NotSignedUp',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'RequestTimeout',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
]);
const throttled = /throttl|slowdown|toomanyrequests|requestlimit|bandwidthlimit/i;
const unavailable: ReadonlySet<string> = new Set(['NoSuchBucket', 'RequestTimeout']);

function concernsAll(name: string): boolean {
  // A key of KMS that is disabled or being deleted.
  return ofThePlace.has(name) || name.startsWith('KMS.') || throttled.test(name);
}

/** Why this one object cannot be read; undefined: it concerns the source as a whole. */
export function whyUnread(thrown: unknown, status: number | undefined): Unread | undefined {
  const name = nameOf(thrown);
  const unread = (code: Unread['code'], why: string, again = false): Unread => ({
    kind: 'unread',
    code,
    why,
    again,
  });
  if (concernsAll(name)) return undefined;
  if (name === 'InvalidObjectState')
    return unread('archived', 'it lies in an archive class, and would have to be asked for hours before');
  if (status === 404) return vanished;
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
  const next = certificateAdvice(hasCode(thrown, 'VAULT_UNAVAILABLE') ? thrown.cause : thrown);
  if (next !== undefined) return new HoldfastError('SOURCE_TLS', message, { ...options, next });
  const name = nameOf(thrown);
  if (name.startsWith('KMS.'))
    return new HoldfastError('ACCESS_DENIED', message, {
      ...options,
      next: 'Enable the KMS key that the objects are encrypted with, or cancel its deletion.',
    });
  if (ofThePlace.has(name) && !unavailable.has(name))
    return new HoldfastError('ACCESS_DENIED', message, {
      ...options,
      next: "Renew the keys in the source's secret and look at the clock of where the backup runs; without a secret, at its role.",
    });
  if ((status === 403 && !concernsAll(name)) || (hasCode(thrown, 'VAULT_REFUSED') && !concernsAll(name)))
    return new HoldfastError('ACCESS_DENIED', message, {
      ...options,
      next: 'Name the bucket in the stack option filesBuckets and deploy; of another account, its policy must allow s3:ListBucket and s3:GetObject: docs/files.md.',
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
