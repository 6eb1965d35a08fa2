/**
 * What each function may do, and what it must never do. Read this file to see what a stolen role is worth.
 *
 * The API and notify are in permissions-control.ts; the statements themselves in rights/.
 *
 * No role deletes an object or a version, changes the bucket or shortens a lock; cleanup alone marks for expiry, and
 * opens neither a backup nor a key. Each writes its part of the audit trail below a prefix of its own. Backup opens no
 * contents: it reads no private key, and an index key that opens lists of files alone. Verify signs no manifest and writes
 * only reports and its own columns. Watch opens nothing and marks nothing; adopt opens, and writes only rows.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { heartbeatMetric } from '../adapters/cloudwatch/heartbeat.ts';
import { verificationAttributes } from '../adapters/dynamodb/table.ts';
import { cleanupLease } from '../core/cleanup/lease.ts';
import { auditPrefix } from '../core/format/layout.ts';
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
import {
  changingRows,
  ofAlerts,
  ofAlertsOfRuns,
  ofAudit,
  ofDays,
  ofDrills,
  ofLease,
  ofLeases,
  ofPlans,
  ofRestores,
  ofState,
  ofTasks,
  readingRows,
  watchLease,
} from './rights/catalog.ts';
import { sealing, secretArn, sourceSecrets, vaultSecrets } from './rights/secrets.ts';
import {
  keepingSchedules,
  type PlanSchedules,
  publishing,
  seeingWhoHears,
  starting,
} from './rights/starting.ts';
import type { Rights, Surroundings } from './rights/surroundings.ts';
import { looking, marking, namedLater, never, noWriting, readingReplica, writing } from './rights/vault.ts';

export function backupRights(scope: Construct, around: Surroundings, notify: IFunction): Rights {
  const { vault, catalog, keys, alerts, files } = around;
  return {
    permissions: [
      // A week of slack beyond a day: it lengthens the locks of packs that a new backup needs, too.
      ...writing(vault, ['plans/', auditPrefix('backup')], 8),
      // It reads back what it wrote (size, checksum, tags, lock); what it could fetch is sealed to keys it lacks.
      ...looking(vault, 'plans/', auditPrefix('backup')),
      ...readingRows(catalog),
      // That it failed, or ended what was wrong, is on the list of alerts at once.
      changingRows(catalog, 'UpdateItem', [ofPlans, ofLeases, ofTasks, ofAudit, ...ofAlertsOfRuns]),
      changingRows(catalog, 'DeleteItem', [ofLeases]),
      keys.reading('public', 'signingBackup', 'index'),
      ...sealing(around),
      ...sourceSecrets(scope, around),
      ...readingFiles(scope, files.filesBuckets),
      ...mounting(scope, files.fileSystem, 'read'),
      starting(notify),
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

export function verifyRights(scope: Construct, around: Surroundings, notify: IFunction): Rights {
  const { vault, catalog, keys, alerts } = around;
  return {
    permissions: [
      ...writing(vault, ['reports/', auditPrefix('verify')]),
      ...looking(vault, 'plans/', 'reports/', auditPrefix('verify')),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofPlans], verificationAttributes),
      // A statement of its own: the attributes of the other would not do for these rows.
      changingRows(catalog, 'UpdateItem', [ofTasks, ofAudit, ofDrills, ofState('verification')]),
      keys.reading('public', 'private', 'signingVerify'),
      ...sealing(around),
      ...vaultSecrets(scope, around),
      starting(notify),
      publishing(alerts),
    ],
    prohibitions: [...never(around), ...keys.readingNothingBut('public', 'private', 'signingVerify')],
  };
}

export function restoreRights(scope: Construct, around: Surroundings): Rights {
  const { vault, catalog, keys, alerts, files, replica } = around;
  return {
    permissions: [
      // Reports too: for who may see them and has no key.
      ...looking(vault, 'plans/', 'reports/', auditPrefix('restore')),
      ...writing(vault, [auditPrefix('restore')]),
      // Asks archived objects back: a copy for some days beside the archived one, which stays.
      { actions: ['s3:RestoreObject'], resources: [vault.objects('plans/')], wildcardReason: namedLater },
      ...(replica === undefined ? [] : readingReplica(replica)),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofRestores, ofTasks, ofAudit]),
      keys.reading('public', 'private'),
      ...sealing(around),
      ...sourceSecrets(scope, around),
      ...restoringFiles(scope, files.filesBuckets, files.restoreBuckets),
      ...mounting(scope, files.fileSystem, 'write'),
      publishing(alerts),
    ],
    prohibitions: [
      noWriting(vault, 'restore'),
      ...never(around),
      ...neverRemovingFiles(scope, files.filesBuckets, files.restoreBuckets),
      ...keys.readingNothingBut('public', 'private'),
    ],
  };
}

/**
 * Decides what has expired and marks it: the one role that may. It looks at names, sizes and tags, not into objects;
 * a manifest's head is all that it may ask of one. It seals what it did, for the audit trail, and opens nothing.
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
      ...writing(vault, [auditPrefix('cleanup')]),
      ...looking(vault, auditPrefix('cleanup')),
      keys.reading('public'),
      ...sealing(around),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [
        ofPlans,
        ofAudit,
        ofTasks,
        ofLease(cleanupLease),
        ofState('cleanup'),
      ]),
      // Marks only while what justifies it still stands: the keepers of a plan are conditions of the transaction.
      changingRows(catalog, 'ConditionCheckItem', [ofPlans]),
      changingRows(catalog, 'DeleteItem', [ofLease(cleanupLease)]),
      starting(adopt),
      publishing(alerts),
    ],
    prohibitions: [...never(around, { marks: true }), ...keys.readingNothingBut('public')],
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
    changingRows(catalog, 'UpdateItem', [
      ofAlerts,
      ofDays,
      ofLease(watchLease),
      ofState('watch'),
      ofState('stats'),
    ]),
    changingRows(catalog, 'DeleteItem', [ofLease(watchLease)]),
    keys.reading('public'),
    starting(reach.cleanup, reach.restore),
    publishing(alerts),
    ...seeingWhoHears(alerts),
    { actions: ['sqs:GetQueueAttributes'], resources: [reach.unhandled.queueArn] },
    {
      actions: ['cloudwatch:DescribeAlarms'],
      resources: ['*'],
      wildcardReason: 'Alarms are described as a list; it shows their names and states and no data.',
    },
    // It puts back what of a plan's schedule is not as the plan says.
    ...keepingSchedules(scope, reach.schedules),
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
  readonly schedules: PlanSchedules;
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
      changingRows(catalog, 'UpdateItem', [ofPlans, ofDrills]),
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
      changingRows(catalog, 'UpdateItem', [ofPlans, ofRestores, ofAlerts, ofTasks]),
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
