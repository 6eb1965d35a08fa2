/**
 * What each function may do, and what it must never do. Read this file to see what a stolen role is worth.
 *
 * No role deletes an object or a version, changes the bucket or shortens a lock; cleanup alone marks for expiry, and
 * reads neither a backup nor a key. Backup opens no contents: it reads no private key, and an index key that opens lists
 * of files alone. Verify signs no manifest and writes
 * only reports and its own columns. Watch opens nothing and marks nothing; adopt opens, and writes only rows.
 */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { heartbeatMetric } from '../adapters/cloudwatch/heartbeat.ts';
import {
  alertKey,
  auditPk,
  leaseKey,
  planPk,
  restoreKey,
  stateKey,
  verificationAttributes,
} from '../adapters/dynamodb/table.ts';
import { cleanupLease } from '../core/cleanup/lease.ts';
import type { StateName } from '../core/state.ts';
import type { Alerts } from './constructs/alerts.ts';
import type { Catalog } from './constructs/catalog.ts';
import type { Keys } from './constructs/keys.ts';
import type { ReplicaTarget } from './constructs/replication.ts';
import type { Permission } from './constructs/runtime-function.ts';
import type { Vault } from './constructs/vault.ts';
import {
  mounting,
  neverChangingFiles,
  neverRemovingFiles,
  neverWritingFileSystem,
  readingFiles,
  restoringFiles,
} from './files-rights.ts';
import type { StackOptions } from './options.ts';

export interface Surroundings {
  readonly vault: Vault;
  readonly catalog: Catalog;
  readonly keys: Keys;
  readonly alerts: Alerts;
  readonly sources: StackOptions['sources'];
  /** Where files may be read and restored to. */
  readonly files: Pick<StackOptions, 'filesBuckets' | 'restoreBuckets' | 'fileSystem'>;
  /** Secrets of further vaults lie below. */
  readonly vaultSecretPrefix: string;
  /** KMS keys that the key ring may name as recipients. */
  readonly recipientKmsKeyArns: readonly string[];
  /** The second copy, where there is one. */
  readonly replica?: ReplicaTarget;
}

export interface Rights {
  readonly permissions: readonly Permission[];
  readonly prohibitions: readonly Permission[];
}

export function backupRights(scope: Construct, around: Surroundings): Rights {
  const { vault, catalog, keys, alerts, files } = around;
  return {
    permissions: [
      // A week of slack beyond a day: it lengthens the locks of packs that a new backup needs, too.
      ...writing(vault, 'plans/', 8),
      // It reads back what it wrote (size, checksum, tags, lock); what it could fetch is sealed to keys it lacks.
      ...looking(vault, 'plans/'),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofPlans, ofLeases]),
      changingRows(catalog, 'DeleteItem', [ofLeases]),
      keys.reading('public', 'signingBackup', 'index'),
      ...sealing(around),
      ...sourceSecrets(scope, around),
      ...readingFiles(scope, files.filesBuckets),
      ...mounting(scope, files.fileSystem, 'read'),
      publishing(alerts),
    ],
    prohibitions: [
      ...never(around),
      ...neverChangingFiles(scope, files.filesBuckets),
      ...neverWritingFileSystem(scope, files.fileSystem),
      ...keys.readingNothingBut('public', 'signingBackup', 'index'),
    ],
  };
}

export function verifyRights(scope: Construct, around: Surroundings): Rights {
  const { vault, catalog, keys, alerts } = around;
  return {
    permissions: [
      ...writing(vault, 'reports/'),
      ...looking(vault, 'plans/', 'reports/'),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofPlans], verificationAttributes),
      keys.reading('public', 'private', 'signingVerify'),
      ...sealing(around),
      ...vaultSecrets(scope, around),
      publishing(alerts),
    ],
    prohibitions: [...never(around), ...keys.readingNothingBut('public', 'private', 'signingVerify')],
  };
}

export function restoreRights(scope: Construct, around: Surroundings): Rights {
  const { vault, catalog, keys, alerts, files, replica } = around;
  return {
    permissions: [
      ...looking(vault, 'plans/'),
      // Asks archived objects back: a copy for some days beside the archived one, which stays.
      { actions: ['s3:RestoreObject'], resources: [vault.objects('plans/')], wildcardReason: namedLater },
      ...(replica === undefined ? [] : readingReplica(replica)),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofRestores]),
      keys.reading('public', 'private'),
      ...sourceSecrets(scope, around),
      ...restoringFiles(scope, files.filesBuckets, files.restoreBuckets),
      ...mounting(scope, files.fileSystem, 'write'),
      publishing(alerts),
    ],
    prohibitions: [
      noWriting(vault),
      ...never(around),
      ...neverRemovingFiles(scope, files.filesBuckets, files.restoreBuckets),
      ...keys.readingNothingBut('public', 'private'),
    ],
  };
}

