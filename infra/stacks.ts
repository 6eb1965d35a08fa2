/** The stacks of the app: the product, and before it, when copies are wanted elsewhere, the bucket that they go to. */
import { type App, Aws, CliCredentialsStackSynthesizer, type Environment } from 'aws-cdk-lib';
import { InvalidInput } from '../core/errors.ts';
import type { ReplicaTarget } from './constructs/replication.ts';
import { HoldfastStack, type HoldfastStackProps } from './holdfast-stack.ts';
import type { StackOptions } from './options.ts';
import { ReplicaStack, replicaBucketName, replicaStackName } from './replica-stack.ts';

export type StackParts = Pick<
  HoldfastStackProps,
  'options' | 'code' | 'layerPath' | 'mongoLayerPath' | 'consoleDir'
>;

export interface Stacks {
  readonly holdfast: HoldfastStack;
  /** There when the stack makes the bucket of its second copy itself. */
  readonly replica: ReplicaStack | undefined;
}

export function addStacks(app: App, parts: StackParts): Stacks {
  const { options, mongoLayerPath } = parts;
  const env: Environment = {
    account: options.account ?? process.env.CDK_DEFAULT_ACCOUNT,
    region: options.region ?? process.env.CDK_DEFAULT_REGION,
  };
  // One for each: a synthesizer serves a single stack.
  const synthesizer = () =>
    options.synthesizer === 'credentials' ? new CliCredentialsStackSynthesizer() : undefined;
  const replica = replicaStack(app, options, env, synthesizer());
  const holdfast = new HoldfastStack(app, options.stackName, {
    ...parts,
    mongoLayerPath: options.mongodb ? mongoLayerPath : undefined,
    replica: options.replica && target(options.stackName, options.replica, env),
    env,
    synthesizer: synthesizer(),
  });
  // Replication is refused while there is no bucket to copy to.
  if (replica) holdfast.addStackDependency(replica);
  return { holdfast, replica };
}

function replicaStack(
  app: App,
  options: StackOptions,
  env: Environment,
  synthesizer: CliCredentialsStackSynthesizer | undefined,
): ReplicaStack | undefined {
  if (options.replica === undefined || options.replica.bucketArn !== undefined) return undefined;
  const { region } = options.replica;
  if (region === env.region) {
    throw new InvalidInput('stack options', [
      {
        field: 'replica.region',
        value: JSON.stringify(region),
        allowed: "another region than the stack's own",
      },
    ]);
  }
  return new ReplicaStack(app, replicaStackName(options.stackName), {
    options,
    env: { account: env.account, region },
    synthesizer,
  });
}

function target(
  stackName: string,
  replica: NonNullable<StackOptions['replica']>,
  env: Environment,
): ReplicaTarget {
  const { region, account, kmsKeyArn } = replica;
  const bucketArn =
    replica.bucketArn ??
    `arn:${Aws.PARTITION}:s3:::${replicaBucketName(stackName, env.account ?? Aws.ACCOUNT_ID, region)}`;
  return { region, account, kmsKeyArn, bucketArn, bucketName: bucketArn.replace(/^.*:::/, '') };
}
