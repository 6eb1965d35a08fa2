/** Calls to the bucket of a target; the S3 adapters speak of the vault, and so do their errors. */
import type { S3Client } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import { certificateAdvice } from '../s3/certificate.ts';
import type { Call } from '../s3/client.ts';

export interface BucketPlace {
  readonly client: S3Client;
  readonly call: Call;
  readonly bucket: string;
  /** Empty, or ends with a slash (or as the source's prefix does). */
  readonly prefix: string;
}

/** What S3 said of the object besides its content, in the members of the commands that create one. */
export interface Described {
  readonly ContentType?: string;
  readonly ContentEncoding?: string;
  readonly ContentDisposition?: string;
  readonly ContentLanguage?: string;
  readonly CacheControl?: string;
  readonly Expires?: Date;
  readonly Metadata?: Record<string, string>;
}

/** A call whose failures are told as those of a target, not of the vault. */
export async function asked<T extends { readonly $metadata?: { readonly attempts?: number } }>(
  { call }: Pick<BucketPlace, 'call'>,
  action: string,
  what: string,
  signal: AbortSignal,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  try {
    return await call(action, what, send, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw ofTarget(thrown, action, what);
  }
}

function ofTarget(thrown: unknown, action: string, what: string): unknown {
  if (!(thrown instanceof HoldfastError)) return thrown;
  const options = { cause: thrown, details: thrown.details };
  const { status } = thrown.details;
  if (status === 403)
    return new HoldfastError('ACCESS_DENIED', `${action} on ${what} in the target was refused`, {
      ...options,
      next: `Allow ${action} on the target to the role of the restore, or restore from the command line with rights of your own.`,
    });
  if (thrown.code === 'VAULT_REFUSED') return new HoldfastError('TARGET_UNSUITABLE', thrown.message, options);
  return new HoldfastError('RESTORE_FAILED', `the target: ${thrown.message}`, {
    ...options,
    next: certificateAdvice(thrown.cause) ?? 'Look at the bucket of the target, then restore again.',
  });
}

/** What the SDK threw, below our own errors. */
export function causeOf(thrown: unknown): unknown {
  return thrown instanceof HoldfastError && thrown.cause instanceof HoldfastError ? thrown.cause : thrown;
}
