/**
 * What the manifest says about a PostgreSQL database: facts for restoring it, evidence for proving it, contents of
 * its segments. These are part of the format (docs/format.md): fields are only ever added, as optional.
 */
import { z } from 'zod';

export const qualifiedName = z.strictObject({ schema: z.string(), name: z.string() });
export type QualifiedName = z.infer<typeof qualifiedName>;

const count = z.int().min(0);

/** A table whose rows are in the dump. */
export const tableEvidenceSchema = z.strictObject({
  schema: z.string(),
  name: z.string(),
  rows: count,
  /** Sum modulo 2^64 of a hash of each row (evidence.ts), decimal; absent when not taken. */
  checksum: z
    .string()
    .regex(/^\d{1,20}$/)
    .optional(),
  /** Why there is no checksum: `too-large`, `level`, `unsupported-server`. */
  noChecksum: z.string().optional(),
  bytes: count,
  /** `root`: compared at the partition root, since rows may load into another leaf (hash partitions of an enum). */
  at: z.enum(['table', 'root']).default('table'),
  /** Only rows that match the extension's condition are dumped (pg_extension.extcondition). */
  condition: z.string().optional(),
});
export type TableEvidence = z.infer<typeof tableEvidenceSchema>;

export const sequenceEvidenceSchema = z.strictObject({
  schema: z.string(),
  name: z.string(),
  lastValue: z.string(),
  isCalled: z.boolean(),
  /** The column that owns it, when there is one; a restored sequence must not be behind its maximum. */
  ownedBy: z.strictObject({ schema: z.string(), table: z.string(), column: z.string() }).optional(),
});

export const postgresEvidenceSchema = z.strictObject({
  level: z.enum(['checksums', 'counts', 'none']),
  tables: z.array(tableEvidenceSchema),
  sequences: z.array(sequenceEvidenceSchema),
  largeObjects: z.strictObject({
    count,
    /** How many were hashed (up to a stated limit, in order of oid). */
    hashed: count,
    /** Sum modulo 2^64 over `oid || md5(content)` rows, decimal; absent when none was hashed. */
    checksum: z.string().optional(),
  }),
  seconds: z.number(),
});
export type PostgresEvidence = z.infer<typeof postgresEvidenceSchema>;

export const roleFactSchema = z.strictObject({
  name: z.string(),
  superuser: z.boolean(),
  login: z.boolean(),
  inherit: z.boolean(),
  createRole: z.boolean(),
  createDb: z.boolean(),
  replication: z.boolean(),
  bypassRls: z.boolean(),
  memberOf: z.array(z.string()),
});

export const postgresFactsSchema = z.strictObject({
  serverVersion: z.string(),
  /** As server_version_num: 180006. */
  serverVersionNum: z.int(),
  standby: z.boolean(),
  database: z.string(),
  owner: z.string(),
  comment: z.string().optional(),
  encoding: z.string(),
  localeProvider: z.enum(['libc', 'icu', 'builtin']),
  collate: z.string(),
  ctype: z.string(),
  /** ICU or builtin locale, and ICU rules. */
  locale: z.string().optional(),
  icuRules: z.string().optional(),
  /** ACL items as text, null when default. */
  acl: z.array(z.string()).nullable(),
  /** ALTER DATABASE … SET and ALTER ROLE … IN DATABASE … SET; role null is for the whole database. */
  settings: z.array(z.strictObject({ role: z.string().nullable(), setting: z.string() })),
  sizeBytes: count,
  /** Roles that own, are granted or are members; for restoring and for the drill. */
  roles: z.array(roleFactSchema),
  extensions: z.array(
    z.strictObject({ name: z.string(), version: z.string(), schema: z.string(), trusted: z.boolean() }),
  ),
  /** Objects by kind: each an array of identities, sorted (pg_identify_object's identity or the like). */
  inventory: z.record(z.string(), z.array(z.string())),
  /** Things that only a superuser can make: event triggers, FOR ALL TABLES publications, untrusted extensions, … */
  superuserOnly: z.array(z.strictObject({ kind: z.string(), name: z.string() })),
  /** What the source role could not see, and why (rule 18). */
  notCovered: z.array(z.strictObject({ what: z.string(), why: z.string() })),
  excluded: z.strictObject({
    schemas: z.array(z.string()),
    tables: z.array(qualifiedName),
    tableData: z.array(qualifiedName),
  }),
});
export type PostgresFacts = z.infer<typeof postgresFactsSchema>;

/** What the walker saw of an archive of pg_dump -Fc on the way out. */
export const archiveContentsSchema = z.strictObject({
  /** Archive format version, e.g. `1.16`. */
  format: z.string(),
  compression: z.enum(['none', 'gzip', 'lz4', 'zstd']),
  tocEntries: count,
  /** Entries with data, each of which appeared and ended. */
  dataEntries: count,
  /** Tables whose data is in this segment. */
  tables: z.array(qualifiedName),
});
export type ArchiveContents = z.infer<typeof archiveContentsSchema>;
