/**
 * What the manifest says about MongoDB: facts for restoring it, evidence for proving it, contents of its segments.
 * These are part of the format (docs/format.md): fields are only ever added, as optional.
 */
import { z } from 'zod';

const count = z.int().min(0);

/** One collection (or view) by its two names; a collection's own name may hold dots, a database's never. */
export const namespaceName = z.strictObject({ database: z.string(), collection: z.string() });
export type NamespaceName = z.infer<typeof namespaceName>;

/** MongoDB's own types as JSON: canonical extended JSON, version 2. */
const extendedJson = z.record(z.string(), z.unknown());

export const collectionFactSchema = z.strictObject({
  ...namespaceName.shape,
  /** A time series shows as itself; its documents lie in, and are dumped from, `system.buckets.<name>`. */
  type: z.enum(['collection', 'view', 'timeseries']),
  /** As listCollections says: capped, size, validator, collation, viewOn, pipeline, timeseries … */
  options: extendedJson,
  /** As listIndexes says, by name, `_id_` too; empty for views. */
  indexes: z.array(extendedJson),
  /** Of the documents, uncompressed; 0 where the server does not say. */
  sizeBytes: count,
});
export type CollectionFact = z.infer<typeof collectionFactSchema>;

/** Documents of one collection: before the dump, in the dump, after it. */
export const countFactSchema = z.strictObject({
  ...namespaceName.shape,
  /** In the server when the session began; absent with evidence level `none`. */
  before: count.optional(),
  /** In the segments: what a restore must bring back. Of a time series: buckets. */
  dumped: count,
  after: count.optional(),
});
export type CountFact = z.infer<typeof countFactSchema>;

export const mongodbFactsSchema = z.strictObject({
  serverVersion: z.string(),
  /** As `getParameter featureCompatibilityVersion`, where the role may ask. */
  featureCompatibilityVersion: z.string().optional(),
  topology: z.enum(['standalone', 'replica-set', 'sharded', 'load-balanced']),
  replicaSet: z.string().optional(),
  /** `database`: one of them; `deployment`: all databases of a replica set in one archive, with the oplog. */
  scope: z.enum(['database', 'deployment']),
  /** Present with scope `database`. */
  database: z.string().optional(),
  /** All databases whose collections are in this component. */
  databases: z.array(z.string()),
  /** Why the consistency is what it is, for people. */
  consistencyReason: z.string(),
  readPreference: z.string(),
  sizeBytes: count,
  /** Sorted by database and name; excluded ones are not among them. */
  collections: z.array(collectionFactSchema),
  /** Sorted like `collections`; views are not among them. */
  counts: z.array(countFactSchema),
  /** Documents a count may lie beyond before and after: the plan's, as it was applied. */
  countTolerance: z.union([
    z.strictObject({ fraction: z.number().min(0) }),
    z.strictObject({ documents: count }),
  ]),
  /** What is not in the backup, and why: users and roles, system collections … */
  notCovered: z.array(z.strictObject({ what: z.string(), why: z.string() })),
  excluded: z.strictObject({ collections: z.array(namespaceName) }),
});
export type MongodbFacts = z.infer<typeof mongodbFactsSchema>;

export const mongodbEvidenceSchema = z.strictObject({
  level: z.enum(['counts', 'none']),
  /** What the server counted when the session began; empty with level `none`. */
  collections: z.array(z.strictObject({ ...namespaceName.shape, documents: count })),
  seconds: z.number(),
});
export type MongodbEvidence = z.infer<typeof mongodbEvidenceSchema>;

/** One namespace of an archive, whose closing block was there and whose checksum agreed. */
export const namespaceContentsSchema = z.strictObject({
  /** As the archive's blocks name it: `system.buckets.x` for a time series `x`; database '' and `oplog` for the oplog. */
  ...namespaceName.shape,
  documents: count,
  /** Of the documents, as BSON. */
  bytes: count,
  /** CRC-64/XZ over them in their order, 16 hexadecimal digits. */
  crc64: z.string().regex(/^[0-9a-f]{16}$/),
});
export type NamespaceContents = z.infer<typeof namespaceContentsSchema>;

/** What the oplog of an archive says was written to one collection during the dump. */
export const writtenSchema = z.strictObject({
  /** Of a time series: the series itself, although its buckets were written. */
  ...namespaceName.shape,
  inserted: count,
  deleted: count,
  updated: count,
});
export type Written = z.infer<typeof writtenSchema>;

/** What the walker saw of an archive of mongodump: on the way out as in `readable`. */
export const mongoArchiveContentsSchema = z.strictObject({
  /** Version of the archive format, `0.1`. */
  format: z.string(),
  serverVersion: z.string(),
  toolVersion: z.string(),
  compression: z.enum(['none', 'gzip', 'zstd']),
  /** Of the archive before compression. */
  archiveBytes: count,
  /** In the order of the prelude: each collection that it announces, with data or (views) without. */
  announced: z.array(z.strictObject({ ...namespaceName.shape, type: z.string() })),
  /** In the order of their names. */
  namespaces: z.array(namespaceContentsSchema),
  /**
   * With an oplog: what it says was written, by name; not to config and local. A replay of nothing else can change a
   * count. The entry that was the newest before the dump is in every oplog, and not counted here.
   */
  written: z.array(writtenSchema).optional(),
});
export type MongoArchiveContents = z.infer<typeof mongoArchiveContentsSchema>;

/** What the bytes of a segment are: an archive of `mongodump --archive`, and how it is compressed. */
export const archiveEncodings = {
  none: 'mongo-archive',
  gzip: 'mongo-archive-gzip',
  zstd: 'mongo-archive-zstd',
} as const;
export type ArchiveCompression = keyof typeof archiveEncodings;

/** The name of the oplog's namespace in an archive: its database has an empty name. */
export const oplogNamespace: NamespaceName = { database: '', collection: 'oplog' };
