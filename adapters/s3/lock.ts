/**
 * Lengthening the Object Lock of what is stored. Promises: no lock ever ends earlier because of it, and nothing is
 * asked of S3 that needs the right to go around a lock.
 */
import { HeadObjectCommand, PutObjectRetentionCommand } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import type { ObjectLockOptions } from './attributes.ts';
import { at, type S3Context } from './context.ts';
import { inspect, isNothing } from './inspect.ts';

/**
 * Of the current version, one request when the lock lasts as long already, two when it does not. A lock that holds
 * keeps its mode, whatever the vault's is today: another mode would need the right to go around it.
 */
export async function extendLock(
  context: S3Context,
  key: string,
  until: string,
  objectLock: ObjectLockOptions | undefined,
): Promise<void> {
  const { client, call } = context;
  const wanted = wholeSeconds(until);
  const look = new HeadObjectCommand(at(context, key));
  const head = await call('s3:GetObject (HeadObject)', key, (options) => client.send(look, options)).catch(
    async (error: unknown): Promise<never> => {
      // Its 404 has no body: only this one can tell a missing object from a missing bucket.
      if (isNothing(error)) await inspect(context, key);
      throw error;
    },
  );
  if (objectLock === undefined) return;
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: holdsUntil, VersionId } = head;
  const holds = mode !== undefined && (holdsUntil?.getTime() ?? 0) > Date.now();
  if (holdsUntil !== undefined && holdsUntil >= wanted) return;
  const retention = new PutObjectRetentionCommand({
    ...at(context, key),
    // Of the version that was looked at: another one above it is nothing that this lock was meant for.
    ...(VersionId === undefined ? {} : { VersionId }),
    Retention: { Mode: holds ? mode : objectLock.mode, RetainUntilDate: wanted },
  });
  await call('s3:PutObjectRetention', key, (options) => client.send(retention, options));
}

/** S3 keeps whole seconds; what is asked for is never shortened by that. */
function wholeSeconds(until: string): Date {
  const ms = Date.parse(until);
  if (!Number.isNaN(ms)) return new Date(Math.ceil(ms / 1000) * 1000);
  throw new HoldfastError('INVALID_INPUT', `lock until ${JSON.stringify(until)}: must be an ISO 8601 time`);
}
