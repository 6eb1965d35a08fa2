/** Objects in archive classes: what S3 says of them, and asking for their return. */
import {
  type HeadObjectCommandOutput,
  type ReplicationStatus,
  RestoreObjectCommand,
  type Tier,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import type { ArchiveState, ObjectState, ReturnSpeed } from '../../core/ports/vault.ts';
import { at, type S3Context } from './context.ts';
import { nameOf, statusOf } from './errors.ts';

/** Cannot be read at once. GLACIER_IR can. */
const archiveClasses: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

const tiers: Record<ReturnSpeed, Tier> = { standard: 'Standard', bulk: 'Bulk' };

/** From the class and the header x-amz-restore: `ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"`. */
export function archiveOf(head: HeadObjectCommandOutput): ArchiveState | undefined {
  if (!archiveClasses.has(head.StorageClass ?? 'STANDARD')) return undefined;
  const restore = head.Restore ?? '';
  if (/ongoing-request="true"/.test(restore)) return { state: 'returning' };
  const until = Date.parse(/expiry-date="([^"]*)"/.exec(restore)?.[1] ?? '');
  if (Number.isNaN(until)) return { state: 'archived' };
  return { state: 'returned', until: new Date(until).toISOString() };
}

const replications: Record<ReplicationStatus, NonNullable<ObjectState['replication']>> = {
  PENDING: 'pending',
  COMPLETE: 'completed',
  COMPLETED: 'completed',
  FAILED: 'failed',
  REPLICA: 'replica',
};

export function replicationOf(head: HeadObjectCommandOutput): ObjectState['replication'] {
  return head.ReplicationStatus === undefined ? undefined : replications[head.ReplicationStatus];
}

/** S3's words for "there is nothing to do": on its way already, or in a class that is readable at once. */
const nothingToDo: ReadonlySet<string> = new Set([
  'RestoreAlreadyInProgress',
  'InvalidObjectState',
  'ObjectAlreadyInActiveTierError',
]);

/** Of an object that is back already, S3 lengthens the stay. */
export async function requestReturn(
  context: S3Context,
  key: string,
  wanted: { readonly versionId?: string; readonly days: number; readonly speed: ReturnSpeed },
): Promise<void> {
  const { client, call } = context;
  const { versionId, days, speed } = wanted;
  const command = new RestoreObjectCommand({
    ...at(context, key),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
    RestoreRequest: { Days: days, GlacierJobParameters: { Tier: tiers[speed] } },
  });
  try {
    await call('s3:RestoreObject', key, (options) => client.send(command, options));
  } catch (error) {
    if (nothingToDo.has(nameOf(error))) return;
    if (statusOf(error) !== 405) throw error;
    const message = `s3:RestoreObject: ${key}, that version is a delete marker`;
    throw new HoldfastError('OBJECT_MISSING', message, { cause: error });
  }
}
