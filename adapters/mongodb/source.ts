/** What a plan says of a MongoDB source; every default is here and in docs/plans.md. */
import { z } from 'zod';
import { secretNameSchema, sourceNameSchema } from '../../core/plan.ts';

/** What MongoDB forbids in the name of a database, on any system (its manual, "Naming restrictions"). */
const databaseName = z
  .string()
  .regex(
    /^[^/\\. "$*<>:|?\0]{1,63}$/,
    'the name of a database: 1 to 63 characters, none of / \\ . " $ * < > : | ? and no space',
  )
  .refine((name) => Buffer.byteLength(name) <= 63, 'the name of a database: at most 63 bytes');

const backedUpDatabase = databaseName.refine(
  (name) => !['admin', 'config', 'local'].includes(name),
  "not admin, config or local, which are the server's own; admin is in a backup of all databases of a replica set",
);

const collectionName = z
  .string()
  .min(1, 'a name of 1 to 255 bytes')
  .refine((name) => Buffer.byteLength(name) <= 255 && !name.includes('\0'), 'a name of 1 to 255 bytes');

/** A share of the count (`0.01`), or a number of documents. */
const toleranceSchema = z
  .union(
    [
      z.strictObject({ fraction: z.number().min(0).max(1) }),
      z.strictObject({ documents: z.int().min(0).max(1_000_000_000) }),
    ],
    { error: 'either {fraction: 0 to 1} or {documents: 0 or more}' },
  )
  .default({ documents: 0 });

const onlyFull =
  'only full: mongodump reads whole collections, and an archive cannot be built upon an earlier one; ' +
  'of a replica set, consistency: oplog gives one instant, not less to read';

export const mongodbSourceSchema = z.strictObject({
  kind: z.literal('mongodb'),
  /** Unique in the plan; part of object keys. */
  name: sourceNameSchema,
  /** Secrets Manager name or ARN; holds the URI, or host, user and password (secret.ts). */
  secret: secretNameSchema,
  mode: z.literal('full', { error: onlyFull }).default('full'),
  /** Names, or `all` (but admin, config and local). Default: the one in the secret (but /admin and the like), else `all`. */
  databases: z.union([z.literal('all'), z.array(backedUpDatabase).min(1).max(100)]).optional(),
  exclude: z
    .strictObject({
      /** Without a database: of that name in every one. */
      collections: z
        .array(z.strictObject({ database: databaseName.optional(), collection: collectionName }))
        .max(1000)
        .default([]),
    })
    .default({ collections: [] }),
  /**
   * `oplog`: one instant for all databases of a replica set. `per-collection`: each as it was while it was read.
   * `auto`: oplog where a whole replica set is backed up and its oplog may be read.
   */
  consistency: z.enum(['auto', 'oplog', 'per-collection']).default('auto'),
  compression: z.enum(['zstd', 'gzip', 'none']).default('zstd'),
  /** Dumps (or, in one with the oplog, collections) at a time; default one a core, at most 8. */
  parallelism: z.int().min(1).max(8).optional(),
  readPreference: z
    .enum(['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'])
    .default('primary'),
  evidence: z
    .strictObject({
      /** What is compared with the dump, and after a restore drill. */
      level: z.enum(['counts', 'none']).default('counts'),
    })
    .default({ level: 'counts' }),
  /** How far a dumped count may lie outside what was counted before and after. */
  countTolerance: toleranceSchema,
  /** How long the tools look for a server that answers. */
  serverSelectionSeconds: z.int().min(1).max(120).default(20),
});
export type MongodbSource = z.infer<typeof mongodbSourceSchema>;
