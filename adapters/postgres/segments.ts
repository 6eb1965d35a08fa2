/**
 * Which pieces a database is dumped in. Pure. Promise: every table whose rows are dumped is in exactly one piece,
 * and what is in no piece of its own is in `rest`, which is described by what it leaves out.
 */
import type { PlannedSegment } from '../../core/ports/source.ts';
import type { QualifiedName } from './model.ts';
import { nameKey, quoteName } from './names.ts';

export interface SegmentTable extends QualifiedName {
  /** On disk with TOAST, without indexes. */
  readonly bytes: number;
}

export type SegmentScope =
  | { readonly kind: 'globals' }
  | { readonly kind: 'section'; readonly section: 'pre-data' | 'post-data' }
  /** Data of everything but these tables; with sequences and large objects. */
  | { readonly kind: 'rest'; readonly except: readonly QualifiedName[] }
  | { readonly kind: 'tables'; readonly tables: readonly QualifiedName[] };

export interface DumpSegment extends PlannedSegment {
  readonly scope: SegmentScope;
}

export interface SegmentRequest {
  /** Tables that may have a segment of their own: ordinary ones, not of extensions. */
  readonly tables: readonly SegmentTable[];
  /** Estimate of what only `rest` can carry: extension tables and large objects. */
  readonly otherBytes: number;
  readonly parallelism: number;
  /** The roles of the server, once a source. */
  readonly globals: boolean;
}

/** Below this a table goes with the rest: a pg_dump reads the whole catalogue first, which costs more. */
const smallTableBytes = 8 * 1024 * 1024;
/** A table of its own segment is at least this large. */
const ownSegmentBytes = 32 * 1024 * 1024;
const groupsPerWorker = 4;
/** Each named table costs pg_dump one query to find it, twice: in its own segment and in `rest`. */
const maxNamedTables = 1000;
/** Definitions are small; the number only orders the work. */
const definitionBytes = 256 * 1024;

/** In the order in which they are best started: what everything depends on, then the large, then the rest. */
export function planSegments(request: SegmentRequest): readonly DumpSegment[] {
  const { tables, otherBytes, parallelism, globals } = request;
  const named = [...tables]
    .filter((table) => table.bytes >= smallTableBytes)
    .sort((a, b) => b.bytes - a.bytes || compareNames(a, b))
    .slice(0, maxNamedTables);
  const namedBytes = sumBytes(named);
  const share = Math.max(ownSegmentBytes, namedBytes / (parallelism * groupsPerWorker));
  const own = named.filter((table) => table.bytes >= share);
  const grouped = named.filter((table) => table.bytes < share);
  const groups = balance(
    grouped,
    Math.min(parallelism * groupsPerWorker, Math.ceil(sumBytes(grouped) / share)),
  );
  const data = [
    ...own.map((table) => tablesSegment(`data-${table.schema}.${table.name}`, [table])),
    ...groups.map((group, index) => tablesSegment(`data-group-${String(index + 1).padStart(2, '0')}`, group)),
    restSegment(named, sumBytes(tables) - namedBytes + otherBytes),
  ].sort((a, b) => b.estimatedBytes - a.estimatedBytes);
  const all = [
    sectionSegment('pre-data'),
    ...data,
    sectionSegment('post-data'),
    ...(globals ? [globalsSegment] : []),
  ];
  return all.map((segment, index) => ({ index, ...segment }));
}

type Unnumbered = Omit<DumpSegment, 'index'>;

const globalsSegment: Unnumbered = {
  ...{ name: 'globals', encoding: 'pg-globals-sql', section: 'globals' },
  ...{ role: 'segment', estimatedBytes: 0, wholeScope: false, scope: { kind: 'globals' } },
};

function sectionSegment(section: 'pre-data' | 'post-data'): Unnumbered {
  return {
    ...{ name: section, encoding: 'pg-custom', section, role: 'segment', estimatedBytes: definitionBytes },
    ...{ wholeScope: true, scope: { kind: 'section', section } },
  };
}

function tablesSegment(name: string, tables: readonly SegmentTable[]): Unnumbered {
  return {
    ...{
      name,
      encoding: 'pg-custom',
      section: 'data',
      role: 'segment',
      estimatedBytes: sumBytes(tables),
      wholeScope: false,
    },
    scope: { kind: 'tables', tables: tables.map(({ schema, name }) => ({ schema, name })) },
  };
}

function restSegment(except: readonly SegmentTable[], bytes: number): Unnumbered {
  return {
    ...{
      name: 'rest',
      encoding: 'pg-custom',
      section: 'data',
      role: 'segment',
      estimatedBytes: bytes,
      wholeScope: true,
    },
    scope: { kind: 'rest', except: except.map(({ schema, name }) => ({ schema, name })) },
  };
}

/** Largest first into the group that is smallest so far: at most 4/3 of the best possible (Graham 1969). */
function balance(tables: readonly SegmentTable[], count: number): SegmentTable[][] {
  const groups = Array.from({ length: count }, () => ({ tables: [] as SegmentTable[], bytes: 0 }));
  for (const table of tables) {
    const smallest = groups.reduce((best, group) => (group.bytes < best.bytes ? group : best));
    smallest.tables.push(table);
    smallest.bytes += table.bytes;
  }
  return groups.map((group) => group.tables).filter((group) => group.length > 0);
}

function sumBytes(tables: readonly SegmentTable[]): number {
  return tables.reduce((sum, table) => sum + table.bytes, 0);
}

function compareNames(a: QualifiedName, b: QualifiedName): number {
  return nameKey(a) < nameKey(b) ? -1 : 1;
}

export interface DumpExclusions {
  readonly schemas: readonly string[];
  /** Each by its own name, partitions too: pg_dump's own notion of children includes tables that inherit. */
  readonly tables: readonly QualifiedName[];
  readonly tableData: readonly QualifiedName[];
}

/**
 * What pg_dump reads with `--filter=-`: a file has no limit on the number of names, as arguments have (128 KiB each,
 * 2 MiB together on Linux). In quotes every character stands for itself, a newline too.
 */
export function filterText(scope: SegmentScope, exclusions: DumpExclusions): string {
  const lines =
    scope.kind === 'tables'
      ? scope.tables.map((table) => `include table ${quoteName(table)}`)
      : [
          ...exclusions.schemas.map((schema) => `exclude schema "${schema.replaceAll('"', '""')}"`),
          ...exclusions.tables.map((table) => `exclude table ${quoteName(table)}`),
          ...exclusions.tableData.map((table) => `exclude table_data ${quoteName(table)}`),
          ...(scope.kind === 'rest'
            ? scope.except.map((table) => `exclude table_data ${quoteName(table)}`)
            : []),
        ];
  return lines.map((line) => `${line}\n`).join('');
}
