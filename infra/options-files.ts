/** Options about files: which buckets may be read and written, and the file system that is mounted. */
import { z } from 'zod';

/** Together: IAM takes 10,240 characters for all policies of a role, and Lambda 4,096 bytes of environment. */
const maxPlaces = 20;
const maxCharacters = 1_000;

const prefix = z
  .string()
  .min(1, 'not empty: leave `prefixes` out for the whole bucket')
  .max(200, 'at most 200 characters')
  // What IAM would take for a wildcard or a variable.
  .regex(/^[^*?$\p{Cc}]*$/u, 'the beginning of keys, without wildcards (* ? $)');

export function filesOptions(base: { bucketName: z.ZodString; kmsKeyArn: z.ZodString }) {
  const place = z.strictObject({
    name: base.bucketName,
    /** Only keys that begin so; none: the whole bucket. */
    prefixes: z.array(prefix).max(10, 'at most 10').default([]),
    /** The key that its objects are encrypted with, where it is not S3's own. Its policy must admit the roles. */
    kmsKeyArn: base.kmsKeyArn.optional(),
  });
  /** A name alone is the whole bucket. */
  const bucket = z.preprocess((value) => (typeof value === 'string' ? { name: value } : value), place);
  return {
    /** Buckets that plans may back up. Restore writes below `holdfast-restored/` of each. */
    filesBuckets: z.array(bucket).max(10, 'at most 10').default([]),
    /** Where else restore may write files; a bucket of the above too, to let files be put back into their place. */
    restoreBuckets: z.array(bucket).max(10, 'at most 10').default([]),
    /** An EFS file system whose folders plans may back up and restore into; it needs `vpc`. */
    fileSystem: z
      .strictObject({
        accessPointArn: z
          .string()
          .regex(
            /^arn:aws[a-z-]*:elasticfilesystem:[a-z0-9-]+:\d{12}:access-point\/fsap-[0-9a-f]{8,40}$/,
            'the ARN of an EFS access point',
          ),
        /** As Lambda wants it. */
        mountPath: z
          .string()
          .max(160, 'at most 160 characters')
          .regex(/^\/mnt\/[A-Za-z0-9_.-]+$/, 'a folder like /mnt/files'),
        /** Of the mount targets: the stack lets its functions in. Default: somebody else does. */
        securityGroupId: z
          .string()
          .regex(/^sg-[0-9a-f]{8,17}$/, 'an id like sg-0123456789abcdef0')
          .optional(),
      })
      .optional(),
  };
}

type Fields = z.output<z.ZodObject<ReturnType<typeof filesOptions>>>;
export type FilesBucket = Fields['filesBuckets'][number];
export type FileSystem = NonNullable<Fields['fileSystem']>;

interface Around extends Fields {
  readonly vpc?: unknown;
  /** Names of buckets that hold backups. */
  readonly vaults: readonly string[];
}

/** Options that are each right and do not go together: where, and what is allowed. */
export function* filesContradictions(
  options: Around,
): Generator<{ readonly at: readonly string[]; readonly message: string }> {
  const { filesBuckets, restoreBuckets, fileSystem, vpc, vaults } = options;
  for (const [field, buckets] of Object.entries({ filesBuckets, restoreBuckets })) {
    const names = buckets.map(({ name }) => name);
    if (new Set(names).size !== names.length) yield { at: [field], message: 'each bucket once' };
    for (const name of names.filter((each) => vaults.includes(each))) {
      yield { at: [field], message: `not ${name}, which holds backups` };
    }
  }
  const places = [...filesBuckets, ...restoreBuckets].flatMap(({ name, prefixes }) =>
    (prefixes.length === 0 ? [''] : prefixes).map((prefix) => name + prefix),
  );
  const characters = places.join('').length;
  if (places.length > maxPlaces || characters > maxCharacters) {
    yield {
      at: ['filesBuckets'],
      message: `with restoreBuckets at most ${maxPlaces} buckets or prefixes of one (they are ${places.length}) and ${maxCharacters} characters (they are ${characters}): a role's policies have a limit`,
    };
  }
  if (fileSystem !== undefined && vpc === undefined) {
    yield { at: ['fileSystem'], message: 'only with vpc: a file system is reached through a network' };
  }
}
