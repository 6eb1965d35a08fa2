/** Finds the stack on AWS and puts the adapters together: the only place where commands meet AWS. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { dynamoCatalog } from '../adapters/dynamodb/catalog.ts';
import { documentClient } from '../adapters/dynamodb/store.ts';
import { s3Client } from '../adapters/s3/client.ts';
import { s3Vault } from '../adapters/s3/vault.ts';
import { eventBridgeScheduler } from '../adapters/scheduler/scheduler.ts';
import { secretsManagerSecrets } from '../adapters/secrets/secrets-manager.ts';
import { keyRing } from '../core/keys/ring.ts';
import { awsError } from './aws/errors.ts';
import { awsInspector } from './aws/inspector.ts';
import { lambdaInvoker } from './aws/invoker.ts';
import { describeStack } from './aws/stack.ts';
import { vaultFindings } from './aws/vault-findings.ts';
import type { CliContext } from './context.ts';
import { localEnvironment, readLocalState } from './local-state.ts';
import type { GlobalOptions } from './program.ts';

export type ConnectOptions = Pick<GlobalOptions, 'stack' | 'region' | 'local'>;

/** `root` is the clone's folder, for --local. Throws STACK_NOT_FOUND, ACCESS_DENIED, INVALID_INPUT (no region). */
export async function connect(options: ConnectOptions, root: string): Promise<CliContext> {
  const stackName = await chooseStack(options, root);
  const { region } = options;
  const stack = await describeStack(new CloudFormationClient({ region }), stackName);
  const s3 = s3Client({ region, endpoint: process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL });
  const secrets = secretsManagerSecrets(new SecretsManagerClient({ region, maxAttempts: 5 }));
  let caller: Promise<string> | undefined;
  return {
    stack,
    catalog: dynamoCatalog({ tableName: stack.CatalogTable, client: documentClient({ region }) }),
    scheduler: eventBridgeScheduler({
      groupName: stack.ScheduleGroup,
      backupFunctionArn: stack.BackupFunctionArn,
      roleArn: stack.ScheduleRoleArn,
      deadLetterArn: stack.ScheduleDlqArn,
      client: new SchedulerClient({ region, retryMode: 'standard', maxAttempts: 5 }),
    }),
    vault: s3Vault({ client: s3, bucket: stack.VaultBucket, prefix: stack.VaultPrefix }),
    keys: keyRing(secrets, { public: stack.SecretPublicArn, private: stack.SecretPrivateArn }),
    functions: lambdaInvoker(region),
    inspector: awsInspector(stack, region, () => vaultFindings(s3, stack)),
    caller: () => {
      caller ??= callerArn(region);
      return caller;
    },
  };
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
