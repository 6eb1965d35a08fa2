/** Makes the catalog's table again when it was deleted: under the name that the stack knows, as the stack made it. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { removalAttribute, tableDefinition } from '../../adapters/dynamodb/table.ts';
import type { TableMaker } from '../context.ts';
import { awsError, isNamed } from './errors.ts';

/** A table with five indexes is ready within half a minute. */
const readyWithinSeconds = 300;

export function awsTable(tableName: string, region: string | undefined): TableMaker {
  const client = new DynamoDBClient({ region, maxAttempts: 5 });
  return {
    async exists() {
      try {
        await client.send(new DescribeTableCommand({ TableName: tableName }));
        return true;
      } catch (thrown) {
        if (isNamed(thrown, 'ResourceNotFoundException')) return false;
        throw awsError(thrown, `dynamodb:DescribeTable on ${tableName}`);
      }
    },
    async create() {
      try {
        await client.send(
          new CreateTableCommand({
            TableName: tableName,
            ...tableDefinition,
            DeletionProtectionEnabled: true,
            // The account's own KMS key, as infra/constructs/catalog.ts says it.
            SSESpecification: { Enabled: true, SSEType: 'KMS' },
          }),
        );
        await waitUntilTableExists({ client, maxWaitTime: readyWithinSeconds }, { TableName: tableName });
        await client.send(
          new UpdateContinuousBackupsCommand({
            TableName: tableName,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        );
        await client.send(
          new UpdateTimeToLiveCommand({
            TableName: tableName,
            TimeToLiveSpecification: { AttributeName: removalAttribute, Enabled: true },
          }),
        );
      } catch (thrown) {
        throw awsError(thrown, `dynamodb:CreateTable on ${tableName}`);
      }
    },
  };
}