/**
 * Decides what has expired and marks it: the one role that may. It looks at names, sizes and tags, not into objects;
 * a manifest's head is all that it may ask of one.
 */
export function cleanupRights(around: Surroundings, adopt: IFunction): Rights {
  const { vault, catalog, keys, alerts } = around;
  const below = [vault.objects('plans/'), vault.objects('reports/')];
  return {
    permissions: [
      {
        actions: ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
        resources: [vault.bucket.bucketArn],
      },
      {
        actions: ['s3:GetObject'],
        // And of the probe that its self-test marks.
        resources: [vault.objects('plans/*/manifest'), vault.objects('plans/self-test/')],
        wildcardReason: namedLater,
      },
      {
        actions: ['s3:AbortMultipartUpload', 's3:GetObjectTagging', 's3:GetObjectVersionTagging'],
        resources: below,
        wildcardReason: namedLater,
      },
      marking(below),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofPlans, ofAudit, ofLease(cleanupLease), ofState('cleanup')]),
      // Marks only while what justifies it still stands: the keepers of a plan are conditions of the transaction.
      changingRows(catalog, 'ConditionCheckItem', [ofPlans]),
      changingRows(catalog, 'DeleteItem', [ofLease(cleanupLease)]),
      starting(adopt),
      publishing(alerts),
    ],
    prohibitions: [...never(around, { marks: true }), ...keys.readingNothingBut()],
  };
}

/**
 * Looks whether all is well. S3 has no right for an object's state alone, so it could fetch segments: they are sealed
 * to keys that it lacks.
 */
export function watchRights(scope: Construct, around: Surroundings, reach: WatchReach): Rights {
  const { vault, catalog, keys, alerts } = around;
  const permissions: Permission[] = [
    ...looking(vault, 'plans/'),
    ...readingRows(catalog),
    changingRows(catalog, 'UpdateItem', [ofAlerts, ofLease(watchLease), ofState('watch')]),
    changingRows(catalog, 'DeleteItem', [ofLease(watchLease)]),
    keys.reading('public'),
    starting(reach.cleanup, reach.restore),
    publishing(alerts),
    { actions: ['sns:ListSubscriptionsByTopic'], resources: [alerts.topic.topicArn] },
    {
      // Of a subscription no resource can be named (service authorization reference of SNS).
      actions: ['sns:GetSubscriptionAttributes'],
      resources: ['*'],
      wildcardReason:
        'Subscriptions are no resources to IAM. It reads whether one has a filter; it could read where others of the account lead.',
    },
    { actions: ['sqs:GetQueueAttributes'], resources: [reach.unhandled.queueArn] },
    {
      actions: ['cloudwatch:DescribeAlarms'],
      resources: ['*'],
      wildcardReason: 'Alarms are described as a list; it shows their names and states and no data.',
    },
    ...lookingAtSchedules(scope, reach.planGroupName),
    {
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      // Every PutMetricData names its namespace; "if exists" is for the local AWS, which does not tell it to IAM.
      conditions: { StringEqualsIfExists: { 'cloudwatch:namespace': heartbeatMetric.namespace } },
      wildcardReason:
        'Metrics are no resources to IAM; the condition limits it to the namespace of the heartbeat.',
    },
  ];
  if (reach.deadManUrlSecret !== undefined) {
    permissions.push({
      actions: ['secretsmanager:GetSecretValue'],
      resources: [secretArn(scope, `${reach.deadManUrlSecret}-??????`)],
    });
  }
  return { permissions, prohibitions: [...never(around), ...keys.readingNothingBut('public')] };
}

export interface WatchReach {
  readonly cleanup: IFunction;
  readonly restore: IFunction;
  readonly planGroupName: string;
  /** Failures that could not be reported. */
  readonly unhandled: IQueue;
  /** Name of the secret, if there is one. */
  readonly deadManUrlSecret: string | undefined;
}

/**
 * Makes rows of manifests that no row knows: it opens manifests, pins and reports, looks whether the segments are
 * there, and writes rows of plans.
 */
export function adoptRights(around: Surroundings): Rights {
  const { vault, catalog, keys, alerts } = around;
  return {
    permissions: [
      ...looking(vault, 'plans/', 'reports/'),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofPlans]),
      keys.reading('public', 'private'),
      publishing(alerts),
    ],
    prohibitions: [noWriting(vault), ...never(around), ...keys.readingNothingBut('public', 'private')],
  };
}

