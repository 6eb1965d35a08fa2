/** What a plan says of a PostgreSQL source; every default is here and in docs/plans.md. */
import { z } from 'zod';
import { secretNameSchema, sourceNameSchema } from '../../core/plan.ts';

/** PostgreSQL identifiers are 1 to 63 bytes; any character but NUL. */
export const identifier = z
  .string()
  .min(1, 'a name of 1 to 63 bytes')
  .refine((name) => Buffer.byteLength(name) <= 63 && !name.includes('\0'), 'a name of 1 to 63 bytes');

export const tableName = z.strictObject({ schema: identifier, table: identifier });
export type TableName = z.infer<typeof tableName>;

export const postgresSourceSchema = z.strictObject({
  kind: z.literal('postgres'),
  /** Unique in the plan; part of object keys. */
  name: sourceNameSchema,
  /** What is not read again is not known to be unchanged: a server does not tell which rows have. */
  mode: z
    .literal('full', {
      error:
        'must be full: each backup of a PostgreSQL source is a whole pg_dump, since nothing in it tells what has changed since the last one; incremental and differential are for files',
    })
    .default('full'),
  /** Secrets Manager name or ARN; holds host, port, user, password. */
  secret: secretNameSchema,
  /** Which databases of the server: names, or `all` (but templates and those that refuse connections). Default: the one in the secret. */
  databases: z.union([z.literal('all'), z.array(identifier).min(1).max(100)]).optional(),
  exclude: z
    .strictObject({
      schemas: z.array(identifier).max(1000).default([]),
      tables: z.array(tableName).max(10_000).default([]),
      /** Definition is kept, rows are not. */
      tableData: z.array(tableName).max(10_000).default([]),
    })
    .default({ schemas: [], tables: [], tableData: [] }),
  /** Segments dumped at a time; default one a core, at most 8. */
  parallelism: z.int().min(1).max(8).optional(),
  compression: z.enum(['zstd', 'gzip', 'lz4', 'none']).default('zstd'),
  evidence: z
    .strictObject({
      /** What is compared after a restore drill. */
      level: z.enum(['checksums', 'counts', 'none']).default('checksums'),
      /** Tables larger than this (bytes on disk) are counted, not checksummed. Default 50 GiB. */
      checksumUpToBytes: z
        .int()
        .min(0)
        .default(50 * 1024 ** 3),
    })
    .default({ level: 'checksums', checksumUpToBytes: 50 * 1024 ** 3 }),
  /** `verify-full` unless the host is loopback or a socket, where it is `prefer`. */
  tls: z.enum(['verify-full', 'verify-ca', 'require', 'prefer', 'disable']).optional(),
  /** Which login the server may ask for. `iam` makes a token for each connection. */
  auth: z.enum(['scram', 'md5', 'password', 'iam']).default('scram'),
  /** What the source role cannot see: fail the backup, or record it and warn. */
  onIncomplete: z.enum(['fail', 'warn']).default('fail'),
  lockTimeoutSeconds: z.int().min(1).max(3600).default(60),
});
export type PostgresSource = z.infer<typeof postgresSourceSchema>;
