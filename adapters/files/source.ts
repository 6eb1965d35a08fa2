/** What a plan says of a set of files; every default is here and in docs/files.md. */
import { z } from 'zod';
import { secretNameSchema, sourceNameSchema } from '../../core/plan.ts';
import { isNoFolderForFiles } from './no-files.ts';

/** Where restores into a bucket go by default; never backed up, or each backup would hold the restores of the last. */
export const RESTORED_PREFIX = 'holdfast-restored/';

const text = 'a glob of 1 to 500 characters, relative, with / between names';

/**
 * A glob is matched against untrusted names, so what a matcher may have to try again is bounded: wildcards in one
 * name, and names that stand for any depth.
 */
const glob = z
  .string()
  .min(1, text)
  .max(500, text)
  .refine((pattern) => !pattern.startsWith('/') && !pattern.includes('\0'), text)
  .refine((pattern) => !pattern.split('/').includes('..'), 'a glob without ..')
  .refine(
    (pattern) =>
      pattern.split('/').filter((name) => name === '**').length <= 2 &&
      pattern.split('/').every((name) => name === '**' || (name.match(/\*+/g) ?? []).length <= 2),
    'a glob with at most 2 * in one name, and ** at most twice as a name',
  );

const path = z
  .string()
  .max(1024, 'an absolute path of at most 1024 characters')
  .regex(/^\/[^\0]*$/, 'an absolute path')
  .refine(
    (given) => !given.split('/').some((name) => name === '.' || name === '..'),
    'an absolute path without . and ..',
  )
  .refine((given) => !isNoFolderForFiles(given), 'the path of a folder with files: not /, /proc, /sys, /dev')
  .transform((given) => given.replaceAll(/\/+/g, '/').replace(/\/$/, ''));

const prefix = z
  .string()
  .max(900, 'a prefix of at most 900 characters')
  .refine((given) => !given.startsWith('/'), 'a prefix without a slash at its start')
  // A prefix is a folder here: `uploads` does not mean `uploads-old/` too.
  .transform((given) => (given === '' ? '' : given.replace(/\/*$/, '/')))
  .refine(
    (given) => !given.startsWith(RESTORED_PREFIX),
    `a prefix outside of ${RESTORED_PREFIX}, where restores go`,
  );

export const filesSourceSchema = z
  .strictObject({
    kind: z.literal('files'),
    name: sourceNameSchema,
    /** Either a bucket … */
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket')
      .optional(),
    /** … and what in it: a folder of keys, with or without its last slash. Default: all. */
    prefix: prefix.optional(),
    /** Of the bucket. Default: that of the stack. */
    region: z
      .string()
      .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a region like eu-central-1')
      .optional(),
    /** Endpoint and keys of a store that speaks S3 (docs/files.md has the fields). Default: AWS, by the role. */
    secret: secretNameSchema.optional(),
    /** … or a folder: a mounted file system, or of the machine where `holdfast backup --here` runs. */
    path: path.optional(),
    /** What is backed up: all that one of these matches. Default: everything. */
    include: z.array(glob).max(100).default([]),
    /** … but what one of these matches, or what lies in a folder that does. */
    exclude: z.array(glob).max(100).default([]),
    /** How much is read (docs/files.md, Modes). */
    mode: z.enum(['full', 'incremental', 'differential']).default('incremental'),
    /** Everything is read and stored again when the last time was so long ago. */
    fullEveryDays: z.int().min(1).max(366).default(30),
    compression: z.enum(['zstd', 'gzip', 'bzip2', 'none']).default('zstd'),
    /** What could not be read, or changed each time it was: fail the backup, or record it and warn. */
    onChangedFile: z.enum(['fail', 'warn']).default('fail'),
    /** Read again what looks unchanged, and compare its SHA-256. Folders only. */
    hash: z.boolean().default(false),
    /** Packs made at a time; default one a core, at most 8. */
    parallelism: z.int().min(1).max(8).optional(),
  })
  .superRefine((source, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const { bucket } = source;
    if (bucket === undefined && source.path === undefined)
      return refuse('bucket', 'one of the two is needed: bucket (with prefix), or path');
    if (bucket !== undefined && source.path !== undefined)
      return refuse('path', 'only one of the two: bucket (with prefix), or path; for both, two sources');
    if (bucket === undefined) {
      for (const field of ['prefix', 'region', 'secret'] as const)
        if (source[field] !== undefined) refuse(field, 'belongs to a bucket, not to a path');
    } else {
      if (source.hash)
        refuse('hash', 'belongs to a path: a bucket says with its ETag that an object is as it was');
      if (source.secret !== undefined && source.region !== undefined)
        refuse('region', 'is a field of the secret, where there is one');
    }
  });
export type FilesSource = z.infer<typeof filesSourceSchema>;
