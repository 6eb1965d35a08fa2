/**
 * `npm run deploy`: puts Holdfast into the AWS account of the caller's credentials.
 *
 *     npm run deploy -- [--bootstrap] [-c holdfast.<option>=<value>]… [any argument of `cdk deploy`]
 *
 * Checks the options and the account before anything is built, builds the layers, deploys, and says what to
 * do next. Everything but the first two lines is the CDK's own doing: `cdk deploy` by hand does the same.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { InvalidInput } from '../core/errors.ts';
import { mongoLayerZip } from '../layers/mongo/build.ts';
import { builtDashboard } from '../local/build-dashboard.ts';
import { postgresLayerZip } from '../local/tools.ts';
import { parseStackOptions, type StackOptions } from './options.ts';
import { hasConsole } from './options-console.ts';
import { contextFromArguments, optionsFromContext } from './options-context.ts';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cdkProgram = join(repository, 'node_modules/aws-cdk/bin/cdk');

/** A reason to stop that the operator can mend; shown without a stack trace. */
class CannotDeploy extends Error {}

async function main(args: readonly string[]): Promise<void> {
  const bootstrap = args.includes('--bootstrap');
  const passed = args.filter((arg) => arg !== '--bootstrap');
  const { context } = JSON.parse(await readFile(join(repository, 'cdk.json'), 'utf8'));
  const options = parseStackOptions(optionsFromContext({ ...context, ...contextFromArguments(passed) }));

  const { account, region } = await caller(options);
  console.log(`Deploying stack ${options.stackName} to account ${account}, region ${region}`);
  const env = { AWS_REGION: region };
  for (const each of regionsOf(options, region)) {
    if (bootstrap) await cdk(['bootstrap', `aws://${account}/${each}`], env);
    else await requireBootstrap(each, account);
  }

  const onProgress = (line: string) => console.log(line);
  const layerPath = options.layerPath ?? (await postgresLayerZip(options.architecture, { onProgress }));
  // Before anything is deployed: what does not build is better known now.
  if (hasConsole(options) && options.console.url === undefined) await builtDashboard({ onProgress });
  const mongoLayer = options.mongodb
    ? [
        '-c',
        `holdfast.mongoLayerPath=${options.mongoLayerPath ?? (await fetchMongoTools(options, onProgress))}`,
      ]
    : [];
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-deploy-'));
  try {
    const outputsFile = join(dir, 'outputs.json');
    const given = ['-c', `holdfast.layerPath=${layerPath}`, ...mongoLayer, '--outputs-file', outputsFile];
    await cdk(['deploy', options.stackName, ...given, ...passed], env);
    // With --no-execute and the like there are none.
    const outputs = await readFile(outputsFile, 'utf8').then(JSON.parse, () => ({}));
    console.log(whatNext(options, outputs[options.stackName] ?? {}));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Who has no MongoDB need not wait for its server. */
async function fetchMongoTools(
  { architecture }: StackOptions,
  onProgress: (line: string) => void,
): Promise<string> {
  try {
    return await mongoLayerZip(architecture, { onProgress });
  } catch (cause) {
    throw new CannotDeploy(
      `MongoDB's tools cannot be had: ${(cause as Error).message}. Without a MongoDB source: -c holdfast.mongodb=false`,
      { cause },
    );
  }
}

/** Whose account it is, asked of AWS itself, and where. */
async function caller(options: StackOptions): Promise<{ account: string; region: string }> {
  const client = new STSClient({ region: options.region });
  const region = await client.config.region().catch((cause: unknown) => {
    throw new CannotDeploy('No region is set: give -c holdfast.region=eu-central-1, or set AWS_REGION.', {
      cause,
    });
  });
  const account = await client.send(new GetCallerIdentityCommand({})).then(
    ({ Account }) => Account ?? '',
    (cause: Error) => {
      throw new CannotDeploy(
        `AWS does not accept the credentials: ${cause.message}. Try \`aws sts get-caller-identity\`.`,
        {
          cause,
        },
      );
    },
  );
  if (options.account !== undefined && options.account !== account) {
    throw new CannotDeploy(`The credentials are for account ${account}, the options say ${options.account}.`);
  }
  return { account, region };
}

/** Where stacks are deployed: here, and where the bucket of a second copy is made. */
function regionsOf({ replica }: StackOptions, region: string): readonly string[] {
  return replica && replica.bucketArn === undefined ? [region, replica.region] : [region];
}

/** The CDK needs a bucket and roles of its own, once for each account and region. */
async function requireBootstrap(region: string, account: string): Promise<void> {
  try {
    await new CloudFormationClient({ region }).send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }));
  } catch (cause) {
    if ((cause as Error).name !== 'ValidationError') throw cause;
    throw new CannotDeploy(
      `Account ${account} is not prepared for the CDK in ${region}. Run this again with --bootstrap, or \`cdk bootstrap aws://${account}/${region}\` as your organisation does it.`,
    );
  }
}

function cdk(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  const child = spawn(process.execPath, [cdkProgram, ...args], {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  child.on('error', reject);
  child.on('close', (code, signal) => {
    if (code === 0) done();
    else reject(new CannotDeploy(`cdk ${args[0]} ended with ${signal ?? `exit code ${code}`}`));
  });
  return promise;
}

function whatNext(options: StackOptions, outputs: Readonly<Record<string, string>>): string {
  const topic = outputs.AlertsTopicArn ?? 'the alerts topic';
  const steps = [
    options.alertEmail
      ? `Confirm the subscription: AWS has written to ${options.alertEmail}. Until then no alert arrives.`
      : `Tell somebody: deploy again with -c holdfast.alertEmail=you@example.com, or subscribe to ${topic}.`,
    'Prove it here: npm run smoke',
    ...consoleSteps(options, outputs),
    `Store the login of a database as a secret named ${options.sources.secretPrefix}<name> (docs/configuration.md).`,
    'Say what to back up: holdfast plan apply -f plan.yaml, then holdfast backup <plan>',
    'Export the private key and keep it outside of this account: holdfast keys export, then holdfast keys prove.',
    ...replicaSteps(options, outputs),
  ];
  return ['', 'Next:', ...steps.map((step, index) => `  ${index + 1}. ${step}`)].join('\n');
}

/** Nobody is in the pool before an administrator of the account makes somebody. */
function consoleSteps(options: StackOptions, outputs: Readonly<Record<string, string>>): readonly string[] {
  const { ConsoleUrl: url = 'none', ConsoleDomain: domain = 'none' } = outputs;
  if (url === 'none') return [];
  const { domainName } = options.console;
  return [
    ...(domainName === undefined
      ? []
      : [`Lead ${domainName} to ${domain} (a CNAME, or an alias in Route 53).`]),
    `Make users and put them into their groups (docs/api.md), then open the console: ${url}/`,
  ];
}

/** What the stack cannot do for a bucket that is not its own, or for what was there before. */
function replicaSteps(
  { replica }: StackOptions,
  outputs: Readonly<Record<string, string>>,
): readonly string[] {
  if (replica === undefined) return [];
  return [
    ...(replica.bucketArn === undefined
      ? []
      : [
          `Let ${replica.bucketArn} take the copies: its policy must admit the role (docs/configuration.md).`,
        ]),
    `Copy what the vault held before: replication carries new objects only (S3 Batch Replication of ${outputs.VaultBucket ?? 'the vault'}).`,
  ];
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof InvalidInput || error instanceof CannotDeploy ? error.message : error);
  process.exitCode = 1;
}
