/** The fields of a source by its kind, as docs/plans.md, mongodb.md and files.md list them; the API alone decides what is right. */
import type { Fields } from './draft.ts';

export type FieldForm =
  | { readonly type: 'text'; readonly required?: boolean }
  | { readonly type: 'number'; readonly min: number; readonly max?: number }
  | { readonly type: 'bytes' }
  | { readonly type: 'flag' }
  | { readonly type: 'lines'; readonly of: 'names' | 'tables' | 'collections' }
  /** `all`, names, or what the secret says. */
  | { readonly type: 'databases' }
  | { readonly type: 'tolerance' }
  /** The first is what it is without one. Empty: the kind's own choice. */
  | { readonly type: 'choice'; readonly values: readonly string[] };

export type SourceField = FieldForm & {
  /** Within the source: `exclude.schemas`. */
  readonly path: string;
  /** Most people never need it. */
  readonly seldom?: boolean;
};

export const sourceKinds = ['postgres', 'mongodb', 'files'] as const;
export type SourceKind = (typeof sourceKinds)[number];

const parallelism = { path: 'parallelism', type: 'number', min: 1, max: 8, seldom: true } as const;

const postgres: readonly SourceField[] = [
  { path: 'secret', type: 'text', required: true },
  { path: 'databases', type: 'databases' },
  { path: 'exclude.schemas', type: 'lines', of: 'names', seldom: true },
  { path: 'exclude.tables', type: 'lines', of: 'tables', seldom: true },
  { path: 'exclude.tableData', type: 'lines', of: 'tables', seldom: true },
  { path: 'evidence.level', type: 'choice', values: ['checksums', 'counts', 'none'], seldom: true },
  { path: 'evidence.checksumUpToBytes', type: 'bytes', seldom: true },
  { path: 'compression', type: 'choice', values: ['zstd', 'gzip', 'lz4', 'none'], seldom: true },
  {
    path: 'tls',
    type: 'choice',
    values: ['', 'verify-full', 'verify-ca', 'require', 'prefer', 'disable'],
    seldom: true,
  },
  { path: 'auth', type: 'choice', values: ['scram', 'md5', 'password', 'iam'], seldom: true },
  { path: 'onIncomplete', type: 'choice', values: ['fail', 'warn'], seldom: true },
  { path: 'lockTimeoutSeconds', type: 'number', min: 1, max: 3600, seldom: true },
  parallelism,
];

const mongodb: readonly SourceField[] = [
  { path: 'secret', type: 'text', required: true },
  { path: 'databases', type: 'databases' },
  { path: 'exclude.collections', type: 'lines', of: 'collections', seldom: true },
  { path: 'consistency', type: 'choice', values: ['auto', 'oplog', 'per-collection'], seldom: true },
  {
    path: 'readPreference',
    type: 'choice',
    values: ['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'],
    seldom: true,
  },
  { path: 'evidence.level', type: 'choice', values: ['counts', 'none'], seldom: true },
  { path: 'countTolerance', type: 'tolerance', seldom: true },
  { path: 'compression', type: 'choice', values: ['zstd', 'gzip', 'none'], seldom: true },
  { path: 'serverSelectionSeconds', type: 'number', min: 1, max: 120, seldom: true },
  parallelism,
];

const ofBucket: readonly SourceField[] = [
  { path: 'bucket', type: 'text', required: true },
  { path: 'prefix', type: 'text' },
  { path: 'region', type: 'text', seldom: true },
  { path: 'secret', type: 'text', seldom: true },
];

const ofFolder: readonly SourceField[] = [{ path: 'path', type: 'text', required: true }];

const ofFiles: readonly SourceField[] = [
  { path: 'include', type: 'lines', of: 'names' },
  { path: 'exclude', type: 'lines', of: 'names' },
  { path: 'mode', type: 'choice', values: ['incremental', 'full', 'differential'] },
  { path: 'fullEveryDays', type: 'number', min: 1, max: 366, seldom: true },
  { path: 'onChangedFile', type: 'choice', values: ['fail', 'warn'], seldom: true },
  { path: 'compression', type: 'choice', values: ['zstd', 'gzip', 'bzip2', 'none'], seldom: true },
];

export type FilesPlace = 'bucket' | 'path';

export const placeOf = (source: Fields): FilesPlace => (source.path === undefined ? 'bucket' : 'path');

/** None for a kind that this console does not know: it is edited as a file. */
export function fieldsOf(source: Fields): readonly SourceField[] {
  if (source.kind === 'postgres') return postgres;
  if (source.kind === 'mongodb') return mongodb;
  if (source.kind !== 'files') return [];
  if (placeOf(source) === 'bucket') return [...ofBucket, ...ofFiles, parallelism];
  return [...ofFolder, ...ofFiles, { path: 'hash', type: 'flag', seldom: true }, parallelism];
}

/** A new one, with what has to be said. */
export function newSource(kind: SourceKind, name: string): Fields {
  return kind === 'files' ? { kind, name, bucket: '' } : { kind, name, secret: 'holdfast/sources/' };
}

/** The same files elsewhere: what belongs to the other place alone goes. */
export function movedTo(place: FilesPlace, source: Fields): Fields {
  const { bucket: _b, prefix: _p, region: _r, secret: _s, path: _f, hash: _h, ...rest } = source;
  return place === 'bucket' ? { ...rest, bucket: '' } : { ...rest, path: '/' };
}

/** A name that none of them has: `main`, `main-2`. */
export function freeName(taken: readonly unknown[], wanted: string): string {
  if (!taken.includes(wanted)) return wanted;
  for (let number = 2; ; number += 1) {
    const name = `${wanted}-${number}`;
    if (!taken.includes(name)) return name;
  }
}
