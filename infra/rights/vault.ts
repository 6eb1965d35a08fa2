/** What a function may do with objects of the vault, and what no function ever may. */
import { type AuditWriter, auditPrefix, auditWriters } from '../../core/format/layout.ts';
import type { ReplicaTarget } from '../constructs/replication.ts';
import type { Permission } from '../constructs/runtime-function.ts';
import type { Vault } from '../constructs/vault.ts';
import type { Surroundings } from './surroundings.ts';

export const namedLater = 'Keys are named by plan, backup, attempt or time when a run starts.';

/** Nowhere, but for the writer's own part of the audit trail where it has one. */
export function noWriting(vault: Vault, writer?: AuditWriter): Permission {
  const others = auditWriters.filter((each) => each !== writer).map((each) => auditPrefix(each));
  const folders = writer === undefined ? [''] : ['plans/', 'reports/', ...others];
  return {
    actions: ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectVersionTagging'],
    resources: folders.map((folder) => vault.objects(folder)),
  };
}

/**
 * Sets the tags of objects to what they were, with `expire=yes` or without. IAM compares no tag of the request with
 * the object's own, so a stolen role could give an object another tier: that costs money, or at worst what a mark
 * costs, which the undelete window takes back.
 */
export function marking(resources: readonly string[]): Permission {
  return {
    actions: ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
    resources,
    conditions: {
      'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['role', 'tier', 'plan', 'expire'] },
      StringEqualsIfExists: { 's3:RequestObjectTag/expire': 'yes' },
    },
    wildcardReason: namedLater,
  };
}

export function readingReplica({ bucketArn, kmsKeyArn, region }: ReplicaTarget): Permission[] {
  const permissions: Permission[] = [
    {
      actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectTagging', 's3:GetObjectRetention'],
      resources: [`${bucketArn}/plans/*`],
      wildcardReason: namedLater,
    },
    { actions: ['s3:RestoreObject'], resources: [`${bucketArn}/plans/*`], wildcardReason: namedLater },
    { actions: ['s3:ListBucket'], resources: [bucketArn] },
  ];
  if (kmsKeyArn !== undefined) {
    permissions.push({
      actions: ['kms:Decrypt'],
      resources: [kmsKeyArn],
      conditions: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
    });
  }
  return permissions;
}

/** `slackDays`: how much longer than the vault's days it may lock; a day is for clocks. */
export function writing(vault: Vault, folders: readonly string[], slackDays = 1): Permission[] {
  const resources = folders.map((folder) => vault.objects(folder));
  const wildcardReason = namedLater;
  const permissions: Permission[] = [
    { actions: ['s3:PutObject', 's3:AbortMultipartUpload'], resources, wildcardReason },
    {
      // The conditions stand here, since on PutObject they would break multipart uploads. What has its tags keeps
      // them: a changed tier would send old objects to another storage class, or under a ceiling.
      actions: ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
      resources,
      conditions: { Null: { 's3:RequestObjectTag/expire': 'true', 's3:ExistingObjectTag/role': 'true' } },
      wildcardReason,
    },
  ];
  if (vault.objectLock) {
    permissions.push({
      actions: ['s3:PutObjectRetention'],
      resources,
      conditions: {
        // Both: what an earlier deployment locked in the other mode is lengthened in that mode.
        // S3 always gives these keys with the request; IfExists is for stores that only imitate it.
        StringEqualsIfExists: { 's3:object-lock-mode': ['GOVERNANCE', 'COMPLIANCE'] },
        // A lock for a century would be an attack on the bill.
        NumericLessThanEqualsIfExists: {
          's3:object-lock-remaining-retention-days': String(vault.objectLock.days + slackDays),
        },
      },
      wildcardReason,
    });
  }
  if (vault.kmsKey)
    permissions.push({ actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [vault.kmsKey.keyArn] });
  return permissions;
}

export function looking(vault: Vault, ...folders: readonly string[]): Permission[] {
  const permissions: Permission[] = [
    {
      actions: [
        's3:GetObject',
        's3:GetObjectVersion',
        's3:GetObjectTagging',
        's3:GetObjectVersionTagging',
        's3:GetObjectRetention',
      ],
      resources: folders.map((folder) => vault.objects(folder)),
      wildcardReason: namedLater,
    },
    // Without it S3 answers 403 instead of 404, and nobody could tell a missing object from a forbidden one.
    { actions: ['s3:ListBucket'], resources: [vault.bucket.bucketArn] },
  ];
  if (vault.kmsKey) permissions.push({ actions: ['kms:Decrypt'], resources: [vault.kmsKey.keyArn] });
  return permissions;
}

/**
 * For every role, forever: a deny outlives whatever a person attaches to the role later. The bucket's own policy
 * cannot say it for an existing bucket, which is never modified. Cleanup alone is exempt from the deny of marks.
 */
export function never(
  { vault, replica }: Pick<Surroundings, 'vault' | 'replica'>,
  { marks = false }: { readonly marks?: boolean } = {},
): Permission[] {
  const buckets = [vault.bucket.bucketArn, ...(replica === undefined ? [] : [replica.bucketArn])];
  const objects = buckets.map((arn) => `${arn}/*`);
  const prohibitions: Permission[] = [
    {
      actions: [
        's3:DeleteObject',
        's3:DeleteObjectVersion',
        's3:DeleteObjectTagging',
        's3:DeleteObjectVersionTagging',
        's3:BypassGovernanceRetention',
        's3:PutObjectLegalHold',
      ],
      resources: objects,
    },
    {
      actions: [
        's3:DeleteBucket',
        's3:DeleteBucketPolicy',
        's3:PutBucketPolicy',
        's3:PutBucketVersioning',
        's3:PutLifecycleConfiguration',
        's3:PutBucketObjectLockConfiguration',
        's3:PutBucketPublicAccessBlock',
        's3:PutBucketOwnershipControls',
        's3:PutReplicationConfiguration',
      ],
      resources: buckets,
    },
  ];
  if (!marks) {
    prohibitions.push({
      actions: ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
      resources: objects,
      conditions: { Null: { 's3:RequestObjectTag/expire': 'false' } },
    });
  }
  if (replica !== undefined) {
    // Only S3 writes there.
    prohibitions.push({
      actions: ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectVersionTagging'],
      resources: [`${replica.bucketArn}/*`],
    });
  }
  return prohibitions;
}
