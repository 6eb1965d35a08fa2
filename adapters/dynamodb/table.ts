/**
 * The catalog's one table: keys, indexes, and who may touch which attribute. The CDK app, the tests and the adapter
 * share these constants, so that there is no second definition.
 *
 * | row     | pk                    | sk                  | indexes it is in                                               |
 * |---------|-----------------------|---------------------|----------------------------------------------------------------|
 * | plan    | `PLAN#<planId>`       | `META`              | lists (`PLAN`, or `DELETED_PLAN`)                              |
 * | backup  | `PLAN#<planId>`       | `BACKUP#<backupId>` | byId, timeline; while completed: completedTiers, and unverified until verified |
 * | restore | `RESTORE#<restoreId>` | `META`              | timeline; lists (`WAITING_RESTORE`) while it waits for archived objects |
 * | task    | `TASK#<taskId>`       | `META`              |                                                                |
 * | lease   | `LEASE#<hash>`        | `META`              |                                                                |
 * | alert   | `ALERT#<conditionId>` | `META`              | timeline; lists (`OPEN_ALERT`) until it is closed              |
 * | audit   | `AUDIT#<yyyy-mm>`     | `<at>#<id>`         |                                                                |
 * | state   | `STATE#<name>`        | `META`              |                                                                |
 * | day     | `DAYS#<planId>`       | `<yyyy-mm-dd>`      |                                                                |
 * | drill   | `DRILLS#<planId>`     | `<at>#<backupId>`   | timeline                                                       |
 * | once    | `ONCE#<hash>`         | `META`              |                                                                |
 * | count   | `COUNT#<hash>`        | `META`              |                                                                |
 *
 * Tasks, days, drills, what happens once and counts have a `removeAt` (`removalAttribute`) at which DynamoDB removes them.
 *
 * Every read is a key or a query of one partition: nothing scans, whatever the number of rows.
 *
 * What a role needs for each method, on the table's ARN; `LeadingKeys` is the IAM condition `dynamodb:LeadingKeys`
 * (ForAllValues:StringLike), of the actions on the table; in a query of an index it would be the index's hash key.
 * Nothing puts an item: creating is an UpdateItem with a condition.
 *
 * | methods                                                                    | actions                        | LeadingKeys            |
 * |----------------------------------------------------------------------------|--------------------------------|------------------------|
 * | getPlan, getBackup, getRestore, getState, getTask, getAlert                | GetItem                        | of the row             |
 * | findBackup                                                                 | Query on index/byId, GetItem   | PLAN#*                 |
 * | listPlans, listWaitingRestores, listOpenAlerts                             | Query on index/lists           |                        |
 * | newestOfEachTier                                                           | Query on index/completedTiers  |                        |
 * | listUnverified                                                             | Query on index/unverified, GetItem | PLAN#*             |
 * | listBackups, listRunTimes, listTimeline of one plan                        | Query                          | PLAN#*                 |
 * | listTimeline of all plans                                                  | Query on index/timeline        | BACKUP#*               |
 * | listRestores                                                               | Query on index/timeline, GetItem | RESTORE#*            |
 * | listAlerts                                                                 | Query on index/timeline, GetItem | ALERT#*              |
 * | listDays                                                                   | Query                          | DAYS#*                 |
 * | listDrills of one plan                                                     | Query                          | DRILLS#*               |
 * | listDrills of all plans                                                    | Query on index/timeline        | DRILL#*                |
 * | listAudit                                                                  | Query                          | AUDIT#*                |
 * | putPlan, deletePlan, adoptPlan, setPaused, saveUsage                       | UpdateItem                     | PLAN#*                 |
 * | claimRun, renewRun, prepareCompletion, completeRun, failRun                | UpdateItem                     | PLAN#*                 |
 * | recordVerification, claimVerification (of `verificationAttributes` only)   | UpdateItem                     | PLAN#*                 |
 * | noteStored, saveProof (the same)                                           | UpdateItem                     | PLAN#*                 |
 * | expireBackups (a transaction)                                              | UpdateItem, ConditionCheckItem | PLAN#*                 |
 * | holdBases (a transaction)                                                  | UpdateItem                     | PLAN#*                 |
 * | noteMarked, noteMissing, noteCopy, setPin, adoptBackup                     | UpdateItem                     | PLAN#*                 |
 * | reviveBackup                                                               | GetItem, UpdateItem            | PLAN#*                 |
 * | createRestore (a transaction)                                              | UpdateItem                     | RESTORE#*, PLAN#*      |
 * | startRestore, waitRestore, progressRestore, finishRestore, requestCancel   | UpdateItem                     | RESTORE#*              |
 * | acquireLease, renewLease                                                   | UpdateItem                     | LEASE#*                |
 * | releaseLease                                                               | DeleteItem                     | LEASE#*                |
 * | createTask, finishTask                                                     | UpdateItem                     | TASK#*                 |
 * | saveAlert, acknowledgeAlert, noteDelivery                                  | UpdateItem                     | ALERT#*                |
 * | appendAudit                                                                | UpdateItem                     | AUDIT#*                |
 * | putState                                                                   | UpdateItem                     | STATE#*                |
 * | putDay                                                                     | UpdateItem                     | DAYS#*                 |
 * | saveDrill                                                                  | UpdateItem                     | DRILLS#*               |
 * | claimOnce, noteOnce                                                        | UpdateItem                     | ONCE#*                 |
 * | releaseOnce                                                                | DeleteItem                     | ONCE#*                 |
 * | countUp                                                                    | UpdateItem                     | COUNT#*                |
 */
