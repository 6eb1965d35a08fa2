/**
 * Deploys the CDK app as it is to the local AWS: synthesised and deployed by the CDK's own tools, then completed with
 * what the emulator's CloudFormation ignores (template-gaps.ts). An unchanged app is not deployed again.
 */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { localMongoLayerZip } from '../layers/mongo/build.ts';
import { LOCAL_DIR } from '../layers/tools-dir.ts';
import { readAssembly, type SynthesisedStack } from './assembly.ts';
import { mongoToolsRoot } from './mongo/tools.ts';
import { type AppliedSetting, applyTemplateGaps, type ClientConfig } from './template-gaps.ts';
import { hostArch } from './tools.ts';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The emulator's only account. */
const ACCOUNT = '000000000000';
const DEPLOY_TIMEOUT_MS = 10 * 60_000;
const ERROR_LINES = 40;

export interface LocalDeployOptions {
  /** As `startEmulator` returns it. */
  readonly emulator: { readonly endpoint: string; readonly env: Readonly<Record<string, string>> };
  /** Keeps the synthesised app and what was deployed last, for the next time. */
  readonly workDir: string;
  /** Options of the stack (infra/options.ts); the architecture is this machine's. Default: all defaults. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The emulator enforces IAM: deploy with the caller's credentials instead of the bootstrap roles. Default false. */
  readonly auth?: boolean;
  /** Module that synthesises. Default: infra/bin/app.ts, which cdk.json starts. */
  readonly app?: string;
  readonly onProgress?: (line: string) => void;
}

export interface LocalDeployment {
  readonly stackName: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** False when the template was deployed already. */
  readonly changed: boolean;
  /** What was applied and read back beyond CloudFormation. */
  readonly settings: readonly AppliedSetting[];
  readonly seconds: {
    readonly synth: number;
    readonly deploy: number;
    readonly settings: number;
    readonly total: number;
  };
}

/** Throws with the end of the CDK's output when synthesis or deployment fails. */
export async function deployLocal(options: LocalDeployOptions): Promise<LocalDeployment> {
  const progress = options.onProgress ?? (() => {});
  const started = performance.now();
  const seconds = (since: number) => Math.round((performance.now() - since) / 10) / 100;
  await mkdir(options.workDir, { recursive: true });
  const cdk = new Cdk(options);
  const config = clientConfig(options.emulator);
  const client = new CloudFormationClient(config);
  try {
    progress('describing the stack');
    // Side by side: neither needs the other, and both are mostly start-up.
    const [synth] = await Promise.all([
      cdk.synthesise().then(() => seconds(started)),
      cdk.bootstrapOnce(config, config.region),
    ]);
    const stacks = await readAssembly(cdk.assembly);
    const main = stacks.find(({ region }) => region === config.region);
    if (!main) throw new Error(`The app has no stack in ${config.region}`);

    const deployStarted = performance.now();
    const record = join(options.workDir, 'deployed.json');
    const known = await lastDeployed(record);
    const changed = (await marksOf(stacks, config)) !== known;
    if (changed) {
      progress(`deploying ${stacks.map(({ stackName }) => `stack ${stackName}`).join(', ')}`);
      await rm(record, { force: true });
      for (const { region } of stacks) if (region !== config.region) await cdk.bootstrapOnce(config, region);
      await cdk.deploy();
    }
    const outputs = await stackOutputs(client, main.stackName);
    const deploy = seconds(deployStarted);

    progress('applying what the local CloudFormation leaves out');
    const settingsStarted = performance.now();
    const settings: AppliedSetting[] = [];
    // In the order of their dependencies: replication wants its bucket whole.
    for (const stack of stacks) settings.push(...(await applyGaps(stack, config)));
    await writeFile(record, JSON.stringify(await marksOf(stacks, config)));
    return {
      stackName: main.stackName,
      outputs,
      changed,
      settings,
      seconds: { synth, deploy, settings: seconds(settingsStarted), total: seconds(started) },
    };
  } finally {
    client.destroy();
  }
}

/** The CDK's programs, run against the emulator and nothing else. */
class Cdk {
  readonly assembly: string;
  private readonly options: LocalDeployOptions;
  private readonly env: Record<string, string>;

  constructor(options: LocalDeployOptions) {
    this.options = options;
    this.assembly = join(resolve(options.workDir), 'cdk.out');
    this.env = {
      ...hostEnv(),
      ...options.emulator.env,
      // The CDK is large, and is started several times for each deployment.
      NODE_COMPILE_CACHE: join(LOCAL_DIR, 'compiled'),
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DEFAULT_ACCOUNT: ACCOUNT,
      CDK_DEFAULT_REGION: regionOf(options.emulator.env),
    };
  }

