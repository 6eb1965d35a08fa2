/**
 * A Lambda function as all of Holdfast's are: Node 24, one bundled file, a role of its own that starts with nothing
 * but its log, a log group with retention, and a place where failures of asynchronous runs go.
 */
import { type Duration, Size, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  type ILayerVersion,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acceptWildcard } from '../accept.ts';
import { streamingNodeOptions } from '../node-options.ts';

export interface Network {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroups: readonly ISecurityGroup[];
}

/** One thing that a function may do. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Why a resource has a wildcard; needed when one does. */
  readonly wildcardReason?: string;
}

export interface RuntimeFunctionProps {
  readonly description: string;
  /** Folder with index.mjs. */
  readonly codeDir: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly memorySizeMiB: number;
  readonly timeout: Duration;
  readonly logRetentionDays: RetentionDays;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly permissions: readonly Permission[];
  /** What stays forbidden whatever other policies a person attaches. Default: nothing. */
  readonly prohibitions?: readonly Permission[];
  /** Size of /tmp. Default: 512, Lambda's own. */
  readonly scratchSizeMiB?: number;
  /** Default: none. */
  readonly layers?: readonly ILayerVersion[];
  /** Default: outside of any VPC. */
  readonly network?: Network;
  /** Mounted while it runs; needs `network`. Default: none. */
  readonly fileSystem?: { readonly accessPointArn: string; readonly mountPath: string };
  /** Traces by AWS X-Ray. Default: none. */
  readonly tracing?: boolean;
  /** Failures of asynchronous runs. Default: Lambda's own two retries, then nothing. */
  readonly asynchronous?: {
    readonly retryAttempts: 0 | 1 | 2;
    readonly maxEventAge: Duration;
    readonly failures: IQueue;
  };
}

export class RuntimeFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: RuntimeFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Log', { retention: props.logRetentionDays });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    this.logGroup.grantWrite(this.role);
    for (const permission of props.permissions) this.allow(permission);
    for (const prohibition of props.prohibitions ?? []) this.forbid(prohibition);
    if (props.network) this.allow(networkInterfaces);
    if (props.tracing) this.allow(traces);

    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: props.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      code: Code.fromAsset(props.codeDir),
      handler: 'index.handler',
      role: this.role,
      memorySize: props.memorySizeMiB,
      timeout: props.timeout,
      ephemeralStorageSize: Size.mebibytes(props.scratchSizeMiB ?? 512),
      layers: [...(props.layers ?? [])],
      environment: definedOnly({ NODE_OPTIONS: streamingNodeOptions, ...props.environment }),
      logGroup: this.logGroup,
      tracing: props.tracing ? Tracing.ACTIVE : undefined,
      // The functions write JSON themselves; Lambda's own lines stay text that a person can read.
      loggingFormat: LoggingFormat.TEXT,
      ...(props.network && {
        vpc: props.network.vpc,
        vpcSubnets: { subnets: [...props.network.subnets] },
        securityGroups: [...props.network.securityGroups],
      }),
    });
    if (props.fileSystem) {
      const { accessPointArn: arn, mountPath: localMountPath } = props.fileSystem;
      // The library's own way adds rights on every file system, and asks for one that is known by more than its ARN.
      (this.function.node.defaultChild as CfnFunction).fileSystemConfigs = [{ arn, localMountPath }];
    }
    if (props.asynchronous) this.sendFailuresTo(props.asynchronous);
  }

  allow(permission: Permission): void {
    this.role.addToPolicy(statement(Effect.ALLOW, permission));
    const stack = Stack.of(this);
    const wildcards = permission.resources.filter((arn) => JSON.stringify(stack.resolve(arn)).includes('*'));
    if (wildcards.length === 0) return;
    if (!permission.wildcardReason) {
      throw new Error(
        `${this.node.path}: ${permission.actions.join(', ')} on a wildcard needs a wildcardReason`,
      );
    }
    for (const arn of wildcards) acceptWildcard(this.role, arn, permission.wildcardReason);
  }

  forbid(prohibition: Permission): void {
    this.role.addToPolicy(statement(Effect.DENY, prohibition));
  }

  /**
   * The function has a bound of its own on how often it does: Lambda's detection of loops would end it at about 16,
   * without a word. In a policy of its own: the function waits for its role's first policy, which therefore cannot
   * name it.
   */
  allowStartingItself(): void {
    (this.function.node.defaultChild as CfnFunction).recursiveLoop = RecursiveLoop.ALLOW;
    const statements = [
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.function.functionArn] }),
    ];
    new Policy(this, 'Itself', { roles: [this.role], statements });
  }

  private sendFailuresTo({
    retryAttempts,
    maxEventAge,
    failures,
  }: NonNullable<RuntimeFunctionProps['asynchronous']>) {
    this.allow({ actions: ['sqs:SendMessage'], resources: [failures.queueArn] });
    this.function.configureAsyncInvoke({
      retryAttempts,
      maxEventAge,
      // The library's SqsDestination would add rights that sending does not need.
      onFailure: { bind: () => ({ destination: failures.queueArn }) },
    });
  }
}

function statement(effect: Effect, { actions, resources, conditions }: Permission): PolicyStatement {
  return new PolicyStatement({
    effect,
    actions: [...actions],
    resources: [...resources],
    conditions: conditions && structuredClone(conditions),
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const networkInterfaces: Permission = {
  actions: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  resources: ['*'],
  wildcardReason:
    'Lambda makes network interfaces with the role; these actions take no resource before they exist.',
};

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html */
const traces: Permission = {
  actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
  resources: ['*'],
  wildcardReason: 'Traces are no resources to IAM; they are written and never read.',
};

function definedOnly(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
