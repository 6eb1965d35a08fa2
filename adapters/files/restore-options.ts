/** What a restore of files can be asked for, and the place that follows from it: known before anything starts. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.ts';
import { compactTime } from '../../core/format/layout.ts';
import type { Component } from '../../core/manifest.ts';
import type { RestoreRequest } from '../../core/ports/recovery.ts';
import { isNoFolderForFiles } from './no-files.ts';
import { isGlob } from './restore-paths.ts';
import { type FilesSource, RESTORED_PREFIX } from './source.ts';

const bucketPattern = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s;
const targets = 's3://BUCKET/PREFIX, or the absolute path of a folder (not /, /proc, /sys, /dev)';

const target = z
  .string()
  .min(1, targets)
  .max(1024, targets)
  .refine((to) => placeOf(to) !== undefined, targets);

/** What a matcher may have to try again is bounded, as for the globs of a plan. */
const path = z
  .string()
  .min(1, 'a path of 1 to 1024 characters, or a glob of at most 500')
  .max(1024, 'a path of 1 to 1024 characters, or a glob of at most 500')
  .refine((given) => !given.includes('\0') && !given.startsWith('/'), 'a path without a slash at its start')
  .refine(
    (given) =>
      !isGlob(given) ||
      (given.length <= 500 &&
        given.split('/').filter((name) => name === '**').length <= 4 &&
        given.split('/').every((name) => name === '**' || (name.match(/\*+/g) ?? []).length <= 4)),
    'a glob of at most 500 characters, with at most 4 * in one name, and ** at most 4 times as a name',
  );

export const filesRestoreOptions = z.strictObject({
  /** Default: beside the original, under a name with the time of the request. */
  to: target.optional(),
  /** Exact paths (a folder's brings what is in it) and globs. Default: everything. */
  paths: z.array(path).min(1).max(1000).optional(),
  /** With `to`: what lies there may be written over. Else it must be new or empty. */
  overwrite: z.boolean().default(false),
});
export type FilesRestoreOptions = z.infer<typeof filesRestoreOptions>;

export type FilesRestoreRequest = RestoreRequest<FilesRestoreOptions>;

export type Place =
  | { readonly kind: 'bucket'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'folder'; readonly folder: string };

function placeOf(to: string): Place | undefined {
  const [, bucket, key = ''] = bucketPattern.exec(to) ?? [];
  if (bucket !== undefined) {
    const names = key.split('/');
    if (key.startsWith('/') || key.includes('\0') || names.includes('..') || names.includes('.'))
      return undefined;
    return { kind: 'bucket', bucket, prefix: key === '' ? '' : key.replace(/\/*$/, '/') };
  }
  const parts = to.split(/[\\/]/);
  const folder = to.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  if (!isAbsolute(to) || to.includes('\0') || parts.includes('..') || isNoFolderForFiles(to))
    return undefined;
  return { kind: 'folder', folder };
}

/** @throws HoldfastError INVALID_INPUT for choices that exclude one another */
export function restorePlace(
  component: Pick<Component, 'name'>,
  source: FilesSource,
  { options, replace, requestedAt }: FilesRestoreRequest,
): Place {
  const { to, overwrite } = options;
  if (replace && to !== undefined)
    throw refused('to', 'goes with a new place only; replace restores to where the files were');
  if (overwrite && to === undefined)
    throw refused('overwrite', 'goes with to; without it the place is new (or use replace)');
  if (to !== undefined) {
    const place = placeOf(to);
    if (place) return place;
    throw refused('to', `must be ${targets}`);
  }
  const { bucket, prefix = '', path: folder = '' } = source;
  const time = compactTime(requestedAt);
  if (bucket !== undefined)
    return {
      kind: 'bucket',
      bucket,
      prefix: replace ? prefix : `${RESTORED_PREFIX}${component.name}-${time}/`,
    };
  return { kind: 'folder', folder: replace ? folder : `${folder}.restored-${time}` };
}

function refused(field: string, why: string): HoldfastError {
  return new HoldfastError('INVALID_INPUT', `${field}: ${why}`);
}

export function shownPlace(place: Place): string {
  return place.kind === 'bucket' ? `s3://${place.bucket}/${place.prefix}` : place.folder;
}
