/**
 * The catalog's one table: keys, indexes, and who may touch which attribute. The CDK app, the tests and the adapter
 * share these constants, so that there is no second definition.
 *
 * | row     | pk                   | sk                    | indexes it is in                                        |
 * |---------|----------------------|-----------------------|---------------------------------------------------------|
 * | plan    | `PLAN#<planId>`      | `META`                | plans                                                   |
 * | backup  | `PLAN#<planId>`      | `BACKUP#<backupId>`   | byId; completedTiers once completed; unverified until verified |
 * | restore | `RESTORE#<restoreId>`| `META`                |                                                         |
 * | lease   | `LEASE#<hash>`       | `META`                |                                                         |
 *
 * Every read is a key or a query of one partition: nothing scans, whatever the number of rows.
 */
import { createHash } from 'node:crypto';

export const indexes = {
  /** All plans by id. One partition: 10,000 plans change far less often than its 1,000 writes a second. */
  plans: 'plans',
  /** A backup by its id alone. */
  byId: 'byId',
  /** Completed backups nobody has verified, oldest first; sparse, so it is as long as the work to do. */
  unverified: 'unverified',
  /** Completed backups of one plan and tier, by slot: the newest of each is what the choice of a tier needs. */
  completedTiers: 'completedTiers',
} as const;

const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' as const });
const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' as const });

/** In the words of CreateTable; the CDK app reads the same object. */
export const tableDefinition = {
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: [
    text('pk'),
    text('sk'),
    text('planList'),
    text('lookupId'),
    text('unverified'),
    text('unverifiedSince'),
    text('completedTier'),
  ],
  KeySchema: [hash('pk'), range('sk')],
  GlobalSecondaryIndexes: [
    {
      IndexName: indexes.plans,
      KeySchema: [hash('planList'), range('pk')],
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
  ],
};

/** The one value of an index's hash key where the index is a list. */
export const planListMark = 'PLAN';
export const unverifiedMark = 'UNVERIFIED';

/**
 * Everything that recordVerification names in its request: what the verify role's UpdateItem may be limited to with
 * the IAM condition `dynamodb:Attributes` (ForAllValues:StringEquals). IAM cannot tell an attribute that is written
 * from one that is only conditioned on, so `status` is not among them: `verifiable` says the same, set when the
 * backup completes, and it is worth nothing to whoever changes it.
 */
export const verificationAttributes = [
  'pk',
  'sk',
  'verifiable',
  'verificationStatus',
  'verificationLevel',
  'verificationReport',
  'verificationDetail',
  'verifiedAt',
  'provenAt',
  'unverified',
  'unverifiedSince',
] as const;

/** Of these, named in key or condition only, never written. */
export const verificationConditionAttributes = ['pk', 'sk', 'verifiable'] as const;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

const meta = 'META';
export const backupSkPrefix = 'BACKUP#';

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

/** Hashed: a lease is named after a secret, whose ARN alone may be as long as DynamoDB's 2,048 bytes for a key. */
export function leaseKey(name: string): Key {
  return { pk: `LEASE#${createHash('sha256').update(name).digest('hex')}`, sk: meta };
}

/** Hash key of `completedTiers`. */
export function completedTierKey(planId: string, tier: string): string {
  return `${planId}#${tier}`;
}
