/**
 * What each function may do, and what it must never do. Read this file to see what a stolen role is worth.
 *
 * No role deletes an object or a version, changes the bucket, shortens a lock or marks for expiry. Backup opens
 * nothing: it reads no private key. Verify signs no manifest and writes only reports and its own columns.
 */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { planPk, restoreKey, verificationAttributes } from '../adapters/dynamodb/table.ts';
import type { Alerts } from './constructs/alerts.ts';
import type { Catalog } from './constructs/catalog.ts';
import type { Keys } from './constructs/keys.ts';
import type { Permission } from './constructs/runtime-function.ts';
import type { Vault } from './constructs/vault.ts';
import type { StackOptions } from './options.ts';

export interface Surroundings {
  readonly vault: Vault;
  readonly catalog: Catalog;
  readonly keys: Keys;
  readonly alerts: Alerts;
  readonly sources: StackOptions['sources'];
}

export interface Rights {
  readonly permissions: readonly Permission[];
  readonly prohibitions: readonly Permission[];
}

export function backupRights(scope: Construct, around: Surroundings): Rights {
  const { vault, catalog, keys, alerts, sources } = around;
  return {
    permissions: [
      ...writing(vault, 'plans/'),
      // It reads back what it wrote (size, checksum, tags, lock); what it could fetch is sealed to keys it lacks.
      ...looking(vault, 'plans/'),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofPlans, ofLeases]),
      changingRows(catalog, 'DeleteItem', [ofLeases]),
      keys.reading('public', 'signingBackup'),
      ...sourceSecrets(scope, sources),
      publishing(alerts),
    ],
    prohibitions: [...never(vault), ...keys.readingNothingBut('public', 'signingBackup')],
  };
}

export function verifyRights(around: Surroundings): Rights {
  const { vault, catalog, keys, alerts } = around;
  return {
    permissions: [
      ...writing(vault, 'reports/'),
      ...looking(vault, 'plans/', 'reports/'),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofPlans], verificationAttributes),
      keys.reading('public', 'private', 'signingVerify'),
      publishing(alerts),
    ],
    prohibitions: [...never(vault), ...keys.readingNothingBut('public', 'private', 'signingVerify')],
  };
}

export function restoreRights(scope: Construct, around: Surroundings): Rights {
  const { vault, catalog, keys, alerts, sources } = around;
  return {
    permissions: [
      ...looking(vault, 'plans/'),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofRestores]),
      keys.reading('public', 'private'),
      ...sourceSecrets(scope, sources),
      publishing(alerts),
    ],
    prohibitions: [
      {
        actions: ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectVersionTagging'],
        resources: [vault.objects('')],
      },
      ...never(vault),
      ...keys.readingNothingBut('public', 'private'),
    ],
  };
}

/** Marks runs as failed and tells; it touches neither vault nor keys. */
export function failuresRights(around: Surroundings): Rights {
  const { vault, catalog, keys, alerts } = around;
  return {
    permissions: [
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofPlans, ofRestores]),
      publishing(alerts),
    ],
    prohibitions: [...never(vault), ...keys.readingNothingBut()],
  };
}

/** What the deployment's look at an existing bucket needs: settings, no object. */
export function vaultCheckRights(vault: Vault): Rights {
  return {
    permissions: [
      {
        actions: [
          's3:GetBucketVersioning',
          's3:GetBucketPolicy',
          's3:GetBucketPublicAccessBlock',
          's3:GetEncryptionConfiguration',
          's3:GetLifecycleConfiguration',
          's3:GetBucketObjectLockConfiguration',
        ],
        resources: [vault.bucket.bucketArn],
      },
    ],
    prohibitions: [...never(vault)],
  };
}

