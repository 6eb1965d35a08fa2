/**
 * Which pieces a component is dumped in. Pure. Promise: every collection is in exactly one piece, and what is in no
 * piece of its own is in `rest`, which is described by what it leaves out.
 */
import type { PlannedSegment } from '../../core/ports/source.ts';
import {
  type ArchiveCompression,
  archiveEncodings,
  type CollectionFact,
  type NamespaceName,
} from './model.ts';
import { byName } from './names.ts';
import type { MongodbSource } from './source.ts';

export type SegmentScope =
  /** All databases, with the oplog. */
  | { readonly kind: 'deployment' }
  | { readonly kind: 'collection'; readonly name: NamespaceName }
  /** All of a database but these. */
  | { readonly kind: 'rest'; readonly database: string; readonly except: readonly string[] };

export interface MongoSegment extends PlannedSegment {
  readonly scope: SegmentScope;
  /** What it must hold, as the catalogue names it. */
  readonly expected: readonly NamespaceName[];
  /** Collections that mongodump reads at a time; it keeps 16 MiB of each in memory. */
  readonly collectionsAtATime: number;
}

export interface SegmentRequest {
  /** Undefined: the whole deployment. */
  readonly database?: string;
  readonly collections: readonly CollectionFact[];
  readonly exclude: MongodbSource['exclude'];
  readonly compression: ArchiveCompression;
  readonly parallelism: number;
}

/** Below this a collection goes with the rest: each mongodump logs in, and reads the whole list of collections. */
const ownSegmentBytes = 64 * 1024 * 1024;
/** Each is an argument of `rest`; together with 1,000 exclusions they are far from the 2 MiB that Linux allows. */
const maxOwnSegments = 200;
const maxCollectionsAtATime = 4;

/** In the order in which they are best started: the large, then the rest. */
export function planSegments(request: SegmentRequest): readonly MongoSegment[] {
  const { database, collections, compression, parallelism } = request;
  const common = { encoding: archiveEncodings[compression], section: 'data', role: 'segment' } as const;
  if (database === undefined) {
    return [
      {
        ...{ ...common, index: 0, name: 'deployment', wholeScope: true, scope: { kind: 'deployment' } },
        ...{ expected: collections.map(nameOf), estimatedBytes: sumBytes(collections) },
        collectionsAtATime: Math.min(parallelism, maxCollectionsAtATime),
      },
    ];
  }
  const own = collections
    .filter((one) => one.type !== 'view' && one.sizeBytes >= ownSegmentBytes)
    .sort((a, b) => b.sizeBytes - a.sizeBytes || byName(a, b))
    .slice(0, maxOwnSegments);
  const isOwn = new Set(own);
  const rest = collections.filter((one) => !isOwn.has(one));
  const segments: Omit<MongoSegment, 'index'>[] = own.map((one) => ({
    ...{ ...common, name: `collection-${one.collection}`, wholeScope: false, collectionsAtATime: 1 },
    ...{ estimatedBytes: one.sizeBytes, expected: [nameOf(one)] },
    scope: { kind: 'collection', name: nameOf(one) },
  }));
  segments.push({
    ...{ ...common, name: 'rest', wholeScope: false, estimatedBytes: sumBytes(rest) },
    expected: rest.map(nameOf),
    collectionsAtATime: own.length === 0 ? Math.min(parallelism, maxCollectionsAtATime) : 1,
    scope: { kind: 'rest', database, except: [...exceptions(request, own)] },
  });
  return segments
    .sort((a, b) => b.estimatedBytes - a.estimatedBytes)
    .map((segment, index) => ({ index, ...segment }));
}

/** The plan's by name, so that one that is made meanwhile is left out too. */
function exceptions(request: SegmentRequest, own: readonly CollectionFact[]): ReadonlySet<string> {
  const excluded = request.exclude.collections.filter(
    (one) => one.database === undefined || one.database === request.database,
  );
  return new Set([...own, ...excluded].map((one) => one.collection));
}

function nameOf({ database, collection }: CollectionFact): NamespaceName {
  return { database, collection };
}

function sumBytes(collections: readonly CollectionFact[]): number {
  return collections.reduce((sum, one) => sum + one.sizeBytes, 0);
}

/** What mongodump is told. Nothing secret; names of collections, since it takes them in no other way. */
export function dumpArguments(
  segment: Pick<MongoSegment, 'scope' | 'collectionsAtATime'>,
): readonly string[] {
  const { scope } = segment;
  const common = ['--archive', `--numParallelCollections=${segment.collectionsAtATime}`];
  if (scope.kind === 'deployment') return [...common, '--oplog'];
  if (scope.kind === 'collection')
    return [...common, `--db=${scope.name.database}`, `--collection=${scope.name.collection}`];
  return [
    ...[...common, `--db=${scope.database}`],
    ...scope.except.map((collection) => `--excludeCollection=${collection}`),
  ];
}
