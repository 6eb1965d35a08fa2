/**
 * Applies by API what the local AWS's CloudFormation silently ignores: a bucket's lifecycle, Object Lock, encryption
 * and tags, a table's recovery, protection, encryption, TTL and tags. What is wanted comes from the synthesised
 * template and from nowhere else, and each setting is read back and compared.
 *
 * A property that neither the emulator nor this module knows is an error: nothing of the template goes missing quietly.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTagsOfResourceCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type LifecycleRule,
  type OwnershipControls,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type ServerSideEncryptionRule,
  type Tag,
} from '@aws-sdk/client-s3';
import type { NodeHttpHandler } from '@smithy/node-http-handler';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** What every client of the local AWS needs. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler: NodeHttpHandler;
}

export interface TemplateGapsOptions {
  readonly resources: Readonly<Record<string, TemplateResource>>;
  /** Names as deployed, by logical id. */
  readonly physicalIds: Readonly<Record<string, string>>;
  readonly client: ClientConfig;
}

export interface AppliedSetting {
  /** `Vault/Bucket: LifecycleConfiguration` */
  readonly what: string;
  /** False when it was so already. */
  readonly changed: boolean;
}

/** One property of one resource: how to see it and how to set it, both in the API's words. */
interface Setting {
  readonly what: string;
  readonly wanted: unknown;
  read(): Promise<unknown>;
  apply(): Promise<unknown>;
}

/** Throws when a setting does not stick, with what was wanted and what was found. */
export async function applyTemplateGaps(options: TemplateGapsOptions): Promise<readonly AppliedSetting[]> {
  const s3 = new S3Client({ ...options.client, forcePathStyle: true });
  const dynamodb = new DynamoDBClient(options.client);
  try {
    const settings = Object.entries(options.resources).flatMap(([logicalId, { Type, Properties = {} }]) => {
      const physicalId = options.physicalIds[logicalId] ?? '';
      if (Type === 'AWS::S3::Bucket') return bucketSettings(s3, logicalId, physicalId, Properties);
      if (Type === 'AWS::DynamoDB::Table') return tableSettings(dynamodb, logicalId, physicalId, Properties);
      return [];
    });
    const applied: AppliedSetting[] = [];
    // One after the other: tables refuse a change while another is under way.
    for (const setting of settings) applied.push({ what: setting.what, changed: await ensure(setting) });
    return applied;
  } finally {
    s3.destroy();
    dynamodb.destroy();
  }
}

async function ensure(setting: Setting): Promise<boolean> {
  if (isDeepStrictEqual(await setting.read(), setting.wanted)) return false;
  await setting.apply();
  const found = await setting.read();
  if (isDeepStrictEqual(found, setting.wanted)) return true;
  throw new Error(
    `${setting.what} did not stick: the template says ${JSON.stringify(setting.wanted)}, the local AWS ${JSON.stringify(found)}`,
  );
}

type Make = (value: unknown) => Omit<Setting, 'what'>;

function settingsOf(
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
  known: Record<string, Make | 'by CloudFormation'>,
): Setting[] {
  return Object.entries(properties).flatMap(([name, value]) => {
    const make = known[name];
    if (make === undefined)
      throw new Error(`${logicalId}.${name}: the local deployment does not know whether it arrives`);
    if (make === 'by CloudFormation') return [];
    return [{ what: `${logicalId}.${name}`, ...make(literal(value, `${logicalId}.${name}`)) }];
  });
}

/** These properties are plain values in Holdfast's template; a reference would need CloudFormation to resolve it. */
function literal(value: unknown, what: string): unknown {
  if (/"(?:Ref|Fn::\w+)":/.test(JSON.stringify(value)))
    throw new Error(`${what} holds a reference: ${JSON.stringify(value)}`);
  return value;
}

function bucketSettings(
  s3: S3Client,
  logicalId: string,
  Bucket: string,
  properties: Readonly<Record<string, unknown>>,
): Setting[] {
  return settingsOf(logicalId, properties, {
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
    Tags: (value) => {
      const wanted = sorted(value as Tag[]);
      return {
        wanted,
        read: () =>
          absentAs(async () => sorted((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet ?? [])),
        apply: () => s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: wanted } })),
      };
    },
  });
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
      first === undefined
        ? { Prefix: '' }
        : others.length === 0
          ? { Tag: first }
          : { And: { Tags: [...TagFilters] } },
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

function tableSettings(
  dynamodb: DynamoDBClient,
  logicalId: string,
  TableName: string,
  properties: Readonly<Record<string, unknown>>,
): Setting[] {
  const table = async () => (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table;
  return settingsOf(logicalId, properties, {
    TableName: 'by CloudFormation',
    KeySchema: 'by CloudFormation',
    AttributeDefinitions: 'by CloudFormation',
    GlobalSecondaryIndexes: 'by CloudFormation',
    BillingMode: 'by CloudFormation',
    PointInTimeRecoverySpecification: (value) => {
      const wanted = (value as { PointInTimeRecoveryEnabled: boolean }).PointInTimeRecoveryEnabled;
      return {
        wanted,
        read: async () => {
          const { ContinuousBackupsDescription } = await dynamodb.send(
            new DescribeContinuousBackupsCommand({ TableName }),
          );
          return (
            ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus ===
            'ENABLED'
          );
        },
        apply: () =>
          dynamodb.send(
            new UpdateContinuousBackupsCommand({
              TableName,
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: wanted },
            }),
          ),
      };
    },
    DeletionProtectionEnabled: (wanted) => ({
      wanted,
      read: async () => (await table())?.DeletionProtectionEnabled,
      apply: () =>
        dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: wanted as boolean })),
    }),
    SSESpecification: (value) => {
      const wanted = (value as { SSEEnabled: boolean }).SSEEnabled;
      return {
        wanted,
        read: async () => (await table())?.SSEDescription?.Status === 'ENABLED',
        apply: () =>
          dynamodb.send(
            new UpdateTableCommand({ TableName, SSESpecification: { Enabled: wanted, SSEType: 'KMS' } }),
          ),
      };
    },
    TimeToLiveSpecification: (value) => {
      const { AttributeName, Enabled } = value as { AttributeName: string; Enabled: boolean };
      return {
        wanted: { AttributeName, Enabled },
        read: async () => {
          const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
          return {
            AttributeName: TimeToLiveDescription?.AttributeName,
            Enabled: /^ENABL/.test(TimeToLiveDescription?.TimeToLiveStatus ?? ''),
          };
        },
        apply: () =>
          dynamodb.send(
            new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }),
          ),
      };
    },
    Tags: (value) => {
      const wanted = sorted(value as Tag[]);
      const arn = async () => (await table())?.TableArn ?? '';
      return {
        wanted,
        read: async () =>
          sorted(
            (await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: await arn() }))).Tags ?? [],
          ),
        apply: async () =>
          dynamodb.send(
            new TagResourceCommand({ ResourceArn: await arn(), Tags: wanted as Required<Tag>[] }),
          ),
      };
    },
  });
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

/** Without the tags that CloudFormation adds itself. */
function sorted(tags: readonly { Key?: string; Value?: string }[]): { Key: string; Value: string }[] {
  return tags
    .map(({ Key = '', Value = '' }) => ({ Key, Value }))
    .filter(({ Key }) => !Key.startsWith('aws:'))
    .sort((a, b) => a.Key.localeCompare(b.Key));
}
