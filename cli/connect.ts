/** Finds the stack on AWS and puts the adapters together: the only place where commands meet AWS. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { systemClock } from '../adapters/clock.ts';
import { stackAlarms } from '../adapters/cloudwatch/alarms.ts';
import { dynamoCatalog } from '../adapters/dynamodb/catalog.ts';
import { documentClient } from '../adapters/dynamodb/store.ts';
import { kmsKey } from '../adapters/kms/keyring.ts';
import { lambdaStarter } from '../adapters/lambda/starter.ts';
import { s3Client } from '../adapters/s3/client.ts';
import { s3Keeping } from '../adapters/s3/keeping.ts';
import { s3Vault } from '../adapters/s3/vault.ts';
import { eventBridgeScheduler } from '../adapters/scheduler/scheduler.ts';
import { secretsManagerKeyStore } from '../adapters/secrets/key-secret-store.ts';
import { secretsManagerSecrets } from '../adapters/secrets/secrets-manager.ts';
import { snsRecipients } from '../adapters/sns/recipients.ts';
import { HoldfastError } from '../core/errors.ts';
import { keyRing } from '../core/keys/ring.ts';
import type { LogReader } from '../core/ports/log-reader.ts';
import type { Vault } from '../core/ports/vault.ts';
import { awsError } from './aws/errors.ts';
import { awsInspector } from './aws/inspector.ts';
import { lambdaInvoker } from './aws/invoker.ts';
import { describeStack } from './aws/stack.ts';
import { awsTable } from './aws/table.ts';
import { vaultFindings } from './aws/vault-findings.ts';
import type { CliContext } from './context.ts';
import { localEnvironment, readLocalState } from './local-state.ts';
import type { GlobalOptions } from './program.ts';
import type { StackOutputs } from './stack.ts';

export type ConnectOptions = Pick<GlobalOptions, 'stack' | 'region' | 'local'>;

/** `root` is the clone's folder, for --local. Throws STACK_NOT_FOUND, ACCESS_DENIED, INVALID_INPUT (no region). */
export async function connect(options: ConnectOptions, root: string): Promise<CliContext> {
  const stackName = await chooseStack(options, root);
  const { region } = options;
  const stack = await outputsOf(stackName, options, root);
  const s3 = s3Client({ region, endpoint: s3Endpoint() });
  const secretsClient = new SecretsManagerClient({ region, maxAttempts: 5 });
  const bucket = { client: s3, bucket: stack.VaultBucket, prefix: stack.VaultPrefix };
  let caller: Promise<string> | undefined;
  return {
    stackName,
    stack,
    catalog: dynamoCatalog({ tableName: stack.CatalogTable, client: documentClient({ region }) }),
    table: awsTable(stack.CatalogTable, region),
    scheduler: eventBridgeScheduler({
      groupName: stack.ScheduleGroup,
      backupFunctionArn: stack.BackupFunctionArn,
      roleArn: stack.ScheduleRoleArn,
      deadLetterArn: stack.ScheduleDlqArn,
      client: new SchedulerClient({ region, retryMode: 'standard', maxAttempts: 5 }),
    }),
    vault: s3Vault({ ...bucket, ...(stack.ObjectLock && { objectLock: { mode: stack.ObjectLock.mode } }) }),
    replica: replicaOf(stack),
    links: async () => (await import('../adapters/s3/presign.ts')).s3Links(bucket),
    keeping: s3Keeping(bucket),
    keys: keyRing(
      secretsManagerSecrets(secretsClient),
      {
        public: stack.SecretPublicArn,
        private: stack.SecretPrivateArn,
        // A person signs as the operator and as nobody else: what a function says must be a function's.
        signing: { operator: stack.SecretSigningOperatorArn },
      },
      kmsKey,
    ),
    keyStore: secretsManagerKeyStore(secretsClient, {
      public: stack.SecretPublicArn,
      private: stack.SecretPrivateArn,
      'signing-backup': stack.SecretSigningBackupArn,
      'signing-verify': stack.SecretSigningVerifyArn,
      'signing-operator': stack.SecretSigningOperatorArn,
      index: stack.SecretIndexArn,
    }),
    functions: lambdaInvoker(region),
    starter: lambdaStarter({
      functions: {
        backup: stack.BackupFunction,
        verify: stack.VerifyFunction,
        restore: stack.RestoreFunction,
        cleanup: stack.CleanupFunction,
        adopt: stack.AdoptFunction,
      },
      client: new LambdaClient({ region, maxAttempts: 5 }),
    }),
    recipients: snsRecipients({
      topicArn: stack.AlertsTopicArn,
      client: new SNSClient({ region, maxAttempts: 5 }),
    }),
    alarms: alarmsOf(stack, region),
    logReader: { read: async (question) => (await logsOf(stack, region)).read(question) },
    backupParts: async () => (await import('./backup-parts.ts')).backupPartsOf(stack, secretsClient),
    createSecret: async (name, value, description) => {
      const { createSecret } = await import('./aws/create-secret.ts');
      await createSecret(secretsClient, { name, value, description });
    },
    inspector: awsInspector(stack, region, () => vaultFindings(s3, stack)),
    caller: () => {
      caller ??= callerArn(region);
      return caller;
    },
  };
}

