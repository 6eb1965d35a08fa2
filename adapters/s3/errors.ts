/** What S3 and the network throw, as Holdfast's errors. Nothing here ever holds a credential or a body. */
import { HoldfastError } from '../../core/errors.ts';
import { certificateAdvice } from './certificate.ts';

interface S3Failure {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly attempts?: number;
    readonly requestId?: string;
  };
}

/** HTTP status of a failed call; undefined when there was no reply (reset, timeout). */
export function statusOf(error: unknown): number | undefined {
  const cause = error instanceof HoldfastError ? error.cause : error;
  return (cause as S3Failure | undefined)?.$metadata?.httpStatusCode;
}

/** S3's own name of a failure (`NoSuchUpload`); empty when there is none. */
export function nameOf(error: unknown): string {
  const cause = error instanceof HoldfastError ? error.cause : error;
  return (cause as S3Failure | undefined)?.name ?? '';
}

/**
 * - an object in an archive class: OBJECT_ARCHIVED (a 403 too)
 * - 403: VAULT_REFUSED, naming the action
 * - 404 of a key: OBJECT_MISSING; of a bucket: VAULT_REFUSED, since no waiting mends it
 * - a lock asked of a bucket that has none: VAULT_UNSUITABLE
 * - everything else: VAULT_UNAVAILABLE; of a certificate that is not accepted, with what to do about it
 */
export function fromS3(thrown: unknown, action: string, what: string): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  const failure = (thrown ?? {}) as S3Failure;
  const status = failure.$metadata?.httpStatusCode;
  const attempts = failure.$metadata?.attempts ?? 1;
  const why = [failure.code ?? failure.name, failure.message].filter(Boolean).join(': ') || String(thrown);
  const options = { cause: thrown, details: { action, key: what, status, attempts } };
  if (failure.name === 'InvalidObjectState') {
    return new HoldfastError('OBJECT_ARCHIVED', `${action}: ${what} lies in an archive class`, options);
  }
  if (status === 403)
    return new HoldfastError('VAULT_REFUSED', `${action} on ${what} was refused (${why})`, options);
  if (failure.name === 'NoSuchBucket') {
    return new HoldfastError('VAULT_REFUSED', `${action} on ${what}: the bucket does not exist`, options);
  }
  if (status === 404)
    return new HoldfastError('OBJECT_MISSING', `${action}: ${what} is not in the vault`, options);
  if (status === 400 && /object ?lock/i.test(failure.message ?? '')) {
    return new HoldfastError('VAULT_UNSUITABLE', `${action} on ${what}: ${failure.message}`, options);
  }
  const next = certificateAdvice(thrown);
  if (next !== undefined) {
    return new HoldfastError(
      'VAULT_UNAVAILABLE',
      `${action} on ${what}: the certificate of the endpoint is not accepted (${why})`,
      { ...options, next },
    );
  }
  const tried = attempts > 1 ? ` after ${attempts} attempts` : '';
  return new HoldfastError('VAULT_UNAVAILABLE', `${action} on ${what} failed${tried} (${why})`, options);
}
