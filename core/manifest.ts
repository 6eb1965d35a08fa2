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

export const segmentSchema = z.strictObject({
  index: z.int().min(0),
  name: z.string(),
  /** What the bytes are once unsealed: an archive of `pg_dump -Fc`, or SQL text. */
  encoding: z.enum(['pg-custom', 'pg-globals-sql']),
  /** Order of restoring: pre-data, then data, then post-data; globals are for a new server. */
  section: z.enum(['pre-data', 'data', 'post-data', 'globals']),
  /** Length of what the dump tool wrote, before sealing. */
  plainBytes: bytes,
  parts: z.array(partSchema).min(1),
  /** What the walker saw on the way out: kind-specific, parsed by the source's own schema. */
  contents: z.record(z.string(), z.unknown()),
});
export type Segment = z.infer<typeof segmentSchema>;

export const componentSchema = z.strictObject({
  name: componentNameSchema,
  source: z.string(),
  kind: z.enum(['postgres']),
  /** `snapshot`: everything as of one instant. */
  consistency: z.enum(['snapshot']),
  /** What is being backed up, for people: the database's name. */
  title: z.string(),
  segments: z.array(segmentSchema),
  /** Kind-specific (adapters/postgres/model.ts), taken under the same snapshot. */
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
  createdBy: z.string(),
  correlationId: z.string(),
  slot: isoTime,
  startedAt: isoTime,
  /** When the last segment was stored; the manifest follows. */
  completedAt: isoTime,
  tier: z.enum(['hourly', 'daily', 'weekly', 'monthly', 'yearly', 'manual']),
  expiresAt: isoTime,
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
