/** What the local CloudFormation leaves out of a bucket: lifecycle, Object Lock, encryption, replication, tags. */
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type LifecycleRule,
  type OwnershipControls,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketReplicationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type ReplicationConfiguration,
  type ReplicationRule,
  type S3Client,
  type ServerSideEncryptionRule,
  type Tag,
} from '@aws-sdk/client-s3';
import type { Resolve } from './references.ts';
import { type Make, type Setting, settingsOf, sorted } from './setting.ts';

export function bucketSettings(
  s3: S3Client,
  logicalId: string,
  Bucket: string,
  properties: Readonly<Record<string, unknown>>,
  resolve: Resolve,
): Setting[] {
  const known: Record<string, Make | 'by CloudFormation'> = {
    BucketName: 'by CloudFormation',
    VersioningConfiguration: (wanted) => ({
      wanted,
      read: async () => ({ Status: (await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status }),
      apply: () =>
        s3.send(
          new PutBucketVersioningCommand({
            Bucket,
            VersioningConfiguration: wanted as { Status: 'Enabled' },
          }),
        ),
    }),
    PublicAccessBlockConfiguration: (wanted) => ({
      wanted,
      read: () =>
        absentAs(
          async () =>
            (await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration,
        ),
      apply: () =>
        s3.send(
          new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: wanted as object }),
        ),
    }),
    OwnershipControls: (wanted) => ({
      wanted,
      read: () =>
        absentAs(
          async () => (await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls,
        ),
      apply: () =>
        s3.send(
          new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: wanted as OwnershipControls }),
        ),
    }),
    BucketEncryption: (value) => {
      const wanted = encryptionRules(value);
      return {
        wanted,
        read: () =>
          absentAs(async () => {
            const { ServerSideEncryptionConfiguration } = await s3.send(
              new GetBucketEncryptionCommand({ Bucket }),
            );
            return ServerSideEncryptionConfiguration?.Rules;
          }),
        apply: () =>
          s3.send(
            new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: wanted } }),
          ),
      };
    },
    LifecycleConfiguration: (value) => {
      const wanted = (value as { Rules: CfnLifecycleRule[] }).Rules.map(lifecycleRule);
      return {
        wanted,
        read: () =>
          absentAs(async () => {
            const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
            return Rules?.map(withoutNeutral);
          }),
        apply: () =>
          s3.send(
            new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: wanted } }),
          ),
      };
    },
    // Part of creating the bucket on AWS; the configuration says the same.
    ObjectLockEnabled: 'by CloudFormation',
    ObjectLockConfiguration: (wanted) => ({
      wanted,
      read: () =>
        absentAs(
          async () =>
            (await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))).ObjectLockConfiguration,
        ),
      apply: () =>
        s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: wanted as object })),
    }),
    ReplicationConfiguration: (value) => {
      const wanted = replicationConfiguration(value);
      return {
        wanted,
        read: () =>
          absentAs(
            async () => (await s3.send(new GetBucketReplicationCommand({ Bucket }))).ReplicationConfiguration,
          ),
        apply: () => s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration: wanted })),
      };
    },
    Tags: (value) => {
      const wanted = sorted(value as Tag[]);
      return {
        wanted,
        read: () =>
          absentAs(async () => sorted((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet ?? [])),
        apply: () => s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: wanted } })),
      };
    },
  };
  return settingsOf(logicalId, properties, known, resolve);
}

function encryptionRules(value: unknown): ServerSideEncryptionRule[] {
  const { ServerSideEncryptionConfiguration } = value as {
    ServerSideEncryptionConfiguration: {
      ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256'; KMSMasterKeyID?: string };
      BucketKeyEnabled?: boolean;
    }[];
  };
  return ServerSideEncryptionConfiguration.map(({ ServerSideEncryptionByDefault, ...rest }) => ({
    ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault,
    // S3 answers false where nothing was said.
    BucketKeyEnabled: rest.BucketKeyEnabled ?? false,
  }));
}

interface CfnLifecycleRule {
  readonly Id: string;
  readonly Status: 'Enabled';
  readonly Prefix?: string;
  readonly TagFilters?: readonly Required<Tag>[];
  readonly ExpirationInDays?: number;
  readonly ExpiredObjectDeleteMarker?: boolean;
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
  readonly Transitions?: readonly {
    readonly StorageClass: 'DEEP_ARCHIVE';
    readonly TransitionInDays: number;
  }[];
}

/** A rule of a template in the words of the API; refuses what it would otherwise lose. */
export function lifecycleRule(rule: CfnLifecycleRule): LifecycleRule {
  const {
    Id,
    Status,
    Prefix,
    TagFilters = [],
    ExpirationInDays,
    ExpiredObjectDeleteMarker,
    NoncurrentVersionExpiration,
    AbortIncompleteMultipartUpload,
    Transitions,
    ...unknown
  } = rule;
  if (Object.keys(unknown).length > 0)
    throw new Error(`Lifecycle rule ${Id}: ${Object.keys(unknown).join(', ')} cannot be applied`);
  const [first, ...others] = TagFilters;
  return {
    ID: Id,
    Status,
    Filter:
      Prefix === undefined && others.length === 0
        ? first === undefined
          ? { Prefix: '' }
          : { Tag: first }
        : { And: { ...(Prefix !== undefined && { Prefix }), Tags: [...TagFilters] } },
    ...(ExpirationInDays !== undefined && { Expiration: { Days: ExpirationInDays } }),
    ...(ExpiredObjectDeleteMarker !== undefined && { Expiration: { ExpiredObjectDeleteMarker } }),
    ...(NoncurrentVersionExpiration && { NoncurrentVersionExpiration }),
    ...(AbortIncompleteMultipartUpload && { AbortIncompleteMultipartUpload }),
    ...(Transitions && {
      Transitions: Transitions.map(({ StorageClass, TransitionInDays }) => ({
        StorageClass,
        Days: TransitionInDays,
      })),
    }),
  };
}

/** The emulator fills in what says nothing: an empty prefix, a size above zero. */
function withoutNeutral(rule: LifecycleRule): LifecycleRule {
  if (!rule.Filter?.And) return rule;
  const { Prefix, ObjectSizeGreaterThan, ...And } = rule.Filter.And;
  return {
    ...rule,
    Filter: {
      And: { ...And, ...(Prefix && { Prefix }), ...(ObjectSizeGreaterThan && { ObjectSizeGreaterThan }) },
    },
  };
}

interface CfnReplicationRule extends Omit<ReplicationRule, 'ID'> {
  readonly Id: string;
}

/** Of a template in the words of the API, where a rule's id is spelt ID. */
function replicationConfiguration(value: unknown): ReplicationConfiguration {
  const { Role, Rules } = value as { Role: string; Rules: CfnReplicationRule[] };
  return { Role, Rules: Rules.map(({ Id, ...rule }) => ({ ID: Id, ...rule })) };
}

/** S3 answers "there is none" with an error for most configurations. */
async function absentAs<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === 404 || /NotFound|NoSuch/.test(name ?? '')) return undefined;
    throw error;
  }
}
