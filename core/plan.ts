/**
 * A plan: what to back up, when, how long to keep it, how hard to verify. Parsed once, strictly: unknown fields are
 * refused, every default is here and in docs/plans.md.
 */
import { z } from 'zod';
import { planIdSchema } from './format/layout.ts';
import { parse } from './parse.ts';
import { scheduleSchema } from './schedule.ts';

/** PostgreSQL identifiers are 1 to 63 bytes; any character but NUL. */
const identifier = z
  .string()
  .min(1, 'a name of 1 to 63 bytes')
  .refine((name) => Buffer.byteLength(name) <= 63 && !name.includes('\0'), 'a name of 1 to 63 bytes');

const tableName = z.strictObject({ schema: identifier, table: identifier });
export type TableName = z.infer<typeof tableName>;

const secretName = z
  .string()
  .max(2048, 'the name or ARN of a secret')
  .regex(/^[\w/+=.@:-]+$/, 'the name or ARN of a secret')
  // A URL pasted here would put a password into the catalog and every manifest.
  .refine((name) => !name.includes('://'), 'the name or ARN of a secret, not what is in it');

export const postgresSourceSchema = z.strictObject({
  kind: z.literal('postgres'),
  /** Unique in the plan; part of object keys. */
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$/, '1 to 30 characters of a-z, 0-9 and -'),
  /** Secrets Manager name or ARN; holds host, port, user, password. */
  secret: secretName,
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

/** Every kind of source; adding one is one line here and one folder in adapters/. */
export const sourceSchema = z.discriminatedUnion('kind', [postgresSourceSchema], {
  error: 'kind must be one of: postgres',
});
export type Source = z.infer<typeof sourceSchema>;

/** An https URL without user and password. Where it may lead is checked when it is pinged. */
export const deadManUrlSchema = z
  .string()
  .max(2048, 'an https URL')
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url?.protocol === 'https:' && url.username === '' && url.password === '';
  }, 'an https URL without user and password');

const keepCount = z.int().min(0).max(10_000);

export const retentionSchema = z
  .strictObject({
    hourly: keepCount.default(48),
    daily: keepCount.default(30),
    weekly: keepCount.default(12),
    monthly: keepCount.default(12),
    yearly: keepCount.default(3),
    /** Manual backups are kept this long. */
    manualDays: z.int().min(1).max(36_500).default(30),
    /** Plain days: every scheduled backup is kept at least this long, whatever its tier. 0: its tier alone decides. */
    days: z.int().min(0).max(36_500).default(0),
  })
  .refine(
    ({ hourly, daily, weekly, monthly, yearly, days }) =>
      hourly + daily + weekly + monthly + yearly + days > 0,
    {
      error:
        'keeps no scheduled backup at all: at least one of hourly, daily, weekly, monthly, yearly, days must be above 0',
    },
  );
export type Retention = z.infer<typeof retentionSchema>;

export const planSchema = z
  .strictObject({
    /** Never changes; the name may. */
    id: planIdSchema,
    name: z
      .string()
      .trim()
      .min(1, 'a name of 1 to 100 characters')
      .max(100, 'a name of 1 to 100 characters')
      .optional(),
    enabled: z.boolean().default(true),
    sources: z.array(sourceSchema).min(1, 'at least one source').max(20, 'at most 20 sources'),
    schedule: scheduleSchema.default({ cron: '0 2 * * *', timeZone: 'UTC' }),
    retention: retentionSchema.prefault({}),
    /** How much later than its interval a backup may be before it counts as missed. */
    graceMinutes: z.int().min(5).max(10_080).default(60),
    /** Alerts at 80 % of it, and when it is exceeded; nothing is ever refused or expired because of it. */
    quotaBytes: z.int().min(1).optional(),
    /** Pinged (GET) for each completed backup; whoever hosts it speaks up when the pings stop. Its path is a secret. */
    deadManUrl: deadManUrlSchema.optional(),
    verification: z
      .strictObject({
        /** How each completed backup is proven by the verify schedule. */
        level: z.enum(['stored', 'readable', 'restored']).default('restored'),
      })
      .prefault({}),
  })
  .refine((plan) => new Set(plan.sources.map((source) => source.name)).size === plan.sources.length, {
    path: ['sources'],
    error: 'the names of the sources must differ',
  });
export type Plan = z.infer<typeof planSchema>;

/** A plan from YAML, JSON or an item, or InvalidInput naming each field that is wrong. */
export function parsePlan(value: unknown): Plan {
  return parse(planSchema, value, 'plan', ['secret', 'deadManUrl']);
}
