/**
 * What the manifest says of a set of files: facts for restoring them, evidence for proving it, contents of the packs.
 * Part of the format (docs/format.md): fields are only ever added, as optional.
 */
import { z } from 'zod';
import { backupIdSchema } from '../../core/format/layout.ts';
import { skipCodes } from './index-format.ts';

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex');

/** So many skipped files are named in the manifest; the index has them all. */
export const NAMED_SKIPPED_LIMIT = 200;

export const skippedFactSchema = z.strictObject({
  path: z.string(),
  code: z.enum(skipCodes),
  why: z.string(),
});

export const filesFactsSchema = z.strictObject({
  /** Where the files came from. `prefix` is empty or ends with a slash. */
  place: z.union([
    z.strictObject({ bucket: z.string(), prefix: z.string(), endpoint: z.string().optional() }),
    z.strictObject({ path: z.string() }),
  ]),
  mode: z.enum(['full', 'incremental', 'differential']),
  /** The backup that this run built upon; absent when everything was read. */
  from: backupIdSchema.optional(),
  /** The backup that last read everything: this one, when `from` is absent. */
  fullBackupId: backupIdSchema,
  include: z.array(z.string()),
  exclude: z.array(z.string()),
  /** Keys that are never backed up, whatever the globs say: what restores wrote into the source's own bucket. */
  left: z.array(z.string()),
  /** The folder that is backed up, itself. */
  root: z.strictObject({ mode: count, uid: count, gid: count, mtime: z.string() }).optional(),
  onChangedFile: z.enum(['fail', 'warn']),
  /** The first ones by path, and how many there are in all. */
  skipped: z.array(skippedFactSchema).max(NAMED_SKIPPED_LIMIT),
  skippedTotal: count,
  run: z.strictObject({
    /** Not in the base. */
    new: count,
    /** In the base, but not as they are now. */
    changed: count,
    /** As in the base: not read. */
    unchanged: count,
    /** In the base, and no more there. */
    gone: count,
    /** Read, but their content was stored already. */
    deduplicated: count,
    deduplicatedBytes: count,
    /** Of files, as they were read; what was read twice counts twice. */
    readBytes: count,
  }),
});
export type FilesFacts = z.infer<typeof filesFactsSchema>;

/** What a reader of the index counts must agree with this. */
export const filesEvidenceSchema = z.strictObject({
  files: count,
  bytes: count,
  folders: count,
  links: count,
  skipped: count,
  /** `digest` of the index's end line. */
  indexDigest: sha256,
});
export type FilesEvidence = z.infer<typeof filesEvidenceSchema>;

/** What is in the tar of one pack. */
export const packContentsSchema = z.strictObject({
  members: count,
  /** Of all members' contents. */
  bytes: count,
  /**
   * SHA-256 over a line for each member in order: `path\0size\0sha256\n`, or `path\0size\0sha256\0void\n` for one in
   * `voids`. The path is that of the index: the pax record HOLDFAST.path where there is one, else the member's name.
   * Folders and links have size 0 and the SHA-256 of nothing.
   */
  digest: sha256,
  /** Members, from 0, whose file changed while it was read: padded to their length, named by no index. */
  voids: z.array(count).max(30_000).optional(),
});
export type PackContents = z.infer<typeof packContentsSchema>;

/** What the manifest says of the index segment. */
export const indexContentsSchema = z.strictObject({
  files: count,
  bytes: count,
  folders: count,
  links: count,
  skipped: count,
  packs: count,
  digest: sha256,
});
export type IndexContents = z.infer<typeof indexContentsSchema>;

export const packEncodings = {
  zstd: 'tar-zstd',
  gzip: 'tar-gzip',
  bzip2: 'tar-bzip2',
  none: 'tar',
} as const;
export const PACK_SECTION = 'data';

/** Record of a member's pax header: the path as the index has it, where a tar could not hold it safely. */
export const PAX_PATH = 'HOLDFAST.path';
/** Record of a member's pax header: JSON of what S3 says besides the content (ObjectFacts). */
export const PAX_OBJECT = 'HOLDFAST.s3';
