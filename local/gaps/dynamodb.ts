/** What the local CloudFormation leaves out of a table: recovery, protection, encryption, TTL and tags. */
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  type Tag,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { Resolve } from './references.ts';
import { type Make, type Setting, settingsOf, sorted } from './setting.ts';

export function tableSettings(
  dynamodb: DynamoDBClient,
  logicalId: string,
  TableName: string,
  properties: Readonly<Record<string, unknown>>,
  resolve: Resolve,
): Setting[] {
  const table = async () => (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table;
  const known: Record<string, Make | 'by CloudFormation'> = {
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
  };
  return settingsOf(logicalId, properties, known, resolve);
}
