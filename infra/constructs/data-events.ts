/**
 * Every read and write of the vault's objects on record, by CloudTrail, in a bucket of its own; and alarms on what should
 * not happen: somebody else than the stack's own roles reads, anybody deletes, or links of the API are read in bulk.
 * What the functions say about themselves is not needed for any of it.
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ReadWriteType, Trail } from 'aws-cdk-lib/aws-cloudtrail';
import { ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import {
  FilterPattern,
  type IFilterPattern,
  LogGroup,
  MetricFilter,
  type RetentionDays,
} from 'aws-cdk-lib/aws-logs';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { metricsNamespace } from '../../core/metrics.ts';
import { accept } from '../accept.ts';
import type { Alerts } from './alerts.ts';

export interface DataEventsProps {
  readonly vault: IBucket;
  readonly alerts: Alerts;
  readonly logRetentionDays: RetentionDays;
  /** With whose rights links are read. */
  readonly apiRole: IRole | undefined;
}

/** In five minutes: a person downloads a backup of a database in some dozens of reads. */
const manyReads = 1_000;
const recordDays = 400;
const issuer = '$.userIdentity.sessionContext.sessionIssuer.userName';

export class DataEvents extends Construct {
  private readonly alerts: Alerts;
  private readonly log: LogGroup;

  constructor(scope: Construct, id: string, { vault, alerts, logRetentionDays, apiRole }: DataEventsProps) {
    super(scope, id);
    this.alerts = alerts;
    const records = new Bucket(this, 'Records', {
      versioned: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [
        {
          id: 'old-records',
          expiration: Duration.days(recordDays),
          noncurrentVersionExpiration: Duration.days(30),
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    accept(
      records,
      'S1',
      'It holds records of accesses itself; whoever reads those stands in the account’s own trail.',
    );
    this.log = new LogGroup(this, 'Log', { retention: logRetentionDays });
    const trail = new Trail(this, 'Trail', {
      bucket: records,
      cloudWatchLogGroup: this.log,
      sendToCloudWatchLogs: true,
      // The account's own trail has those.
      managementEvents: ReadWriteType.NONE,
      includeGlobalServiceEvents: false,
      isMultiRegionTrail: false,
      enableFileValidation: true,
    });
    trail.addS3EventSelector([{ bucket: vault }], {
      readWriteType: ReadWriteType.ALL,
      includeManagementEvents: false,
    });
    const { stackName } = Stack.of(this);
    // CloudFormation begins the names of roles with the stack's. A comparison with what is not there never holds.
    const stranger = `((${issuer} NOT EXISTS) || (${issuer} != "${stackName}-*"))`;
    this.told('ReadByOthers', {
      pattern: `{ ($.eventName = "GetObject") && ${stranger} }`,
      description:
        'Holdfast: objects of the vault were read by somebody who is none of its functions. If it was not you: see the trail for who it was. What was read is sealed.',
    });
    this.told('Deleted', {
      pattern: '{ $.eventName = "DeleteObject*" }',
      description:
        'Holdfast: objects of the vault were deleted, which no function does. Versions stay for the undelete window: stop whoever it was, then see docs/recovery.md.',
    });
    if (apiRole === undefined) return;
    this.told('LinksReadInBulk', {
      pattern: `{ ($.eventName = "GetObject") && (${issuer} = "${apiRole.roleName}") }`,
      threshold: manyReads,
      description:
        'Holdfast: very many objects were read with the rights of the API, by links that it gave away. If nobody downloads backups: see its audit trail for who asked for them.',
    });
  }

  private told(
    id: string,
    {
      pattern,
      description,
      threshold = 1,
    }: {
      readonly pattern: string;
      readonly description: string;
      readonly threshold?: number;
    },
  ): void {
    const filterPattern: IFilterPattern = FilterPattern.literal(pattern);
    const filter = new MetricFilter(this, `${id}Filter`, {
      logGroup: this.log,
      filterPattern,
      metricNamespace: metricsNamespace,
      // A name for each stack: a filter that takes dimensions from the record has none for it.
      metricName: `${Stack.of(this).stackName}-${id}`,
      metricValue: '1',
    });
    this.alerts.alarm(this, id, {
      alarmDescription: description,
      metric: filter.metric({ period: Duration.minutes(5), statistic: Stats.SUM }),
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