function s3Endpoint(): string | undefined {
  return process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
}

function alarmsOf({ Alarms: alarmNames, UnhandledQueueUrl }: StackOutputs, region: string | undefined) {
  if (UnhandledQueueUrl === undefined) return undefined;
  return stackAlarms({
    alarmNames,
    unhandledQueueUrl: UnhandledQueueUrl,
    cloudWatch: new CloudWatchClient({ region, maxAttempts: 5 }),
    sqs: new SQSClient({ useQueueUrlAsEndpoint: false, region, maxAttempts: 5 }),
  });
}

async function logsOf({ LogGroups: groups }: StackOutputs, region: string | undefined): Promise<LogReader> {
  if (Object.keys(groups).length === 0) {
    throw new HoldfastError('LOG_UNAVAILABLE', 'the stack does not say where its functions log', {
      next: 'It is of an earlier release: deploy it again, or search its log groups in CloudWatch Logs for the correlation id.',
    });
  }
  const [{ cloudWatchLogReader }, { CloudWatchLogsClient }] = await Promise.all([
    import('../adapters/cloudwatch/logs.ts'),
    import('@aws-sdk/client-cloudwatch-logs'),
  ]);
  const client = new CloudWatchLogsClient({ region, maxAttempts: 5 });
  return cloudWatchLogReader({ groups, clock: systemClock, client });
}

/** For reading alone. The copy has the vault's keys, since the stack's own bucket has no prefix. */
function replicaOf(stack: StackOutputs): Vault | undefined {
  const { ReplicaBucket: bucket, ReplicaRegion: region } = stack;
  if (bucket === undefined) return undefined;
  return s3Vault({ client: s3Client({ region, endpoint: s3Endpoint() }), bucket });
}

/** The stack's outputs alone: where its API is. */
export async function stackOf(options: ConnectOptions, root: string): Promise<StackOutputs> {
  return outputsOf(await chooseStack(options, root), options, root);
}

async function outputsOf(
  stackName: string,
  { region, local }: ConnectOptions,
  root: string,
): Promise<StackOutputs> {
  const stack = await describeStack(new CloudFormationClient({ region }), stackName);
  if (!local) return stack;
  const { apiUrl, consoleUrl } = await readLocalState(root);
  return { ...stack, ApiUrl: apiUrl ?? stack.ApiUrl, ConsoleUrl: consoleUrl ?? stack.ConsoleUrl };
}

/** The stack's name; with --local the process environment is turned to the local AWS on the way. */
async function chooseStack({ stack, local }: ConnectOptions, root: string): Promise<string> {
  if (!local) return stack ?? process.env.HOLDFAST_STACK ?? 'Holdfast';
  const state = await readLocalState(root);
  for (const [name, value] of Object.entries(localEnvironment(state))) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  return stack ?? state.stackName;
}

async function callerArn(region: string | undefined): Promise<string> {
  const { Arn } = await new STSClient({ region })
    .send(new GetCallerIdentityCommand())
    .catch((thrown: unknown): never => {
      throw awsError(thrown, 'sts:GetCallerIdentity');
    });
  return (Arn ?? 'unknown').slice(0, 200);
}
