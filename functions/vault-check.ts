/**
 * Custom resource behind the CDK provider framework: looks at an existing bucket and fails the deployment with the
 * list of what it lacks. It reads settings only, and changes nothing.
 */
import { z } from 'zod';
import { checkVaultBucket } from '../adapters/s3/bucket.ts';
import { s3Client } from '../adapters/s3/client.ts';
import { HoldfastError } from '../core/errors.ts';
import { parse } from '../core/parse.ts';

const lockSchema = z.strictObject({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: z.int().min(1) });

/** CloudFormation makes text of every value, and adds fields of its own. */
const eventSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResourceProperties: z.object({
    bucket: z.string().min(3, 'a bucket name'),
    prefix: z.string(),
    undeleteDays: z.coerce.number().int().min(1),
    objectLock: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(lockSchema)
      .optional(),
  }),
});

/** Constant, so that CloudFormation never sees a replacement. */
const PHYSICAL_RESOURCE_ID = 'holdfast-vault-check';

const client = s3Client();

export async function handler(event: unknown): Promise<{ readonly PhysicalResourceId: string }> {
  const { RequestType, ResourceProperties } = parse(eventSchema, event, 'custom resource event');
  const { bucket, prefix, undeleteDays, objectLock } = ResourceProperties;
  if (RequestType === 'Delete') return { PhysicalResourceId: PHYSICAL_RESOURCE_ID };
  const missing = await checkVaultBucket(client, bucket, prefix, { undeleteDays, objectLock });
  if (missing.length > 0) {
    const list = missing.map((line, index) => `${index + 1}. ${line}`).join('; ');
    throw new HoldfastError('VAULT_UNSUITABLE', `Bucket ${bucket} lacks what a vault needs: ${list}`);
  }
  return { PhysicalResourceId: PHYSICAL_RESOURCE_ID };
}
