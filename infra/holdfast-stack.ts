/** The whole product as one CloudFormation stack. What each part promises is in its construct. */
import { CfnOutput, Duration, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { CfnSecurityGroupIngress, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { removalAttribute, tableDefinition } from '../adapters/dynamodb/table.ts';
import type { FunctionName } from './bundle.ts';
import { Alerts } from './constructs/alerts.ts';
import { Catalog } from './constructs/catalog.ts';
import { alarmOnFailures, Dashboard } from './constructs/dashboard.ts';
import { DataEvents } from './constructs/data-events.ts';
import { FailureQueue } from './constructs/failures.ts';
import { Heartbeat } from './constructs/heartbeat.ts';
import { Keys } from './constructs/keys.ts';
import { type ReplicaTarget, Replication } from './constructs/replication.ts';
import { type Network, RuntimeFunction, type RuntimeFunctionProps } from './constructs/runtime-function.ts';
import { Schedules } from './constructs/schedules.ts';
import { mongoTools, ToolsLayer } from './constructs/tools-layer.ts';
import { Vault } from './constructs/vault.ts';
import { VaultCheck } from './constructs/vault-check.ts';
import { controlPlane } from './control-plane.ts';
import type { StackOptions } from './options.ts';
import type { FilesBucket } from './options-files.ts';
import {
  adoptRights,
  backupRights,
  cleanupRights,
  failuresRights,
  restoreRights,
  vaultCheckRights,
  verifyRights,
  watchRights,
} from './permissions.ts';
import { notifyRights, readingLogs } from './permissions-control.ts';
import { lookingAtSchedules } from './rights/starting.ts';
import type { Rights, Surroundings } from './rights/surroundings.ts';
import { webConsoleOf } from './web-console.ts';

export interface HoldfastStackProps extends StackProps {
  readonly options: StackOptions;
  /** Folder of each function's bundle. */
  readonly code: Readonly<Record<FunctionName, string>>;
  /** Zip or folder of the PostgreSQL layer. */
  readonly layerPath: string;
  /** Zip or folder of the MongoDB layer. Default: there is none. */
  readonly mongoLayerPath?: string;
  /** Folder of the built console. Default: nothing is uploaded. */
  readonly consoleDir?: string;
  /** Where second copies go. Default: there are none. */
  readonly replica?: ReplicaTarget;
}

/** Outputs that the command line, the tests and the smoke test find the stack's parts by. */
export const outputNames = [
  'VaultBucket',
  'VaultPrefix',
  'CatalogTable',
  'AlertsTopicArn',
  'Alarms',
  'UnhandledQueueUrl',
  'LogGroups',
  'BackupFunction',
  'BackupFunctionArn',
  'VerifyFunction',
  'RestoreFunction',
  'FailuresFunction',
  'CleanupFunction',
  'WatchFunction',
  'AdoptFunction',
  'NotifyFunction',
  'ApiFunction',
  'ApiUrl',
  'Issuer',
  'ApiAudience',
  'UserPoolId',
  'UserPoolClientId',
  'SignInDomain',
  'ConsoleUrl',
  'ConsoleDomain',
  'ScheduleGroup',
  'ScheduleRoleArn',
  'ScheduleDlqArn',
  'SecretPublicArn',
  'SecretPrivateArn',
  'SecretSigningBackupArn',
  'SecretSigningVerifyArn',
  'SecretSigningOperatorArn',
  'SecretIndexArn',
  'SourceSecretPrefix',
  'VaultSecretPrefix',
  'ChannelSecretPrefix',
  'FilesBuckets',
  'ObjectLock',
  'UndeleteDays',
  'ReplicaBucket',
  'ReplicaRegion',
] as const;
export type StackOutputs = Readonly<Record<(typeof outputNames)[number], string>>;

export class HoldfastStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { options, code, layerPath, mongoLayerPath, consoleDir, replica, ...stackProps }: HoldfastStackProps,
  ) {
    super(scope, id, { description: 'Holdfast: backups, proven by being restored', ...stackProps });
    Tags.of(this).add('application', 'holdfast');

    const { architecture, logRetentionDays, tracing, fileSystem } = options;
    const base = { architecture, logRetentionDays, tracing };
    const small = { ...base, memorySizeMiB: 512, timeout: Duration.minutes(2) };

    const vault = new Vault(this, 'Vault', {
      ...options.vault,
      objectLock: options.objectLock,
      undeleteDays: options.undeleteDays,
      archiveYearlyAfterDays: options.archiveYearlyAfterDays,
      ceilingDays: options.ceilingDays,
    });
    if (replica && vault.ownBucket) {
      new Replication(this, 'Replication', {
        bucket: vault.ownBucket,
        target: replica,
        timeControl: options.replica?.timeControl ?? false,
      });
    }
    const catalog = new Catalog(this, 'Catalog', { definition: tableDefinition, removalAttribute });
    const alerts = new Alerts(this, 'Alerts', { email: options.alertEmail });
    // An RSA-4096 pair takes a small function up to ten seconds, hence the memory (which buys processor time).
    const keys = new Keys(this, 'Keys', {
      initFunction: { ...small, memorySizeMiB: 1024, codeDir: code['key-init'] },
    });
    const failures = new FailureQueue(this, 'Failures');
    failures.watchedBy(alerts);

    const around: Surroundings = {
      vault,
      catalog,
      keys,
      alerts,
      sources: options.sources,
      files: options,
      vaultSecretPrefix: options.vaultSecretPrefix,
      channelSecretPrefix: options.channelSecretPrefix,
      recipientKmsKeyArns: options.keys.kmsKeyArns,
      replica,
    };
    const environment = {
      HOLDFAST_VAULT_BUCKET: vault.bucket.bucketName,
      HOLDFAST_VAULT_PREFIX: vault.prefix,
      HOLDFAST_TABLE: catalog.table.tableName,
      HOLDFAST_TOPIC_ARN: alerts.topic.topicArn,
      HOLDFAST_SOURCE_SECRET_PREFIX: options.sources.secretPrefix,
      HOLDFAST_VAULT_SECRET_PREFIX: options.vaultSecretPrefix,
      HOLDFAST_CHANNEL_SECRET_PREFIX: options.channelSecretPrefix,
      HOLDFAST_OBJECT_LOCK: options.objectLock && JSON.stringify(options.objectLock),
      HOLDFAST_STACK_NAME: this.stackName,
      HOLDFAST_UNDELETE_DAYS: String(options.undeleteDays),
      HOLDFAST_CLEANUP_EVERY_DAYS: String(options.cleanup.everyDays),
    };
    const layers = [
      new ToolsLayer(this, 'Tools', { path: layerPath, architecture }),
      ...(mongoLayerPath === undefined
        ? []
        : [new ToolsLayer(this, 'MongoTools', { path: mongoLayerPath, architecture, contents: mongoTools })]),
    ].map(({ layer }) => layer);
    const network = options.vpc && this.network(options.vpc);
    /** Tells that the programs are there, for the self-tests. */
    const tools = { HOLDFAST_MONGODB: mongoLayerPath === undefined ? undefined : 'tools' };
    const files = {
      HOLDFAST_FILES_BUCKETS: listOf(options.filesBuckets),
      HOLDFAST_FILE_SYSTEM: fileSystem?.mountPath,
    };

    /** Its crashes and time-outs reach a person. */
    const watched = (retryAttempts: 0 | 1 | 2): Pick<RuntimeFunctionProps, 'asynchronous'> => ({
      // An hour: a run that could not start by then is reported, not started in the middle of the day.
      asynchronous: { retryAttempts, maxEventAge: Duration.hours(1), failures: failures.queue },
    });
    /** The three that work on sources: with tools, in the VPC if there is one. */
    const worker = (
      rights: Rights,
      settings: StackOptions['backup'],
      retryAttempts: 0 | 1 | 2,
    ): Omit<RuntimeFunctionProps, 'description' | 'codeDir' | 'environment'> => ({
      ...base,
      ...rights,
      memorySizeMiB: settings.memorySizeMiB,
      timeout: Duration.minutes(settings.timeoutMinutes),
      layers,
      network,
      ...watched(retryAttempts),
    });
    const webConsole = webConsoleOf(this, options);
    const { mailFrom, ...whom } = options.notifications;
    const notify = new RuntimeFunction(this, 'Notify', {
      ...base,
      ...notifyRights(this, around, mailFrom),
      ...watched(2),
      description: 'Holdfast: tells people, by mail and channels',
      codeDir: code.notify,
      memorySizeMiB: 512,
      timeout: Duration.minutes(5),
      environment: {
        ...environment,
        HOLDFAST_MAIL_FROM: mailFrom,
        HOLDFAST_NOTIFY: JSON.stringify(whom),
        // What is told leads to its page.
        HOLDFAST_CONSOLE_URL: webConsole?.url,
      },
    });
    alerts.toldBy(notify.function);
    const toNotify = { HOLDFAST_NOTIFY_FUNCTION: notify.function.functionName };
    const backup = new RuntimeFunction(this, 'Backup', {
      ...worker(backupRights(this, around, notify.function), options.backup, 2),
      description: 'Holdfast: backs up the sources of a plan',
      codeDir: code.backup,
      fileSystem,
      environment: {
        ...environment,
        ...tools,
        ...files,
        ...toNotify,
        ...keys.variables('public', 'signingBackup', 'index'),
      },
    });
    const verify = new RuntimeFunction(this, 'Verify', {
      // Whatever it leaves undone, the next sweep finds.
      ...worker(verifyRights(this, around, notify.function), options.verify, 0),
      description: 'Holdfast: proves backups, up to restoring them into a scratch server',
      codeDir: code.verify,
      scratchSizeMiB: options.verify.scratchSizeMiB,
      environment: {
        ...environment,
        ...tools,
        ...toNotify,
        ...keys.variables('public', 'private', 'signingVerify'),
      },
    });
    const restore = new RuntimeFunction(this, 'Restore', {
      // A restore that died half-way is looked at by a person before anything is tried again.
      ...worker(restoreRights(this, around), options.restore, 0),
      description: 'Holdfast: restores a backup into a target',
      codeDir: code.restore,
      scratchSizeMiB: options.restore.scratchSizeMiB,
      fileSystem,
      environment: {
        ...environment,
        ...tools,
        ...files,
        HOLDFAST_RESTORE_BUCKETS: listOf(options.restoreBuckets),
        ...keys.variables('public', 'private'),
        HOLDFAST_REPLICA_BUCKET: replica?.bucketName,
        HOLDFAST_REPLICA_REGION: replica?.region,
      },
    });
    for (const rule of this.letInto(options)) {
      // A function whose file system cannot be reached is not made.
      for (const part of [backup, restore]) part.function.node.addDependency(rule);
    }
    // The three that keep watch need no database: outside of any VPC, where AWS and the pinged URLs can be reached.
    const adopt = new RuntimeFunction(this, 'Adopt', {
      ...base,
      ...adoptRights(around),
      ...watched(1),
      description: 'Holdfast: makes catalog rows for backups that have none',
      codeDir: code.adopt,
      memorySizeMiB: 1024,
      timeout: Duration.minutes(15),
      environment: { ...environment, ...keys.variables('public', 'private') },
    });
    const cleanup = new RuntimeFunction(this, 'Cleanup', {
      ...base,
      ...cleanupRights(around, adopt.function),
      // The next round does what this one left; until then nothing is lost.
      ...watched(0),
      description: 'Holdfast: decides what has expired and marks it',
      codeDir: code.cleanup,
      memorySizeMiB: options.cleanup.memorySizeMiB,
      timeout: Duration.minutes(15),
      environment: {
        ...environment,
        ...keys.variables('public'),
        HOLDFAST_ADOPT_FUNCTION: adopt.function.functionName,
      },
    });
    cleanup.allowStartingItself();
    const schedules = new Schedules(this, 'Schedules', {
      backup: backup.function,
      failures: failures.queue,
    });
    // `plan test` says whether a plan's schedule is what it should be. The group's name is known before it is made.
    backup.allow(lookingAtSchedules(this, schedules.planGroupName));
    backup.function.addEnvironment('HOLDFAST_SCHEDULE_GROUP', schedules.planGroupName);
    /** What the schedules of plans are made with. */
    const toSchedule = {
      HOLDFAST_SCHEDULE_GROUP: schedules.planGroupName,
      HOLDFAST_SCHEDULE_ROLE_ARN: schedules.planRole.roleArn,
      HOLDFAST_SCHEDULE_DLQ_ARN: failures.queue.queueArn,
      HOLDFAST_BACKUP_FUNCTION_ARN: backup.function.functionArn,
    };
    const control = options.api.enabled
      ? controlPlane(this, options, {
          around,
          base,
          codeDir: code.api,
          schedules,
          functions: { backup, verify, restore, cleanup, notify },
          environment: { ...environment, ...toSchedule, ...keys.variables('public', 'signingOperator') },
          webConsole,
          consoleDir,
        })
      : undefined;
    alarmOnFailures(this, this.stackName, alerts, notify.function);
    if (options.dataEvents) {
      new DataEvents(this, 'DataEvents', {
        vault: vault.bucket,
        alerts,
        logRetentionDays,
        apiRole: control?.handler.role,
      });
    }
    // All but the one on the silence of watch itself, which needs watch to be there.
    const alarmNames = alerts.alarmNames.join(',');
    const watch = new RuntimeFunction(this, 'Watch', {
      ...base,
      ...watchRights(this, around, {
        cleanup: cleanup.function,
        restore: restore.function,
        schedules,
        unhandled: failures.unhandled,
        deadManUrlSecret: options.watch.deadManUrlSecret,
      }),
      ...watched(1),
      description: 'Holdfast: looks whether all is well, and speaks up when it is not',
      codeDir: code.watch,
      memorySizeMiB: 512,
      timeout: Duration.minutes(15),
      environment: {
        ...environment,
        ...keys.variables('public'),
        ...toSchedule,
        HOLDFAST_CLEANUP_FUNCTION: cleanup.function.functionName,
        HOLDFAST_RESTORE_FUNCTION: restore.function.functionName,
        HOLDFAST_ALARMS: alarmNames,
        HOLDFAST_UNHANDLED_QUEUE: failures.unhandled.queueUrl,
        // It looks at how far the copies of what it reads here are.
        HOLDFAST_REPLICA_BUCKET: replica?.bucketName,
        HOLDFAST_DEADMAN_SECRET: options.watch.deadManUrlSecret,
        HOLDFAST_QUOTA_BYTES: options.watch.quotaBytes?.toString(),
        HOLDFAST_KEY_AGE_DAYS: String(options.watch.keyAgeDays),
      },
    });
    schedules.verify(verify.function, options.verify.everyMinutes);
    schedules.cleanup(cleanup.function, options.cleanup.everyDays);
    schedules.weekly(notify.function);
    const hourly = schedules.watch(watch.function);
    new Heartbeat(this, 'Heartbeat', { stackName: this.stackName, alerts, after: hourly });
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
            [backup, verify, restore, adopt, cleanup, watch, notify].map((each) => [
              each.function.functionName,
              each.logGroup.logGroupName,
            ]),
          ),
        ),
      },
    });
    failures.handledBy(failuresFunction);
    const parts = {
      ...{ backup, verify, restore, cleanup, watch, adopt, notify },
      failures: failuresFunction,
      ...(control && { api: control.handler }),
    };
    const each = <T>(of: (part: RuntimeFunction) => T) =>
      Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, of(part)]));
    const logGroups = this.toJsonString(each(({ logGroup }) => logGroup.logGroupName));
    // It shows people what was logged of a run.
    control?.handler.function.addEnvironment('HOLDFAST_LOG_GROUPS', logGroups);
    for (const right of readingLogs(Object.values(parts))) control?.handler.allow(right);
    new Dashboard(this, 'Dashboard', {
      stackName: this.stackName,
      functions: each((part) => part.function),
      api: control?.api.api,
    });

    if (options.vault.existingBucket) {
      const check = new VaultCheck(this, 'VaultCheck', {
        vault,
        undeleteDays: options.undeleteDays,
        checkFunction: { ...small, ...vaultCheckRights(vault), codeDir: code['vault-check'] },
      });
      // First of all: nothing that could write exists before the bucket is known to be fit, and a deployment that
      // fails here leaves nothing behind that outlives it.
      for (const part of [catalog, keys, backup, verify, cleanup, schedules]) part.node.addDependency(check);
    }

    this.outputs({
      VaultBucket: vault.bucket.bucketName,
      // CloudFormation has no empty outputs.
      VaultPrefix: vault.prefix || '/',
      CatalogTable: catalog.table.tableName,
      AlertsTopicArn: alerts.topic.topicArn,
      Alarms: alarmNames,
      UnhandledQueueUrl: failures.unhandled.queueUrl,
      LogGroups: logGroups,
      BackupFunction: backup.function.functionName,
      BackupFunctionArn: backup.function.functionArn,
      VerifyFunction: verify.function.functionName,
      RestoreFunction: restore.function.functionName,
      FailuresFunction: failuresFunction.function.functionName,
      CleanupFunction: cleanup.function.functionName,
      WatchFunction: watch.function.functionName,
      AdoptFunction: adopt.function.functionName,
      NotifyFunction: notify.function.functionName,
      ApiFunction: control?.handler.function.functionName ?? 'none',
      ApiUrl: control?.api.url ?? 'none',
      Issuer: control?.tokens.issuer ?? 'none',
      ApiAudience: control?.tokens.audience ?? 'none',
      UserPoolId: control?.tokens.pool?.userPoolId ?? 'none',
      UserPoolClientId: control?.tokens.client?.userPoolClientId ?? 'none',
      SignInDomain: control?.tokens.domain ?? 'none',
      ConsoleUrl: webConsole?.url ?? 'none',
      ConsoleDomain: webConsole?.domain ?? 'none',
      ScheduleGroup: schedules.planGroupName,
      ScheduleRoleArn: schedules.planRole.roleArn,
      ScheduleDlqArn: failures.queue.queueArn,
      SecretPublicArn: keys.arn('public'),
      SecretPrivateArn: keys.arn('private'),
      SecretSigningBackupArn: keys.arn('signingBackup'),
      SecretSigningVerifyArn: keys.arn('signingVerify'),
      SecretSigningOperatorArn: keys.arn('signingOperator'),
      SecretIndexArn: keys.arn('index'),
      SourceSecretPrefix: options.sources.secretPrefix,
      VaultSecretPrefix: options.vaultSecretPrefix,
      ChannelSecretPrefix: options.channelSecretPrefix,
      FilesBuckets: listOf(options.filesBuckets) ?? 'none',
      UndeleteDays: String(options.undeleteDays),
      ReplicaBucket: replica?.bucketName ?? 'none',
      ReplicaRegion: replica?.region ?? 'none',
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

  /** NFS, from the functions to the mount targets of the file system, where its security group is named. */
  private letInto({ fileSystem, vpc }: StackOptions): readonly CfnSecurityGroupIngress[] {
    const groupId = fileSystem?.securityGroupId;
    if (groupId === undefined || vpc === undefined) return [];
    return vpc.securityGroupIds.map(
      (sourceSecurityGroupId, index) =>
        new CfnSecurityGroupIngress(this, `FileSystemFrom${index + 1}`, {
          description: 'Holdfast: backup and restore mount the file system',
          groupId,
          sourceSecurityGroupId,
          ipProtocol: 'tcp',
          fromPort: 2049,
          toPort: 2049,
        }),
    );
  }

  private outputs(values: StackOutputs): void {
    for (const name of outputNames) new CfnOutput(this, name, { value: values[name] });
  }
}

/** What backup and restore are told of buckets with files, and people see of them. */
function listOf(buckets: readonly FilesBucket[]): string | undefined {
  if (buckets.length === 0) return undefined;
  return JSON.stringify(buckets.map(({ name, prefixes }) => ({ name, prefixes })));
}
