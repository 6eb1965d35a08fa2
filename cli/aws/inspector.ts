/** Looks at the stack's parts on AWS: StackInspector. Reads settings only, never a secret's value. */
import {
  DescribeContinuousBackupsCommand,
  type DescribeContinuousBackupsCommandOutput,
  DescribeTableCommand,
  type DescribeTableCommandOutput,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { snsRecipients } from '../../adapters/sns/recipients.ts';
import type { Recipient } from '../../core/ports/surroundings.ts';
import type { Finding, StackInspector } from '../context.ts';
import type { StackOutputs } from '../stack.ts';
import { awsError } from './errors.ts';

/** `vault` looks at the bucket: it needs the S3 client of the vault's adapter. */
export function awsInspector(
  stack: StackOutputs,
  region: string | undefined,
  vault: StackInspector['vault'],
): StackInspector {
  const dynamodb = new DynamoDBClient({ region });
  const secrets = new SecretsManagerClient({ region });
  const recipients = snsRecipients({
    topicArn: stack.AlertsTopicArn,
    client: new SNSClient({ region, maxAttempts: 5 }),
  });
  return {
    vault,
    table: () => lookAtTable(dynamodb, stack.CatalogTable),
    async secrets() {
      const named = [
        ['public', stack.SecretPublicArn],
        ['private', stack.SecretPrivateArn],
        ['signing backup', stack.SecretSigningBackupArn],
        ['signing verify', stack.SecretSigningVerifyArn],
        ['signing operator', stack.SecretSigningOperatorArn],
        ['index', stack.SecretIndexArn],
      ] as const;
      return Promise.all(named.map(([name, arn]) => lookAtSecret(secrets, name, arn)));
    },
    alerts: async () => subscriptionFindings(await recipients.list()),
  };
}

async function lookAtTable(client: DynamoDBClient, TableName: string): Promise<readonly Finding[]> {
  const [{ Table }, backups] = await Promise.all([
    client.send(new DescribeTableCommand({ TableName })),
    client.send(new DescribeContinuousBackupsCommand({ TableName })),
  ]).catch((thrown: unknown): never => {
    throw awsError(thrown, `dynamodb:DescribeTable and DescribeContinuousBackups on ${TableName}`);
  });
  return tableFindings(Table, backups.ContinuousBackupsDescription);
}

export function tableFindings(
  table: DescribeTableCommandOutput['Table'],
  backups: DescribeContinuousBackupsCommandOutput['ContinuousBackupsDescription'],
): readonly Finding[] {
  const status = table?.TableStatus ?? 'unknown';
  const pitr = backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus ?? 'DISABLED';
  const isProtected = table?.DeletionProtectionEnabled === true;
  const next = 'Deploy again with `npm run deploy`: the template sets it.';
  return [
    { name: 'table', ok: status === 'ACTIVE' || status === 'UPDATING', detail: status, next },
    { name: 'point-in-time recovery', ok: pitr === 'ENABLED', detail: pitr, next },
    { name: 'deletion protection', ok: isProtected, detail: isProtected ? 'on' : 'off', next },
  ];
}

async function lookAtSecret(client: SecretsManagerClient, name: string, SecretId: string): Promise<Finding> {
  const reply = await client.send(new DescribeSecretCommand({ SecretId })).catch((thrown: unknown): never => {
    throw awsError(thrown, `secretsmanager:DescribeSecret on ${SecretId}`);
  });
  const stages = Object.values(reply.VersionIdsToStages ?? {}).flat();
  if (reply.DeletedDate) {
    return {
      name,
      ok: false,
      detail: `is to be deleted (${reply.DeletedDate.toISOString()})`,
      next: `Keep it: aws secretsmanager restore-secret --secret-id ${SecretId}`,
    };
  }
  const filled = stages.includes('AWSCURRENT');
  return {
    name,
    ok: filled,
    detail: filled ? 'filled' : 'is empty',
    next: 'Deploy again: the first keys are made then. docs/operations.md, Keys.',
  };
}

export function subscriptionFindings(found: readonly Recipient[]): readonly Finding[] {
  if (found.length === 0) {
    const detail = 'nobody is subscribed: no alert reaches a person';
    return [
      {
        name: 'recipients',
        ok: false,
        detail,
        next: 'Set alertEmail and deploy, or subscribe to the topic.',
      },
    ];
  }
  const someone = found.some(({ confirmed, filtered }) => confirmed && !filtered);
  return found.map(({ protocol, endpoint, confirmed, filtered }) => ({
    name: protocol,
    // One that waits, or hears a part, is worth a look beside another that hears all; alone it means that nobody does.
    ok: confirmed && (!filtered || someone) ? true : someone ? undefined : false,
    detail: `${endpoint}: ${confirmed ? `confirmed${filtered ? ', with a filter' : ''}` : 'waits for its confirmation'}`,
    next: confirmed
      ? filtered && !someone
        ? 'Subscribe somebody without a filter: alarms of CloudWatch pass none.'
        : undefined
      : 'Open the message that AWS sent to it and confirm.',
  }));
}
