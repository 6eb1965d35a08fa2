/**
 * The vault: the bucket that sealed objects lie in, as vault-bucket.ts makes it. An existing bucket is used as it is;
 * vault-check.ts looks at it.
 */
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { LifecycleOptions } from './lifecycle.ts';
import { type ObjectLock, vaultBucket } from './vault-bucket.ts';

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
  /** The bucket when it is the stack's own. */
  readonly ownBucket: Bucket | undefined;
  readonly prefix: string;
  readonly objectLock: ObjectLock | undefined;
  readonly kmsKey: IKey | undefined;

  constructor(scope: Construct, id: string, props: VaultProps) {
    super(scope, id);
    this.prefix = props.prefix ?? '';
    this.objectLock = props.objectLock;
    this.kmsKey = props.kmsKeyArn ? Key.fromKeyArn(this, 'Key', props.kmsKeyArn) : undefined;
    if (props.existingBucket) {
      this.bucket = Bucket.fromBucketName(this, 'Bucket', props.existingBucket);
    } else {
      this.ownBucket = vaultBucket(this, 'Bucket', { ...props, kmsKey: this.kmsKey });
      this.bucket = this.ownBucket;
    }
  }

  /** ARN of all objects below a folder of the vault (`objects('plans/')`), or of those that a pattern names. */
  objects(pattern: string): string {
    const isFolder = pattern === '' || pattern.endsWith('/');
    return this.bucket.arnForObjects(`${this.prefix}${pattern}${isFolder ? '*' : ''}`);
  }
}