import { createHash } from 'node:crypto';
import type { TimelineName } from '../../core/timeline.ts';

export const indexes = {
  /**
   * Rows of one kind that somebody goes through, by id (`listNames`); sparse. One partition each: 10,000 plans change
   * far less often than its 1,000 writes a second.
   */
  lists: 'lists',
  /** A backup by its id alone. */
  byId: 'byId',
  /** Completed backups nobody has verified, oldest first; sparse, so it is as long as the work to do. */
  unverified: 'unverified',
  /** Completed backups of one plan and tier, by slot: the newest of each is what the choice of a tier needs. */
  completedTiers: 'completedTiers',
  /** Backups, restores, alerts and drills of all plans by time; a partition for each month of each (core/timeline.ts). */
  timeline: 'timeline',
} as const;

/** DynamoDB removes a row when these epoch seconds have passed, within two days (TimeToLiveSpecification). */
export const removalAttribute = 'removeAt';

/** What never changes of a backup's row: in `origin`, once more. A drill has nothing but that. */
export const originColumns = [
  'slot',
  'source',
  'kind',
  'trigger',
  'createdBy',
  'tier',
  'label',
  'only',
  'keepDays',
] as const;

/**
 * What the index `timeline` has of a row beside the keys: what a list shows, and none of the notes, of which a row has
 * up to 120 KB. An index takes at most 20 attributes that are not keys, and its projection never changes: CloudFormation
 * refuses the update of a stack that has another one, and makes no new index in the place of an old one in one update.
 * So this list stays as it is, and `origin` is one map for whatever never changes of a row. Nothing that a run renews while it lives is
 * here, since each change of these is a second write, into one partition a month.
 */
export const timelineColumns = [
  'origin',
  'correlationId',
  'status',
  'attempt',
  'guard',
  'startedAt',
  'completedAt',
  'failedAt',
  'sourceBytes',
  'storedBytes',
  'expiresAt',
  'error',
  'verificationStatus',
  'verificationLevel',
  'verificationDetail',
  'verifiedAt',
  'provenAt',
  'pin',
  'missingSince',
] as const;

const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' as const });
const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' as const });

/** In the words of CreateTable; the CDK app reads the same object. */
export const tableDefinition = {
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: [
    text('pk'),
    text('sk'),
    text('listName'),
    text('lookupId'),
    text('unverified'),
    text('unverifiedSince'),
    text('completedTier'),
    text('timeline'),
    text('timelineAt'),
  ],
  KeySchema: [hash('pk'), range('sk')],
  GlobalSecondaryIndexes: [
    {
      IndexName: indexes.lists,
      KeySchema: [hash('listName'), range('pk')],
      Projection: { ProjectionType: 'ALL' as const },
    },
    {
      IndexName: indexes.byId,
      KeySchema: [hash('lookupId')],
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
    },
    {
      IndexName: indexes.unverified,
      KeySchema: [hash('unverified'), range('unverifiedSince')],
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
    },
    {
      IndexName: indexes.completedTiers,
      KeySchema: [hash('completedTier'), range('sk')],
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
    },
    {
      IndexName: indexes.timeline,
      KeySchema: [hash('timeline'), range('timelineAt')],
      Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...timelineColumns] },
    },
  ],
};

