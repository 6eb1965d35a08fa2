/**
 * The vault: the bucket that sealed objects lie in. Versioned, private, TLS only, and nobody overwrites: every write
 * must be conditional. It outlives the stack. An existing bucket is used as it is; vault-check.ts looks at it.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { accept } from '../accept.ts';
import { type LifecycleOptions, lifecycleRules } from './lifecycle.ts';

export interface ObjectLock {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly days: number;
}

export interface VaultProps extends LifecycleOptions {
  /** Name of a bucket to use instead of making one. Default: a new bucket. */
  readonly existingBucket?: string;
  /** Folder in an existing bucket, ending with a slash. Default: none. */
  readonly prefix?: string;
  /** Default: none; objects can be deleted by whoever has the right. */
  readonly objectLock?: ObjectLock;
  /** Default: SSE-S3. */
  readonly kmsKeyArn?: string;
}

export class Vault extends Construct {
  readonly bucket: IBucket;
  readonly prefix: string;
  readonly objectLock: ObjectLock | undefined;
  readonly kmsKey: IKey | undefined;

  constructor(scope: Construct, id: string, props: VaultProps) {
    super(scope, id);
    this.prefix = props.prefix ?? '';
    this.objectLock = props.objectLock;
    this.kmsKey = props.kmsKeyArn ? Key.fromKeyArn(this, 'Key', props.kmsKeyArn) : undefined;
    this.bucket = props.existingBucket
      ? Bucket.fromBucketName(this, 'Bucket', props.existingBucket)
      : this.makeBucket(props);
  }

  /** ARN of all objects below a folder of the vault: `objects('plans/')`. */
  objects(folder: string): string {
    return this.bucket.arnForObjects(`${this.prefix}${folder}*`);
  }

  private makeBucket(props: VaultProps): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      encryption: this.kmsKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
      encryptionKey: this.kmsKey,
      bucketKeyEnabled: this.kmsKey ? true : undefined,
      objectLockEnabled: props.objectLock ? true : undefined,
      objectLockDefaultRetention: props.objectLock && retention(props.objectLock),
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
}

/**
 * No write without `If-None-Match`, so that no object is ever replaced. CreateMultipartUpload and UploadPart carry no
 * such header and make no object; S3 tells them apart by `s3:ObjectCreationOperation`.
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
