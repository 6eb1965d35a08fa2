/**
 * Do the segments, the catalogue and the evidence speak of the same tables? Pure. Every table whose rows belong into
 * the backup is in exactly one segment, nothing else is in any, and the evidence covers them all.
 */
import { HoldfastError } from '../../core/errors.ts';
import type { Segment } from '../../core/manifest.ts';
import type { CatalogueTable } from './catalogue.ts';
import type { EvidenceTable } from './evidence.ts';
import { archiveContentsSchema, type PostgresEvidence, type QualifiedName } from './model.ts';
import { listNames, nameKey } from './names.ts';

/** @throws HoldfastError SOURCE_CHANGED or DUMP_FAILED, naming the tables */
export function requireAgreement(
  expected: readonly QualifiedName[],
  segments: readonly Segment[],
  evidence: { readonly planned: readonly EvidenceTable[]; readonly taken: PostgresEvidence },
): void {
  const dumped = segments
    .filter((segment) => segment.encoding === 'pg-custom')
    .flatMap((segment) => archiveContentsSchema.parse(segment.contents).tables);
  const times = new Map<string, number>();
  for (const table of dumped) times.set(nameKey(table), (times.get(nameKey(table)) ?? 0) + 1);
  const missing = expected.filter((table) => !times.has(nameKey(table)));
  if (missing.length > 0)
    throw new HoldfastError('SOURCE_CHANGED', `no segment holds the rows of ${listNames(missing)}`);
  const twice = dumped.filter((table) => times.get(nameKey(table)) !== 1);
  if (twice.length > 0)
    throw new HoldfastError('DUMP_FAILED', `more than one segment holds the rows of ${listNames(twice)}`);
  const known = new Set(expected.map(nameKey));
  const strange = dumped.filter((table) => !known.has(nameKey(table)));
  if (strange.length > 0)
    throw new HoldfastError('DUMP_FAILED', `segments hold rows of unexpected tables: ${listNames(strange)}`);
  if (evidence.taken.level === 'none') return;
  const proven = new Set(evidence.taken.tables.map(nameKey));
  const unproven = evidence.planned.filter((table) => !proven.has(nameKey(table)));
  if (unproven.length > 0)
    throw new HoldfastError('INTERNAL', `there is no evidence of ${listNames(unproven)}`);
}

/** Tables whose rows pg_dump will write here; a standby has no unlogged rows. */
export function dumpedTables(tables: readonly CatalogueTable[], standby: boolean): readonly CatalogueTable[] {
  return tables.filter((table) => table.hasData && !(standby && table.unlogged));
}

/**
 * What evidence to take: each table, but those that load through the root of their partitions at that root. A root
 * of which some leaves are left out is compared nowhere, since rows may load into any leaf; it is returned apart.
 */
export function evidenceTables(
  all: readonly CatalogueTable[],
  dumped: readonly CatalogueTable[],
  sizes: ReadonlyMap<string, number>,
): { readonly tables: readonly EvidenceTable[]; readonly incomparable: readonly QualifiedName[] } {
  const included = new Set(dumped.map(nameKey));
  const partial = new Set(
    all
      .filter((table) => table.loadsThroughRoot && table.kind === 'r' && !included.has(nameKey(table)))
      .map((table) => rootKey(table)),
  );
  const roots = new Map<string, EvidenceTable>();
  const tables: EvidenceTable[] = [];
  for (const table of dumped) {
    const bytes = sizes.get(table.oid) ?? 0;
    if (!table.loadsThroughRoot || table.root === undefined) {
      const condition = table.configuration ? { condition: table.configuration } : {};
      tables.push({ schema: table.schema, name: table.name, bytes, at: 'table', ...condition });
      continue;
    }
    const known = roots.get(rootKey(table));
    roots.set(rootKey(table), { ...table.root, at: 'root', bytes: (known?.bytes ?? 0) + bytes });
  }
  const comparable = [...roots].filter(([key]) => !partial.has(key)).map(([, root]) => root);
  const incomparable = [...roots]
    .filter(([key]) => partial.has(key))
    .map(([, { schema, name }]) => ({ schema, name }));
  return { tables: [...tables, ...comparable], incomparable };
}

function rootKey(table: CatalogueTable): string {
  return table.root === undefined ? '' : nameKey(table.root);
}
