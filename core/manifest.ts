/**
 * The manifest: the sealed, signed object written last. A backup without one does not exist. Readers keep reading
 * every version ever released (docs/format.md).
 */
import { z } from 'zod';
import { attemptSchema, backupIdSchema, componentNameSchema, planIdSchema } from './format/layout.ts';

const isoTime = z.iso.datetime({ offset: false });
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex');
const bytes = z.int().min(0);

export const partSchema = z.strictObject({
  /** Relative to the vault's prefix. */
  key: z.string().min(1).max(1024),
  lengthBytes: bytes,
  /** Of the sealed object. */
  sha256: sha256Hex,
});
export type Part = z.infer<typeof partSchema>;

/** A word that a kind of source defines. */
const word = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, '1 to 40 characters of a-z, 0-9 and -');

export const segmentSchema = z.strictObject({
  index: z.int().min(0),
  name: z.string(),
  /** What the bytes are once unsealed, in the kind's words: `pg-custom`, `mongo-archive-zstd`, `tar-zstd` … */
  encoding: word,
  /** What it is for in a restore, in the kind's words: `pre-data`, `data`, `index` … */
  section: word,
  /**
   * How its objects are kept. `segment`: for this backup alone, in the storage class of its tier. `pack`: later
   * backups may refer to it, so it never lies in an archive class. `index`: small and read first, always Standard.
   */
  role: z.enum(['segment', 'pack', 'index']).default('segment'),
  /** Length of what the dump tool wrote, before sealing. */
  plainBytes: bytes,
  parts: z.array(partSchema).min(1),
  /** What the walker saw on the way out: kind-specific, parsed by the source's own schema. */
  contents: z.record(z.string(), z.unknown()),
});
export type Segment = z.infer<typeof segmentSchema>;

/** A segment of an earlier backup of the same plan that this one needs: as it stands there, by its keys. */
export type Reference = Segment;

export const componentSchema = z.strictObject({
  name: componentNameSchema,
  source: z.string(),
  kind: word,
  /**
   * `snapshot`: everything as of one instant. `oplog`: as of the end of the dump, by replaying what was written
   * meanwhile. `per-collection`, `per-file`: each as of the moment it was read.
   */
  consistency: z.enum(['snapshot', 'oplog', 'per-collection', 'per-file']),
  /** What is being backed up, for people: the database's name. */
  title: z.string(),
  segments: z.array(segmentSchema),
  /** Absent in backups that stand alone. */
  references: z.array(segmentSchema).optional(),
  /** Kind-specific, as its model says; for a snapshot taken under it. */
  facts: z.record(z.string(), z.unknown()),
  evidence: z.record(z.string(), z.unknown()),
});
export type Component = z.infer<typeof componentSchema>;

export const manifestSchema = z.strictObject({
  format: z.literal('holdfast/manifest'),
  version: z.literal(1),
  planId: planIdSchema,
  backupId: backupIdSchema,
  attempt: attemptSchema,
  kind: z.enum(['database', 'files', 'full']),
  trigger: z.enum(['schedule', 'manual', 'restore-point']),
  /** What a person called it. */
  label: z.string().optional(),
  /** Names of the sources, where it was asked for some only: such a backup is no recovery point of the whole plan. */
  only: z.array(z.string()).optional(),
  createdBy: z.string(),
  correlationId: z.string(),
  slot: isoTime,
  startedAt: isoTime,
  /** When the last segment was stored; the manifest follows. */
  completedAt: isoTime,
  tier: z.enum(['hourly', 'daily', 'weekly', 'monthly', 'yearly', 'manual']),
  expiresAt: isoTime,
  /** Days that were asked for this one, instead of the plan's. */
  keepDays: z.int().min(1).optional(),
  /** The plan as it was, so that the catalog can be rebuilt from the vault. */
  plan: z.record(z.string(), z.unknown()),
  tools: z.record(z.string(), z.string()),
  totals: z.strictObject({
    /** Size of the source as it says itself (pg_database_size). */
    sourceBytes: bytes,
    plainBytes: bytes,
    storedBytes: bytes,
    segments: z.int().min(0),
    objects: z.int().min(0),
  }),
  components: z.array(componentSchema).min(1),
  warnings: z.array(z.string()),
});
export type Manifest = z.infer<typeof manifestSchema>;
