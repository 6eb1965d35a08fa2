/**
 * Asks a bucket for everything that `missingFromBucket` judges: for the deployment onto an existing bucket, and for
 * `holdfast doctor`. Reads settings only, never an object.
 */
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { hasCode } from '../../core/errors.ts';
import type { PolicyDocument } from './bucket-policy.ts';
import { type BucketDemands, type BucketDescription, missingFromBucket } from './bucket-rules.ts';
import { type CallOptions, caller } from './client.ts';

const CALL_TIMEOUT_MS = 30_000;

/**
 * What the bucket lacks, one line each; empty when it will do.
 * @throws VAULT_REFUSED when it does not exist or a setting may not be read (the message names the action)
 */
export async function checkVaultBucket(
  client: S3Client,
  bucket: string,
  prefix: string,
  demands: Pick<BucketDemands, 'undeleteDays' | 'objectLock'>,
): Promise<readonly string[]> {
  return missingFromBucket(await describeBucket(client, bucket), { ...demands, bucket, prefix });
}

export async function describeBucket(client: S3Client, bucket: string): Promise<BucketDescription> {
  const call = caller({ requests: 0, retries: 0 }, CALL_TIMEOUT_MS);
  const Bucket = { Bucket: bucket };
  /** S3 answers 404 where a setting was never made. */
  const ask = <T extends object>(
    action: string,
    send: (options: CallOptions) => Promise<T>,
  ): Promise<T | undefined> =>
    call(action, `bucket ${bucket}`, send).catch((error: unknown) => {
      if (hasCode(error, 'OBJECT_MISSING')) return undefined;
      throw error;
    });
  const [versioning, access, policy, encryption, lifecycle, lock] = await Promise.all([
    ask('s3:GetBucketVersioning', (options) => client.send(new GetBucketVersioningCommand(Bucket), options)),
    ask('s3:GetBucketPublicAccessBlock', (options) =>
      client.send(new GetPublicAccessBlockCommand(Bucket), options),
    ),
    ask('s3:GetBucketPolicy', (options) => client.send(new GetBucketPolicyCommand(Bucket), options)),
    ask('s3:GetEncryptionConfiguration', (options) =>
      client.send(new GetBucketEncryptionCommand(Bucket), options),
    ),
    ask('s3:GetLifecycleConfiguration', (options) =>
      client.send(new GetBucketLifecycleConfigurationCommand(Bucket), options),
    ),
    ask('s3:GetBucketObjectLockConfiguration', (options) =>
      client.send(new GetObjectLockConfigurationCommand(Bucket), options),
    ),
  ]);
  const [rule] = encryption?.ServerSideEncryptionConfiguration?.Rules ?? [];
  return {
    versioning: versioning?.Status,
    publicAccessBlock: access?.PublicAccessBlockConfiguration,
    policy: policy?.Policy === undefined ? undefined : (JSON.parse(policy.Policy) as PolicyDocument),
    encryption: rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
    lifecycleRules: lifecycle?.Rules ?? [],
    objectLockEnabled: lock?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled',
  };
}
