/**
 * What an operator may choose about a deployment, parsed once and strictly: unknown fields are refused, and an error
 * shows the value and what is allowed. The defaults are here and in docs/configuration.md (a test compares the two).
 *
 * Every default deploys: an empty object is a whole, working stack.
 */
import { z } from 'zod';
import { parse } from '../core/parse.ts';
import { apiContradictions, apiOptions } from './options-api.ts';
import { consoleContradictions, consoleOptions } from './options-console.ts';
import { filesContradictions, filesOptions } from './options-files.ts';
import { notificationsContradictions, notificationsOptions } from './options-notifications.ts';

const bucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a bucket name: 3 to 63 characters of a-z, 0-9, dot and dash');

const region = 'a region like eu-central-1';
const regionName = z.string(region).regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, region);

const accountId = z.string().regex(/^\d{12}$/, 'an account id of 12 digits');

/** Secrets Manager's own alphabet; wildcards would widen the role. */
const secretName = z
  .string()
  .max(200, 'at most 200 characters')
  .regex(/^[A-Za-z0-9/_+=.@-]+$/, "the name (not the ARN) of a secret: A-Z, a-z, 0-9, '/_+=.@-'");

const keyAge = '0 (never), or a whole number from 30 to 3650 (days)';
const quota = 'a whole number of bytes, at least 1';

/** A folder below which everything lies. Wildcards would widen the roles, a leading slash makes an empty folder. */
const keyPrefix = z
  .string()
  .max(200, 'at most 200 characters')
  .regex(
    /^$|^(?:[A-Za-z0-9._=-]+\/)+$/,
    "empty, or folders of A-Z, a-z, 0-9, '.', '_', '=', '-', each ending with /",
  );