/** Marks runs as failed and tells, and remembers what it told; it touches neither vault nor keys. */
export function failuresRights(around: Surroundings): Rights {
  const { catalog, keys, alerts } = around;
  return {
    permissions: [
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofPlans, ofRestores, ofAlerts]),
      publishing(alerts),
    ],
    prohibitions: [...never(around), ...keys.readingNothingBut()],
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
    prohibitions: [...never({ vault })],
  };
}

const namedLater = 'Keys are named by plan, backup and attempt when a run starts.';

/** For KMS keys that the ring may name as recipients: to seal, never to open. */
function sealing({ recipientKmsKeyArns }: Surroundings): Permission[] {
  return recipientKmsKeyArns.length === 0
    ? []
    : [{ actions: ['kms:Encrypt'], resources: recipientKmsKeyArns }];
}

function noWriting(vault: Vault): Permission {
  return {
    actions: ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectVersionTagging'],
    resources: [vault.objects('')],
  };
}

/**
 * Sets the tags of objects to what they were, with `expire=yes` or without. IAM compares no tag of the request with
 * the object's own, so a stolen role could give an object another tier: that costs money, or at worst what a mark
 * costs, which the undelete window takes back.
 */
function marking(resources: readonly string[]): Permission {
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

function readingReplica({ bucketArn, kmsKeyArn, region }: ReplicaTarget): Permission[] {
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

/** Without a version or an alias: that is how the adapters call them. */
function starting(...functions: readonly IFunction[]): Permission {
  return {
    actions: ['lambda:InvokeFunction'],
    resources: functions.map(({ functionArn }) => functionArn),
  };
}

function lookingAtSchedules(scope: Construct, group: string): Permission[] {
  const arn = (resource: string, resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'scheduler', resource, resourceName });
  const wildcardReason = 'The schedule of a plan is named after the plan, which is made at run time.';
  return [
    { actions: ['scheduler:GetSchedule'], resources: [arn('schedule', `${group}/*`)], wildcardReason },
    {
      // No resource of it can be named, whichever group is listed: https://github.com/aws/aws-cdk/issues/38201
      actions: ['scheduler:ListSchedules'],
      resources: ['*'],
      wildcardReason:
        'Scheduler lists schedules for whoever may list all of them; it shows names, no targets.',
    },
  ];
}

function secretArn(scope: Construct, resourceName: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** `slackDays`: how much longer than the vault's days it may lock; a day is for clocks. */
function writing(vault: Vault, folder: string, slackDays = 1): Permission[] {
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
function never(
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

/** Partition keys of the rows that belong to plans (their backups too), restores, leases and the rest. */
const ofPlans = planPk('*');
const ofRestores = restoreKey('*').pk;
const ofLeases = 'LEASE#*';
/** One lease alone: so watch cannot hold up cleanup for ever. */
const ofLease = (name: string) => leaseKey(name).pk;
const watchLease = 'watch';
const ofAlerts = alertKey('*').pk;
const ofAudit = auditPk('*');
const ofState = (name: StateName) => stateKey(name).pk;

/**
 * Reading rows, all of them: they hold no secret that opens anything. The dead-man URL of a plan stands there in clear
 * (docs/threat-model.md).
 */
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
  action: 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem',
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

/** Of sources, and of further vaults, which backup writes and restore reads. */
function sourceSecrets(scope: Construct, around: Surroundings): Permission[] {
  const { sources } = around;
  const stack = Stack.of(scope);
  const below = secretArn(scope, `${sources.secretPrefix}*`);
  const permissions: Permission[] = [
    {
      actions: ['secretsmanager:GetSecretValue'],
      resources: [below, ...sources.secretArns],
      wildcardReason: `Whoever adds a plan puts its secret below ${sources.secretPrefix}; no other secret can be read.`,
    },
    ...vaultSecrets(scope, around),
  ];
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

function vaultSecrets(scope: Construct, { sources, vaultSecretPrefix }: Surroundings): Permission[] {
  const { region } = Stack.of(scope);
  return [
    {
      actions: ['secretsmanager:GetSecretValue'],
      resources: [secretArn(scope, `${vaultSecretPrefix}*`)],
      wildcardReason: `Whoever adds a further vault puts its secret below ${vaultSecretPrefix}; no other secret can be read.`,
    },
    ...(sources.kmsKeyArns.length === 0
      ? []
      : [
          {
            actions: ['kms:Decrypt'],
            resources: sources.kmsKeyArns,
            conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
          },
        ]),
  ];
}