/** Hash keys of `lists`. */
export const listNames = {
  plans: 'PLAN',
  deletedPlans: 'DELETED_PLAN',
  waitingRestores: 'WAITING_RESTORE',
  openAlerts: 'OPEN_ALERT',
} as const;

/** The one value of the hash key of `unverified`. */
export const unverifiedMark = 'UNVERIFIED';

/**
 * Everything that recordVerification, noteStored and saveProof name in a request: what the verify role's UpdateItem may be limited to with
 * the IAM condition `dynamodb:Attributes` (ForAllValues:StringEquals). IAM cannot tell an attribute that is written
 * from one that is only conditioned on, so `status` is not among them: `verifiable` says the same, set when the
 * backup completes, and it is worth nothing to whoever changes it. `guard` is worth little: whoever counts it up delays
 * an expiry by a round, and whoever sets it back lets a decision through that a verification should have stopped.
 */
export const verificationAttributes = [
  'pk',
  'sk',
  'verifiable',
  'verificationStatus',
  'verificationLevel',
  'verificationReport',
  'verificationDetail',
  'verificationFigures',
  'verifiedAt',
  'provenAt',
  'unverified',
  'unverifiedSince',
  'guard',
  'storedAt',
  'proof',
] as const;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

const meta = 'META';
export const backupSkPrefix = 'BACKUP#';
/** Behind every backup: ids begin with a digit. */
export const lastBackupSk = `${backupSkPrefix}~`;

export function planPk(planId: string): string {
  return `PLAN#${planId}`;
}

export function planKey(planId: string): Key {
  return { pk: planPk(planId), sk: meta };
}

export function backupKey(planId: string, backupId: string): Key {
  return { pk: planPk(planId), sk: `${backupSkPrefix}${backupId}` };
}

export function restoreKey(restoreId: string): Key {
  return { pk: `RESTORE#${restoreId}`, sk: meta };
}

export function alertKey(conditionId: string): Key {
  return { pk: `ALERT#${conditionId}`, sk: meta };
}

/** A partition a month: never too large to be read to its end. */
export function auditPk(month: string): string {
  return `AUDIT#${month}`;
}

/** `at` with milliseconds, so that the entries of a month are in the order of their times. */
export function auditKey(at: string, id: string): Key {
  return { pk: auditPk(at.slice(0, 7)), sk: `${at}#${id}` };
}

export function stateKey(name: string): Key {
  return { pk: `STATE#${name}`, sk: meta };
}

export function taskKey(taskId: string): Key {
  return { pk: `TASK#${taskId}`, sk: meta };
}

export function daysPk(planId: string): string {
  return `DAYS#${planId}`;
}

export function dayKey(planId: string, day: string): Key {
  return { pk: daysPk(planId), sk: day };
}

export function drillsPk(planId: string): string {
  return `DRILLS#${planId}`;
}

/** `at` with milliseconds, so that drills stand in the order of their ends. */
export function drillKey(planId: string, at: string, backupId: string): Key {
  return { pk: drillsPk(planId), sk: `${at}#${backupId}` };
}

/** Hash key of `timeline`. */
export function timelinePk(list: TimelineName, month: string): string {
  return `${list}#${month}`;
}

const hashed = (name: string) => createHash('sha256').update(name).digest('hex');

/** Hashed, as it is a name from outside. */
export function onceKey(key: string): Key {
  return { pk: `ONCE#${hashed(key)}`, sk: meta };
}

export function counterKey(name: string): Key {
  return { pk: `COUNT#${hashed(name)}`, sk: meta };
}

/** Hashed: a lease is named after a secret, whose ARN alone may be as long as DynamoDB's 2,048 bytes for a key. */
export function leaseKey(name: string): Key {
  return { pk: `LEASE#${hashed(name)}`, sk: meta };
}

/** Hash key of `completedTiers`. */
export function completedTierKey(planId: string, tier: string): string {
  return `${planId}#${tier}`;
}