const arnOf = (service: string, what: string) =>
  z
    .string()
    .max(2048)
    .regex(
      new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]+:\\d{12}:[^*?\\s$]+$`),
      `the ARN of ${what}, without wildcards`,
    );

/** Lambda: 128 to 10,240 MB. Accounts that are new may be capped at 3,008 until they ask for more. */
const memorySizeMiB = (fallback: number) =>
  z.int(lambdaMemory).min(128, lambdaMemory).max(10_240, lambdaMemory).default(fallback);
const lambdaMemory = 'a whole number from 128 to 10240 (MiB)';

/** Lambda: /tmp of 512 to 10,240 MB. */
const scratchSizeMiB = (fallback: number) =>
  z.int(lambdaScratch).min(512, lambdaScratch).max(10_240, lambdaScratch).default(fallback);
const lambdaScratch = 'a whole number from 512 to 10240 (MiB)';

/** Lambda: at most 15 minutes. Less than 2 leaves no margin to fail cleanly. */
const lambdaTimeout = 'a whole number from 2 to 15 (minutes)';
const timeoutMinutes = z.int(lambdaTimeout).min(2, lambdaTimeout).max(15, lambdaTimeout).default(15);

/** CloudWatch Logs takes only these. */
const logRetentionChoices = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const wholeDays = (from: number, to: number) => {
  const allowed = `a whole number from ${from} to ${to} (days)`;
  return z.int(allowed).min(from, allowed).max(to, allowed);
};

const archiveDays = '0 (never), or a whole number from 30 to 3650 (days)';

const ceiling = wholeDays(1, 36_500).optional();

const idOf = (kind: string, max: number) =>
  z
    .array(z.string().regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `an id like ${kind}-0123456789abcdef0`))
    .min(1)
    .max(max);

/** A folder of names of secrets. The slash keeps the key secrets, whose names have none, out of reach. */
const secretPrefix = z
  .string()
  .max(200, 'at most 200 characters')
  .regex(/^(?:[A-Za-z0-9_+=.@-]+\/)+$/, "a name of A-Z, a-z, 0-9, '_+=.@-' that ends with /");

const fields = z.strictObject({
  /** Name of the CloudFormation stack; several may live in one account. */
  stackName: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,39}$/, 'a letter, then letters, digits and dashes, at most 40 characters')
    .default('Holdfast'),
  /** Where to deploy; default: the account and region of the caller's credentials. */
  region: regionName.optional(),
  account: accountId.optional(),

  vault: z
    .strictObject({
      /** Use this bucket instead of making one. It is checked, and never modified. */
      existingBucket: bucketName.optional(),
      /** Everything lies below it. */
      prefix: keyPrefix.default(''),
      /** Seal the bucket with this KMS key (SSE-KMS) instead of S3's own (SSE-S3). Its policy must admit the roles. */
      kmsKeyArn: arnOf('kms', 'a KMS key').optional(),
    })
    .prefault({}),
  /** S3 Object Lock on every object: with COMPLIANCE nobody, root included, can delete before the days are over. */
  objectLock: z
    .strictObject({
      mode: z.enum(['GOVERNANCE', 'COMPLIANCE'], 'GOVERNANCE or COMPLIANCE'),
      days: wholeDays(1, 36_500),
    })
    .optional(),
  /** How long what has expired can still be brought back. */
  undeleteDays: wholeDays(1, 3650).default(14),
  /** Segments of yearly backups move to Deep Archive after so many days; 0: never (docs/decisions/0042). */
  archiveYearlyAfterDays: z
    .int(archiveDays)
    .refine((days) => days === 0 || (days >= 30 && days <= 3650), archiveDays)
    .default(35),
  /** Expire by age whatever retention says, by tier. Off: it can outrun the promise to keep the last good backup. */
  ceilingDays: z
    .strictObject({
      hourly: ceiling,
      daily: ceiling,
      weekly: ceiling,
      monthly: ceiling,
      yearly: ceiling,
      manual: ceiling,
    })
    .prefault({}),

  /** Gets every alert, after confirming the subscription. */
  alertEmail: z.email('an e-mail address').max(254, 'an e-mail address').optional(),

  /** Of the functions and of the PostgreSQL programs. */
  architecture: z.enum(['x86_64', 'arm64'], 'x86_64 or arm64').default('x86_64'),
  /** Zip (or folder) of the PostgreSQL layer; default: built from layers/postgres. */
  layerPath: z.string().min(1, 'a path').optional(),
  /** MongoDB's programs for those that back up, verify and restore; false where no plan has such a source. */
  mongodb: z.boolean().default(true),
  /** Zip (or folder) of the MongoDB layer; default: built from layers/mongo. */
  mongoLayerPath: z.string().min(1, 'a path').optional(),

  backup: z.strictObject({ memorySizeMiB: memorySizeMiB(3008), timeoutMinutes }).prefault({}),
  verify: z
    .strictObject({
      memorySizeMiB: memorySizeMiB(3008),
      timeoutMinutes,
      /** Holds the scratch server of a restore drill. */
      scratchSizeMiB: scratchSizeMiB(10_240),
      /** How often the function looks for backups that wait for their proof. */
      everyMinutes: z
        .int('a whole number from 1 to 1440 (minutes)')
        .min(1, 'a whole number from 1 to 1440 (minutes)')
        .max(1440, 'a whole number from 1 to 1440 (minutes)')
        .default(15),
    })
    .prefault({}),
  restore: z
    .strictObject({
      memorySizeMiB: memorySizeMiB(3008),
      timeoutMinutes,
      scratchSizeMiB: scratchSizeMiB(10_240),
    })
    .prefault({}),

  cleanup: z
    .strictObject({
      memorySizeMiB: memorySizeMiB(1024),
      /** Every day, shortly before S3 looks at its lifecycle rules; less often keeps what has expired longer. */
      everyDays: wholeDays(1, 7).default(1),
    })
    .prefault({}),
  watch: z
    .strictObject({
      /** A secret that holds the URL which is pinged after each good round: its path must not be seen. */
      deadManUrlSecret: secretName.optional(),
      /** Reminds of rotating the wrapping key when it is older. */
      keyAgeDays: z
        .int(keyAge)
        .refine((days) => days === 0 || (days >= 30 && days <= 3650), keyAge)
        .default(365),
      /** Of all backups together; alerts near it. Nothing is ever refused or expired because of it. */
      quotaBytes: z.int(quota).min(1, quota).max(Number.MAX_SAFE_INTEGER, quota).optional(),
    })
    .prefault({}),

  keys: z
    .strictObject({
      /**
       * KMS keys that new objects may be sealed for as well (`holdfast keys add-recovery --kms`). Functions may encrypt
       * with them; who may decrypt is said in the keys' own policies.
       */
      kmsKeyArns: z.array(arnOf('kms', 'a KMS key')).max(5, 'at most 5').default([]),
    })
    .prefault({}),

  /** A second copy of every object, in another region or account, made by S3's replication. */
  replica: z
    .strictObject({
      region: regionName,
      /** An existing bucket there; default: a second stack makes one in that region of the same account. */
      bucketArn: z
        .string()
        .regex(
          /^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
          'the ARN of a bucket, arn:aws:s3:::name',
        )
        .optional(),
      /** Owner of that bucket, when it is another account. */
      account: accountId.optional(),
      /** Key in that region for the copies, when the vault has one of its own. */
      kmsKeyArn: arnOf('kms', 'a KMS key').optional(),
      /** S3's replication time control: copies within 15 minutes, for a price by volume. */
      timeControl: z.boolean().default(false),
    })
    .optional(),

  /** Put backup, verify and restore into a VPC; see docs/configuration.md for the endpoints they need then. */
  vpc: z
    .strictObject({
      vpcId: z.string().regex(/^vpc-[0-9a-f]{8,17}$/, 'an id like vpc-0123456789abcdef0'),
      subnetIds: idOf('subnet', 16),
      /** Lambda takes at most five. */
      securityGroupIds: idOf('sg', 5),
    })
    .optional(),
  logRetentionDays: z
    .literal(logRetentionChoices, `one of ${logRetentionChoices.join(', ')} (what CloudWatch Logs takes)`)
    .default(90),

  sources: z
    .strictObject({
      /** Secrets below this name may be read as sources. */
      secretPrefix: secretPrefix.default('holdfast/sources/'),
      /** Further secrets of sources, by ARN; each holds the host as well. */
      secretArns: z.array(arnOf('secretsmanager', 'a secret')).max(50, 'at most 50').default([]),
      /** KMS keys that source secrets are encrypted with, where it is not the account's own. */
      kmsKeyArns: z.array(arnOf('kms', 'a KMS key')).max(20, 'at most 20').default([]),
      /** Databases reached with IAM authentication: `<resource id>/<user>`. */
      rdsIamUsers: z
        .array(
          z
            .string()
            .regex(
              /^(?:db|cluster|prx)-[A-Za-z0-9]{5,60}\/[A-Za-z0-9_.-]{1,63}$/,
              'like db-ABCDEFGHIJKL01234/holdfast',
            ),
        )
        .max(50, 'at most 50')
        .default([]),
    })
    .prefault({}),

  /** Secrets below this name may be read as further vaults of plans: endpoint, bucket and keys. */
  vaultSecretPrefix: secretPrefix.default('holdfast/vaults/'),

  ...notificationsOptions(),
  /** Secrets below this name may be read by notify as webhooks of channels, the stack's and those of plans. */
  channelSecretPrefix: secretPrefix.default('holdfast/channels/'),

  ...apiOptions({ memorySizeMiB }),

  ...consoleOptions(),

  ...filesOptions({ bucketName, kmsKeyArn: arnOf('kms', 'a KMS key') }),

  /**
   * `credentials`: deploy with the caller's own rights instead of the bootstrap roles (an emulator that enforces
   * IAM has no such roles).
   */
  synthesizer: z
    .enum(['bootstrap-roles', 'credentials'], 'bootstrap-roles or credentials')
    .default('bootstrap-roles'),
});

export const stackOptionsSchema = fields.check(({ value, issues }) => {
  for (const { at, message } of contradictions(value)) {
    const input = at.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)?.[name], value);
    issues.push({ code: 'custom', input, path: [...at], message });
  }
});

/** Options that are each right and do not go together: where, and what is allowed. */
function* contradictions(
  options: z.output<typeof fields>,
): Generator<{ readonly at: readonly string[]; readonly message: string }> {
  const { vpc, vault, ceilingDays, objectLock, replica } = options;
  if (vault.existingBucket !== undefined && Object.values(ceilingDays).some((days) => days !== undefined)) {
    yield {
      at: ['ceilingDays'],
      message:
        'has no effect on vault.existingBucket, whose lifecycle is never modified: set it on that bucket',
    };
  }
  if (vault.existingBucket === undefined && vault.prefix !== '') {
    yield {
      at: ['vault', 'prefix'],
      message: "only with vault.existingBucket: the stack's own bucket holds nothing else",
    };
  }
  if (vpc && new Set(vpc.subnetIds).size !== vpc.subnetIds.length) {
    yield { at: ['vpc', 'subnetIds'], message: 'each id once' };
  }
  const copies = replica?.bucketArn?.split(':').at(-1);
  const vaults = [vault.existingBucket, copies].filter((name) => name !== undefined);
  yield* filesContradictions({ ...options, vaults });
  if (options.sources.secretPrefix.startsWith(options.vaultSecretPrefix)) {
    yield {
      at: ['vaultSecretPrefix'],
      message: `another name than sources.secretPrefix (${options.sources.secretPrefix}), and none above it: verify reads it, and must read no secret of a source`,
    };
  }
  for (const [name, other] of [
    ['sources.secretPrefix', options.sources.secretPrefix],
    ['vaultSecretPrefix', options.vaultSecretPrefix],
  ] as const) {
    const { channelSecretPrefix: prefix } = options;
    if (!prefix.startsWith(other) && !other.startsWith(prefix)) continue;
    yield {
      at: ['channelSecretPrefix'],
      message: `another name than ${name} (${other}), neither above nor below it: notify reads webhooks and nothing else`,
    };
  }
  yield* notificationsContradictions(options);
  yield* apiContradictions(options);
  yield* consoleContradictions(options);
  if (options.dataEvents && vault.existingBucket !== undefined) {
    yield {
      at: ['dataEvents'],
      message: 'not with vault.existingBucket: its owner decides whether its objects are on record',
    };
  }
  if (!options.mongodb && options.mongoLayerPath !== undefined) {
    yield { at: ['mongoLayerPath'], message: 'only where mongodb is not false' };
  }
  for (const [tier, days] of Object.entries(ceilingDays)) {
    if (objectLock && days !== undefined && days < objectLock.days) {
      yield {
        at: ['ceilingDays', tier],
        message: `at least objectLock.days (${objectLock.days}): a lock outlives an earlier expiry`,
      };
    }
  }
  if (replica === undefined) return;
  if (vault.existingBucket !== undefined) {
    yield {
      at: ['replica'],
      message: 'not with vault.existingBucket, which is never modified: its owner sets up its replication',
    };
  }
  if (options.region === replica.region && replica.bucketArn === undefined) {
    yield {
      at: ['replica', 'region'],
      message: `another region than the stack's own (${options.region})`,
    };
  }
  if (replica.account !== undefined && replica.bucketArn === undefined) {
    yield {
      at: ['replica', 'account'],
      message: 'only with replica.bucketArn: the stack makes no bucket in another account',
    };
  }
  if ((vault.kmsKeyArn === undefined) !== (replica.kmsKeyArn === undefined)) {
    yield {
      at: ['replica', 'kmsKeyArn'],
      message: 'together with vault.kmsKeyArn: copies are encrypted as the originals are',
    };
  }
}

export type StackOptions = z.output<typeof stackOptionsSchema>;

/** Options from cdk.json, `-c` or a caller, or InvalidInput that names each field that is wrong. */
export function parseStackOptions(value: unknown): StackOptions {
  return parse(stackOptionsSchema, value, 'stack options');
}
