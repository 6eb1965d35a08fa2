/** Of an object under a KMS key, S3 refuses HeadObject with checksums to whoever may not decrypt; cleanup may not. */
import type { HeadObjectCommandInput } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { s3Client } from '../../../adapters/s3/client.ts';
import { s3Vault } from '../../../adapters/s3/vault.ts';

/** What `head` asks S3 for; what leaves is looked at, nothing answers but this. */
async function asked(checksums?: boolean): Promise<HeadObjectCommandInput | undefined> {
  let input: HeadObjectCommandInput | undefined;
  const client = s3Client({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  client.middlewareStack.add(
    (_, { commandName }) =>
      async (args) => {
        if (commandName === 'HeadObjectCommand') input = args.input as HeadObjectCommandInput;
        return { response: {}, output: { $metadata: {}, ContentLength: 1, TagSet: [] } } as never;
      },
    { step: 'finalizeRequest', priority: 'low', name: 'look' },
  );
  const vault = s3Vault({ client, bucket: 'any', checksums });
  expect(await vault.head('plans/p/b/manifest')).toMatchObject({ lengthBytes: 1 });
  return input;
}

describe('looking at an object', () => {
  it('asks for its checksum', async () => {
    expect((await asked())?.ChecksumMode).toBe('ENABLED');
  });

  it('asks for none where the vault is only looked at', async () => {
    expect(await asked(false)).not.toHaveProperty('ChecksumMode');
  });
});
