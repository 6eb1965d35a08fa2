/** A bucket fit to hold backups: the vault's own, and the one that its second copy lies in. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { accept } from '../accept.ts';
import { type LifecycleOptions, lifecycleRules } from './lifecycle.ts';

export interface ObjectLock {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly days: number;
}

export interface VaultBucketProps extends LifecycleOptions {
  /** Default: CloudFormation makes one up. */
  readonly bucketName?: string;
  /** Default: none; objects can be deleted by whoever has the right. */
  readonly objectLock?: ObjectLock;
  /** Default: SSE-S3. */
  readonly kmsKey?: IKey;
}

/** Versioned, private, TLS only, and nobody overwrites: every write must be conditional. It outlives the stack. */
export function vaultBucket(scope: Construct, id: string, props: VaultBucketProps): Bucket {
  const { kmsKey, objectLock } = props;
  const bucket = new Bucket(scope, id, {
    bucketName: props.bucketName,
    versioned: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    encryption: kmsKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
    encryptionKey: kmsKey,
    bucketKeyEnabled: kmsKey ? true : undefined,
    objectLockEnabled: objectLock ? true : undefined,
    objectLockDefaultRetention: objectLock && retention(objectLock),
    lifecycleRules: lifecycleRules(props),
    removalPolicy: RemovalPolicy.RETAIN,
  });
  bucket.addToResourcePolicy(conditionalWritesOnly(bucket));
  accept(
    bucket,
    'S1',
    'Server access logs would need a second bucket that costs more than it tells: objects are sealed, versioned and ' +
      'written once. Who wants every read on record turns on CloudTrail data events for this bucket.',
  );
  return bucket;
}

/**
 * No write without `If-None-Match`, so that no object is ever replaced. CreateMultipartUpload and UploadPart carry no
 * such header and make no object; S3 tells them apart by `s3:ObjectCreationOperation`. Replication is no PutObject:
 * it has actions of its own.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
function conditionalWritesOnly(bucket: IBucket): PolicyStatement {
  return new PolicyStatement({
    sid: 'ConditionalWritesOnly',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects('*')],
    conditions: {
      Null: { 's3:if-none-match': 'true' },
      Bool: { 's3:ObjectCreationOperation': 'true' },
    },
  });
}

function retention({ mode, days }: ObjectLock): ObjectLockRetention {
  return mode === 'COMPLIANCE'
    ? ObjectLockRetention.compliance(Duration.days(days))
    : ObjectLockRetention.governance(Duration.days(days));
}