function writing(vault: Vault, folder: string): Permission[] {
  const resources = [vault.objects(folder)];
  const wildcardReason = `Keys below ${folder} are named by plan, backup and attempt when a run starts.`;
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
        StringEquals: { 's3:object-lock-mode': vault.objectLock.mode },
        // A day of slack for clocks: a lock for a century would be an attack on the bill.
        NumericLessThanEquals: {
          's3:object-lock-remaining-retention-days': String(vault.objectLock.days + 1),
        },
      },
      wildcardReason,
    });
  }
  if (vault.kmsKey)
    permissions.push({ actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [vault.kmsKey.keyArn] });
  return permissions;
}

function looking(vault: Vault, ...folders: readonly string[]): Permission[] {
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
      wildcardReason: 'Keys are named by plan, backup and attempt when a run starts.',
    },
    // Without it S3 answers 403 instead of 404, and nobody could tell a missing object from a forbidden one.
    { actions: ['s3:ListBucket'], resources: [vault.bucket.bucketArn] },
  ];
  if (vault.kmsKey) permissions.push({ actions: ['kms:Decrypt'], resources: [vault.kmsKey.keyArn] });
  return permissions;
}

/**
 * For every role, forever: a deny outlives whatever a person attaches to the role later. The bucket's own policy
 * cannot say it for an existing bucket, which is never modified.
 */
function never(vault: Vault): Permission[] {
  const objects = vault.bucket.arnForObjects('*');
  return [
    {
      actions: [
        's3:DeleteObject',
        's3:DeleteObjectVersion',
        's3:DeleteObjectTagging',
        's3:DeleteObjectVersionTagging',
        's3:BypassGovernanceRetention',
        's3:PutObjectLegalHold',
      ],
      resources: [objects],
    },
    {
      actions: ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
      resources: [objects],
      conditions: { Null: { 's3:RequestObjectTag/expire': 'false' } },
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
      resources: [vault.bucket.bucketArn],
    },
  ];
}

/** Partition keys of the rows that belong to plans (their backups too), restores and leases. */
const ofPlans = planPk('*');
const ofRestores = restoreKey('*').pk;
const ofLeases = 'LEASE#*';

/** Reading rows, all of them: they hold no secret. */
function readingRows({ table, indexNames }: Catalog): Permission[] {
  return [
    { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [table.tableArn] },
    { actions: ['dynamodb:Query'], resources: indexNames.map((name) => `${table.tableArn}/index/${name}`) },
  ];
}

/**
 * Changing rows of these partitions, if need be only these attributes (wherever in the request they are named).
 * `ForAllValues` would hold for a request that names none; these actions always name a key.
 */
function changingRows(
  { table }: Catalog,
  action: 'UpdateItem' | 'DeleteItem',
  partitions: readonly string[],
  attributes?: readonly string[],
): Permission {
  return {
    actions: [`dynamodb:${action}`],
    resources: [table.tableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitions] },
      ...(attributes && { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...attributes] } }),
    },
  };
}

function publishing(alerts: Alerts): Permission {
  return { actions: ['sns:Publish'], resources: [alerts.topic.topicArn] };
}

function sourceSecrets(scope: Construct, sources: Surroundings['sources']): Permission[] {
  const stack = Stack.of(scope);
  const below = stack.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${sources.secretPrefix}*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const permissions: Permission[] = [
    {
      actions: ['secretsmanager:GetSecretValue'],
      resources: [below, ...sources.secretArns],
      wildcardReason: `Whoever adds a plan puts its secret below ${sources.secretPrefix}; no other secret can be read.`,
    },
  ];
  if (sources.kmsKeyArns.length > 0) {
    permissions.push({
      actions: ['kms:Decrypt'],
      resources: sources.kmsKeyArns,
      conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${stack.region}.amazonaws.com` } },
    });
  }
  if (sources.rdsIamUsers.length > 0) {
    const resources = sources.rdsIamUsers.map((user) =>
      stack.formatArn({
        service: 'rds-db',
        resource: 'dbuser',
        resourceName: user,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    permissions.push({ actions: ['rds-db:connect'], resources });
  }
  return permissions;
}
