/**
 * The second copy: every object of the vault's own bucket, with its tags and locks, in a bucket elsewhere, by S3's
 * replication.
 *
 * What does not go over: delete markers. A mark for expiry is a tag, and goes; the bucket over there expires by its
 * own rule. So nobody hides a copy by deleting the original, and nothing over there outlives its policy.
 */
import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acceptWildcard } from '../accept.ts';

/** Where the copies go. */
export interface ReplicaTarget {
  readonly region: string;
  readonly bucketName: string;
  readonly bucketArn: string;
  /** Owner of the bucket when it is another account: then the copies become its own. */
  readonly account?: string;
  /** Key in that region; there when the vault has one. */
  readonly kmsKeyArn?: string;
}

export interface ReplicationProps {
  readonly bucket: Bucket;
  readonly target: ReplicaTarget;
  /** S3's replication time control: 15 minutes, by agreement. */
  readonly timeControl: boolean;
}

export class Replication extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { bucket, target, timeControl }: ReplicationProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.role = new Role(this, 'Role', {
      description: 'Copies the objects of the Holdfast vault into their second bucket, for S3',
      assumedBy: new ServicePrincipal('s3.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    });
    this.allowCopying(bucket, target);
    (bucket.node.defaultChild as CfnBucket).replicationConfiguration = {
      role: this.role.roleArn,
      rules: [
        {
          id: 'second-copy',
          priority: 1,
          status: 'Enabled',
          filter: { prefix: '' },
          deleteMarkerReplication: { status: 'Disabled' },
          destination: {
            bucket: target.bucketArn,
            metrics: { status: 'Enabled', ...(timeControl && { eventThreshold: minutes }) },
            ...(timeControl && { replicationTime: { status: 'Enabled', time: minutes } }),
            ...(target.account !== undefined && {
              account: target.account,
              accessControlTranslation: { owner: 'Destination' },
            }),
            ...(target.kmsKeyArn !== undefined && {
              encryptionConfiguration: { replicaKmsKeyId: target.kmsKeyArn },
            }),
          },
          // S3 leaves out what is encrypted with KMS unless it is told.
          ...(target.kmsKeyArn !== undefined && {
            sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
          }),
        },
      ],
    };
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html, but no ReplicateDelete. */
  private allowCopying(bucket: Bucket, target: ReplicaTarget): void {
    const stack = Stack.of(this);
    const from = bucket.arnForObjects('*');
    const to = `${target.bucketArn}/*`;
    const allow = (actions: string[], resource: string, conditions?: Record<string, unknown>) =>
      this.role.addToPolicy(new PolicyStatement({ actions, resources: [resource], conditions }));
    allow(['s3:GetReplicationConfiguration', 's3:ListBucket'], bucket.bucketArn);
    allow(
      [
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionTagging',
        's3:GetObjectRetention',
        's3:GetObjectLegalHold',
      ],
      from,
    );
    const owning = target.account === undefined ? [] : ['s3:ObjectOwnerOverrideToBucketOwner'];
    allow(['s3:ReplicateObject', 's3:ReplicateTags', ...owning], to);
    if (bucket.encryptionKey && target.kmsKeyArn !== undefined) {
      const through = (region: string) => ({
        StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` },
      });
      allow(['kms:Decrypt'], bucket.encryptionKey.keyArn, through(stack.region));
      allow(['kms:Encrypt', 'kms:GenerateDataKey'], target.kmsKeyArn, through(target.region));
    }
    const reason = 'S3 copies every object of the vault, and nothing from or to any other bucket.';
    acceptWildcard(this.role, from, reason);
    acceptWildcard(this.role, to, reason);
  }
}

const minutes = { minutes: 15 };
