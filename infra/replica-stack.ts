/** The bucket of the second copy, as a stack of its own, since it lies in another region. */
import { createHash } from 'node:crypto';
import { CfnOutput, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { vaultBucket } from './constructs/vault-bucket.ts';
import type { StackOptions } from './options.ts';

export interface ReplicaStackProps extends StackProps {
  readonly options: StackOptions;
}

export class ReplicaStack extends Stack {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { options, ...stackProps }: ReplicaStackProps) {
    super(scope, id, { description: 'Holdfast: the second copy of the vault', ...stackProps });
    Tags.of(this).add('application', 'holdfast');
    const kmsKeyArn = options.replica?.kmsKeyArn;
    this.bucket = vaultBucket(this, 'Bucket', {
      bucketName: replicaBucketName(options.stackName, this.account, this.region),
      kmsKey: kmsKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'Key', kmsKeyArn),
      objectLock: options.objectLock,
      undeleteDays: options.undeleteDays,
      archiveYearlyAfterDays: options.archiveYearlyAfterDays,
      ceilingDays: options.ceilingDays,
    });
    new CfnOutput(this, 'ReplicaBucket', { value: this.bucket.bucketName });
  }
}

export function replicaStackName(stackName: string): string {
  return `${stackName}-replica`;
}

/**
 * A name that can be told before the bucket is there: CloudFormation cannot hand one from region to region. At most
 * 63 characters, with a hash of what was cut off.
 */
export function replicaBucketName(stackName: string, account: string, region: string): string {
  const hash = createHash('sha256').update(`${stackName} ${region}`).digest('hex').slice(0, 6);
  return `${stackName.toLowerCase().slice(0, 18)}-replica-${hash}-${account}-${region}`;
}
