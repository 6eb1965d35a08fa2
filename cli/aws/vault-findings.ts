/** The vault bucket as `doctor` and the smoke test see it. */
import type { S3Client } from '@aws-sdk/client-s3';
import { checkVaultBucket } from '../../adapters/s3/bucket.ts';
import type { Finding } from '../context.ts';
import type { StackOutputs } from '../stack.ts';

/** One finding for each thing that the bucket lacks, or one that says that it lacks nothing. */
export async function vaultFindings(client: S3Client, stack: StackOutputs): Promise<readonly Finding[]> {
  const { VaultBucket, VaultPrefix, UndeleteDays: undeleteDays, ObjectLock: objectLock } = stack;
  const lacking = await checkVaultBucket(client, VaultBucket, VaultPrefix, { undeleteDays, objectLock });
  if (lacking.length === 0) {
    const lock = objectLock ? `, Object Lock ${objectLock.mode} ${objectLock.days} d` : '';
    return [
      { name: 'settings', ok: true, detail: `s3://${VaultBucket}/${VaultPrefix}: as they must be${lock}` },
    ];
  }
  return lacking.map((detail) => ({
    name: 'settings',
    ok: false,
    detail,
    next: `Set it on ${VaultBucket} (\`npm run deploy\` does, where the stack made the bucket).`,
  }));
}