  /** What `cdk synth` does, without starting the command line for it. */
  async synthesise(): Promise<void> {
    const { context } = JSON.parse(await readFile(join(repository, 'cdk.json'), 'utf8'));
    const { api, ...given } = this.options.options ?? {};
    const holdfast = {
      ...context.holdfast,
      architecture: hostArch(),
      ...(await mongoOptions(this.options)),
      synthesizer: this.options.auth ? 'credentials' : 'bootstrap-roles',
      // Nothing serves pages on the local AWS: who wants them says where they are (local/console/).
      console: { enabled: false },
      ...given,
      // The emulator has neither these pages nor a word for their looks.
      api: { ...context.holdfast.api, managedLogin: false, ...(api as object | undefined) },
    };
    await rm(this.assembly, { recursive: true, force: true });
    await this.run([this.options.app ?? join(repository, 'infra/bin/app.ts')], {
      CDK_OUTDIR: this.assembly,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, holdfast }),
    });
  }

  /** Makes the CDK's own bucket and roles in a region, if they are not there. */
  async bootstrapOnce(config: ClientConfig, region: string): Promise<void> {
    if (await describeStack(new CloudFormationClient({ ...config, region }), 'CDKToolkit')) return;
    await this.cdk('bootstrap', `aws://${ACCOUNT}/${region}`);
  }

  deploy(): Promise<void> {
    return this.cdk(
      'deploy',
      '--all',
      '--app',
      this.assembly,
      '--require-approval',
      'never',
      '--method',
      'direct',
    );
  }

  private cdk(...args: string[]): Promise<void> {
    return this.run([join(repository, 'node_modules/aws-cdk/bin/cdk'), ...args, '--no-notices', '--ci']);
  }

  private run(args: readonly string[], env: Record<string, string> = {}): Promise<void> {
    const { promise, resolve: done, reject } = Promise.withResolvers<void>();
    const child = spawn(process.execPath, args, {
      // Not the repository: there the CDK would find cdk.json and describe the app again, to no purpose.
      cwd: this.options.workDir,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: DEPLOY_TIMEOUT_MS,
    });
    const lines: string[] = [];
    const keep = (chunk: Buffer) => {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      lines.splice(0, Math.max(0, lines.length - ERROR_LINES));
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return done();
      const what = args.map((arg) => arg.replace(`${repository}/`, '')).join(' ');
      reject(new Error(`${what} ended with ${signal ?? `exit code ${code}`}:\n${lines.join('\n')}`));
    });
    return promise;
  }
}

/** The tools of this machine instead of MongoDB's own archive, which is for deployments; none where it has none. */
async function mongoOptions({ options = {}, onProgress }: LocalDeployOptions): Promise<object> {
  if ('mongodb' in options || 'mongoLayerPath' in options) return {};
  const mongoRoot = await mongoToolsRoot({ onProgress });
  const mongoLayerPath = mongoRoot === undefined ? undefined : await localMongoLayerZip(mongoRoot);
  return mongoLayerPath === undefined ? { mongodb: false } : { mongoLayerPath };
}

/** The host's AWS settings must not lead a local deployment into a real account. */
function hostEnv(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:AWS_|CDK_|NODE_OPTIONS$|VITEST)/.test(name),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}

function regionOf(env: Readonly<Record<string, string>>): string {
  return env.AWS_REGION ?? 'us-east-1';
}

function clientConfig({ endpoint, env }: LocalDeployOptions['emulator']): ClientConfig {
  const ca = env.NODE_EXTRA_CA_CERTS;
  return {
    endpoint,
    region: regionOf(env),
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? 'test',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? 'test',
    },
    // Node reads NODE_EXTRA_CA_CERTS once, at its start: too early for this process.
    requestHandler: new NodeHttpHandler({ httpsAgent: ca ? new Agent({ ca: readFileSync(ca) }) : undefined }),
  };
}

async function applyGaps(
  { stackName, region, template }: SynthesisedStack,
  config: ClientConfig,
): Promise<readonly AppliedSetting[]> {
  const client = { ...config, region };
  return applyTemplateGaps({
    resources: template.Resources,
    physicalIds: await physicalIds(new CloudFormationClient(client), stackName),
    account: ACCOUNT,
    client,
  });
}

async function stackOutputs(
  client: CloudFormationClient,
  stackName: string,
): Promise<Readonly<Record<string, string>>> {
  const stack = await describeStack(client, stackName);
  if (!stack) throw new Error(`Stack ${stackName} is not there after its deployment`);
  return Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
}

/** The stack if it is there and whole. */
async function describeStack(client: CloudFormationClient, StackName: string): Promise<Stack | undefined> {
  try {
    const [stack] = (await client.send(new DescribeStacksCommand({ StackName }))).Stacks ?? [];
    return /^(?:CREATE|UPDATE)_COMPLETE$/.test(stack?.StackStatus ?? '') ? stack : undefined;
  } catch (error) {
    if ((error as Error).name === 'ValidationError') return undefined;
    throw error;
  }
}

async function physicalIds(client: CloudFormationClient, StackName: string): Promise<Record<string, string>> {
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
  return Object.fromEntries(StackResources.map((one) => [one.LogicalResourceId, one.PhysicalResourceId]));
}

/** What the stacks were last made from. Another emulator gives a stack another id. */
async function marksOf(stacks: readonly SynthesisedStack[], config: ClientConfig): Promise<string> {
  const marks = stacks.map(async ({ stackName, region, hash }) => {
    const stack = await describeStack(new CloudFormationClient({ ...config, region }), stackName);
    return `${stack?.StackId ?? 'missing'} ${hash}`;
  });
  return (await Promise.all(marks)).join(', ');
}

async function lastDeployed(file: string): Promise<string | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    // Never deployed from here, or interrupted: it is deployed again.
    return undefined;
  }
}
