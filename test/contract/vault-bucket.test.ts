/** What a bucket must have to be a vault: the rules alone, then asked of a bucket on the local AWS. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  type LifecycleRule,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { checkVaultBucket } from '../../adapters/s3/bucket.ts';
import { type BucketDescription, missingFromBucket } from '../../adapters/s3/bucket-rules.ts';
import { s3Client } from '../../adapters/s3/client.ts';
import { startEmulator } from '../../local/emulator.ts';

const publicAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};
const tlsOnly = {
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 's3:*',
  Resource: ['arn:aws:s3:::vault', 'arn:aws:s3:::vault/*'],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const conditionalWrites = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:PutObject',
  Resource: 'arn:aws:s3:::vault/*',
  Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
};
const marked = { Tag: { Key: 'expire', Value: 'yes' } };
const rules: LifecycleRule[] = [
  {
    ID: 'expire-marked',
    Status: 'Enabled',
    Filter: marked,
    Expiration: { Days: 1 },
    NoncurrentVersionExpiration: { NoncurrentDays: 14 },
  },
  {
    ID: 'sweep',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    Expiration: { ExpiredObjectDeleteMarker: true },
  },
];
const good: BucketDescription = {
  versioning: 'Enabled',
  publicAccessBlock,
  policy: { Statement: [tlsOnly, conditionalWrites] },
  encryption: 'AES256',
  lifecycleRules: rules,
  objectLockEnabled: true,
};
const demands = { bucket: 'vault', prefix: 'backups/', undeleteDays: 14, objectLock: { mode: 'GOVERNANCE' } };
const missing = (changed: Partial<BucketDescription>) => missingFromBucket({ ...good, ...changed }, demands);

describe('missingFromBucket', () => {
  test('a bucket that has everything lacks nothing', () => {
    expect(missing({})).toEqual([]);
  });

  test('a bare bucket is told everything at once', () => {
    const bare = {
      versioning: undefined,
      publicAccessBlock: undefined,
      policy: undefined,
      encryption: undefined,
      lifecycleRules: [],
      objectLockEnabled: false,
    };
    expect(missingFromBucket(bare, demands)).toHaveLength(10);
  });

  test.each<[string, Partial<BucketDescription>, RegExp]>([
    ['suspended versioning', { versioning: 'Suspended' }, /versioning is Suspended/],
    [
      'one open setting',
      { publicAccessBlock: { ...publicAccessBlock, BlockPublicPolicy: false } },
      /set BlockPublicPolicy$/,
    ],
    ['no encryption', { encryption: undefined }, /no default encryption/],
    ['no denial of plain HTTP', { policy: { Statement: conditionalWrites } }, /plain HTTP/],
    [
      'a denial of plain HTTP for one role only',
      {
        policy: {
          Statement: [{ ...tlsOnly, Principal: { AWS: 'arn:aws:iam::1:role/x' } }, conditionalWrites],
        },
      },
      /plain HTTP/,
    ],
    ['unconditional writes', { policy: { Statement: [tlsOnly] } }, /conditional writes/],
    [
      'conditional writes below another prefix',
      { policy: { Statement: [tlsOnly, { ...conditionalWrites, Resource: 'arn:aws:s3:::vault/other/*' }] } },
      /conditional writes/,
    ],
    [
      'a denial that also asks for something else',
      {
        policy: {
          Statement: [
            tlsOnly,
            {
              ...conditionalWrites,
              Condition: { ...conditionalWrites.Condition, StringEquals: { 'aws:PrincipalTag/x': 'y' } },
            },
          ],
        },
      },
      /conditional writes/,
    ],
    ['no rule for what is marked', { lifecycleRules: rules.slice(1) }, /expires what is tagged expire=yes/],
    [
      'a rule that is disabled',
      { lifecycleRules: rules.map((rule) => ({ ...rule, Status: 'Disabled' })) },
      /expire=yes/,
    ],
    ['no sweep', { lifecycleRules: rules.slice(0, 1) }, /incomplete multipart uploads/],
    [
      'a shorter undelete window',
      {
        lifecycleRules: [
          { ...rules[0], NoncurrentVersionExpiration: { NoncurrentDays: 3 } } as LifecycleRule,
          ...rules,
        ],
      },
      /after 3 days: not before 14/,
    ],
    [
      'a rule that expires what nobody marked',
      {
        lifecycleRules: [
          ...rules,
          { ID: 'old', Status: 'Enabled', Filter: { Prefix: 'backups/plans' }, Expiration: { Days: 90 } },
        ],
      },
      /rule old expires objects that nobody marked/,
    ],
    [
      'a rule that removes what was hidden',
      {
        lifecycleRules: [
          ...rules,
          { ID: 'old', Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
        ],
      },
      /rule old removes noncurrent versions that nobody marked/,
    ],
    [
      'a rule that archives everything',
      {
        lifecycleRules: [
          ...rules,
          { ID: 'cold', Status: 'Enabled', Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] },
        ],
      },
      /rule cold moves every object/,
    ],
    ['no Object Lock', { objectLockEnabled: false }, /Object Lock is not enabled/],
  ])('%s is named', (_, changed, line) => {
    expect(missing(changed).join('\n')).toMatch(line);
  });

  test('rules of other prefixes and by other tags are nobody’s business', () => {
    const others: LifecycleRule[] = [
      { ID: 'logs', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 3 } },
      {
        ID: 'ceiling',
        Status: 'Enabled',
        Filter: { Tag: { Key: 'tier', Value: 'hourly' } },
        Expiration: { Days: 30 },
      },
    ];
    expect(missing({ lifecycleRules: [...rules, ...others] })).toEqual([]);
  });

  test('Object Lock is asked for only when objects are to be locked', () => {
    const { objectLock: _, ...without } = demands;
    expect(missingFromBucket({ ...good, objectLockEnabled: false }, without)).toEqual([]);
  });
});

describe('checkVaultBucket', () => {
  test('lists what a bucket lacks until it has it; a bucket that is not there is refused', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'holdfast-bucket-'));
    const emulator = await startEmulator({ stateDir });
    const client = s3Client({
      endpoint: emulator.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    try {
      const Bucket = 'vault';
      const check = (bucket: string) => checkVaultBucket(client, bucket, 'backups/', demands);
      await expect(check('none')).rejects.toMatchObject({
        code: 'VAULT_REFUSED',
        message: expect.stringContaining('does not exist'),
      });
      await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
      expect((await check(Bucket)).join('\n')).toMatch(/conditional writes/);
      await client.send(
        new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
      );
      await client.send(
        new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: publicAccessBlock }),
      );
      await client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(good.policy) }));
      const SSEAlgorithm = 'AES256' as const;
      await client.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm } }],
          },
        }),
      );
      await client.send(
        new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: rules } }),
      );
      expect(await check(Bucket)).toEqual([]);
    } finally {
      client.destroy();
      await emulator.stop();
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});
