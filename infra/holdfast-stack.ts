/** The whole product as one CloudFormation stack. What each part promises is in its construct. */
import { CfnOutput, Duration, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { tableDefinition } from '../adapters/dynamodb/table.ts';
import type { FunctionName } from './bundle.ts';
import { Alerts } from './constructs/alerts.ts';
import { Catalog } from './constructs/catalog.ts';
import { FailureQueue } from './constructs/failures.ts';
import { Keys } from './constructs/keys.ts';
import { type Network, RuntimeFunction, type RuntimeFunctionProps } from './constructs/runtime-function.ts';
import { Schedules } from './constructs/schedules.ts';
import { ToolsLayer } from './constructs/tools-layer.ts';
import { Vault } from './constructs/vault.ts';
import { VaultCheck } from './constructs/vault-check.ts';
import type { StackOptions } from './options.ts';
import {
  backupRights,
  failuresRights,
  type Rights,
  restoreRights,
  type Surroundings,
  vaultCheckRights,
  verifyRights,
} from './permissions.ts';

export interface HoldfastStackProps extends StackProps {
  readonly options: StackOptions;
  /** Folder of each function's bundle. */
  readonly code: Readonly<Record<FunctionName, string>>;
  /** Zip or folder of the PostgreSQL layer. */
  readonly layerPath: string;
}

/** Outputs that the command line, the tests and the smoke test find the stack's parts by. */
export const outputNames = [
  'VaultBucket',
  'VaultPrefix',
  'CatalogTable',
  'AlertsTopicArn',
  'BackupFunction',
  'BackupFunctionArn',
  'VerifyFunction',
  'RestoreFunction',
  'FailuresFunction',
  'ScheduleGroup',
  'ScheduleRoleArn',
  'ScheduleDlqArn',
  'SecretPublicArn',
  'SecretPrivateArn',
  'SecretSigningBackupArn',
  'SecretSigningVerifyArn',
  'SourceSecretPrefix',
  'ObjectLock',
  'UndeleteDays',
] as const;
export type StackOutputs = Readonly<Record<(typeof outputNames)[number], string>>;

export class HoldfastStack extends Stack {
  constructor(scope: Construct, id: string, { options, code, layerPath, ...stackProps }: HoldfastStackProps) {
    super(scope, id, { description: 'Holdfast: backups, proven by being restored', ...stackProps });
    Tags.of(this).add('application', 'holdfast');

    const base = { architecture: options.architecture, logRetentionDays: options.logRetentionDays };
    const small = { ...base, memorySizeMiB: 512, timeout: Duration.minutes(2) };

    const vault = new Vault(this, 'Vault', {
      ...options.vault,
      objectLock: options.objectLock,
      undeleteDays: options.undeleteDays,
      archiveYearlyAfterDays: options.archiveYearlyAfterDays,
      ceilingDays: options.ceilingDays,
    });
    const catalog = new Catalog(this, 'Catalog', { definition: tableDefinition });
    const alerts = new Alerts(this, 'Alerts', { email: options.alertEmail });
    // An RSA-4096 pair takes a small function up to ten seconds, hence the memory (which buys processor time).
    const keys = new Keys(this, 'Keys', {
      initFunction: { ...small, memorySizeMiB: 1024, codeDir: code['key-init'] },
    });
    const failures = new FailureQueue(this, 'Failures');
    failures.watchedBy(alerts);

    const around: Surroundings = { vault, catalog, keys, alerts, sources: options.sources };
    const environment = {
      HOLDFAST_VAULT_BUCKET: vault.bucket.bucketName,
      HOLDFAST_VAULT_PREFIX: vault.prefix,
      HOLDFAST_TABLE: catalog.table.tableName,
      HOLDFAST_TOPIC_ARN: alerts.topic.topicArn,
      HOLDFAST_SOURCE_SECRET_PREFIX: options.sources.secretPrefix,
      HOLDFAST_OBJECT_LOCK: options.objectLock && JSON.stringify(options.objectLock),
    };
    const { layer } = new ToolsLayer(this, 'Tools', { path: layerPath, architecture: options.architecture });
    const network = options.vpc && this.network(options.vpc);

    /** The three that do the work: with tools, in the VPC if there is one, watched when they die. */
    const worker = (
      rights: Rights,
      settings: StackOptions['backup'],
      retryAttempts: 0 | 1 | 2,
    ): Omit<RuntimeFunctionProps, 'description' | 'codeDir' | 'environment'> => ({
      ...base,
      ...rights,
      memorySizeMiB: settings.memorySizeMiB,
      timeout: Duration.minutes(settings.timeoutMinutes),
      layers: [layer],
      network,
      // An hour: a run that could not start by then is reported, not started in the middle of the day.
      asynchronous: { retryAttempts, maxEventAge: Duration.hours(1), failures: failures.queue },
    });
    const backup = new RuntimeFunction(this, 'Backup', {
      ...worker(backupRights(this, around), options.backup, 2),
      description: 'Holdfast: backs up the sources of a plan',
      codeDir: code.backup,
      environment: { ...environment, ...keys.variables('public', 'signingBackup') },
    });
    const verify = new RuntimeFunction(this, 'Verify', {
      // Whatever it leaves undone, the next sweep finds.
      ...worker(verifyRights(around), options.verify, 0),
      description: 'Holdfast: proves backups, up to restoring them into a scratch server',
      codeDir: code.verify,
      scratchSizeMiB: options.verify.scratchSizeMiB,
      environment: { ...environment, ...keys.variables('public', 'private', 'signingVerify') },
    });
    const restore = new RuntimeFunction(this, 'Restore', {
      // A restore that died half-way is looked at by a person before anything is tried again.
      ...worker(restoreRights(this, around), options.restore, 0),
      description: 'Holdfast: restores a backup into a target',
      codeDir: code.restore,
      scratchSizeMiB: options.restore.scratchSizeMiB,
      environment: { ...environment, ...keys.variables('public', 'private') },
    });
    const failuresFunction = new RuntimeFunction(this, 'FailureReporter', {
      ...base,
      ...failuresRights(around),
      description: 'Holdfast: turns crashed and undelivered runs into failed ones and alerts',
      codeDir: code.failures,
      memorySizeMiB: 256,
      timeout: FailureQueue.handlerTimeout,
      // An alert about a crash says where its last words are.
      environment: {
        ...environment,
        HOLDFAST_LOG_GROUPS: this.toJsonString(
          Object.fromEntries(
            [backup, verify, restore].map((each) => [each.function.functionName, each.logGroup.logGroupName]),
          ),
        ),
      },
    });
    failures.handledBy(failuresFunction);
    const schedules = new Schedules(this, 'Schedules', {
      backup: backup.function,
      verify: verify.function,
      verifyEveryMinutes: options.verify.everyMinutes,
      failures: failures.queue,
    });

    if (options.vault.existingBucket) {
      const check = new VaultCheck(this, 'VaultCheck', {
        vault,
        undeleteDays: options.undeleteDays,
        checkFunction: { ...small, ...vaultCheckRights(vault), codeDir: code['vault-check'] },
      });
      // First of all: nothing that could write exists before the bucket is known to be fit, and a deployment that
      // fails here leaves nothing behind that outlives it.
      for (const part of [catalog, keys, backup, verify, schedules]) part.node.addDependency(check);
    }

    this.outputs({
      VaultBucket: vault.bucket.bucketName,
      // CloudFormation has no empty outputs.
      VaultPrefix: vault.prefix || '/',
      CatalogTable: catalog.table.tableName,
      AlertsTopicArn: alerts.topic.topicArn,
      BackupFunction: backup.function.functionName,
      BackupFunctionArn: backup.function.functionArn,
      VerifyFunction: verify.function.functionName,
      RestoreFunction: restore.function.functionName,
      FailuresFunction: failuresFunction.function.functionName,
      ScheduleGroup: schedules.planGroupName,
      ScheduleRoleArn: schedules.planRole.roleArn,
      ScheduleDlqArn: failures.queue.queueArn,
      SecretPublicArn: keys.arn('public'),
      SecretPrivateArn: keys.arn('private'),
      SecretSigningBackupArn: keys.arn('signingBackup'),
      SecretSigningVerifyArn: keys.arn('signingVerify'),
      SourceSecretPrefix: options.sources.secretPrefix,
      UndeleteDays: String(options.undeleteDays),
      ObjectLock: options.objectLock ? JSON.stringify(options.objectLock) : 'none',
    });
  }

  private network({ vpcId, subnetIds, securityGroupIds }: NonNullable<StackOptions['vpc']>): Network {
    return {
      vpc: Vpc.fromVpcAttributes(this, 'Vpc', {
        vpcId,
        // Functions are placed by subnet; the zones are asked for, but used by nothing here.
        availabilityZones: subnetIds.map((_, index) => `zone-${index + 1}`),
        privateSubnetIds: [...subnetIds],
      }),
      subnets: subnetIds.map((subnetId, index) => Subnet.fromSubnetId(this, `Subnet${index + 1}`, subnetId)),
      securityGroups: securityGroupIds.map((groupId, index) =>
        SecurityGroup.fromSecurityGroupId(this, `SecurityGroup${index + 1}`, groupId, { mutable: false }),
      ),
    };
  }

  private outputs(values: StackOutputs): void {
    for (const name of outputNames) new CfnOutput(this, name, { value: values[name] });
  }
}
