/**
 * What tables there are, read under the snapshot: which of them pg_dump will write rows of, and where. The plan's
 * exclusions are resolved here, so that a name that does not exist is an error before anything is dumped.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import type { PostgresFacts, QualifiedName } from './model.ts';
import { nameKey } from './names.ts';
import type { DumpExclusions } from './segments.ts';
import type { PostgresSource, TableName } from './source.ts';

export interface CatalogueTable extends QualifiedName {
  readonly oid: string;
  /** pg_class.relkind: r, p (partitioned), f (foreign), m (materialised view). */
  readonly kind: 'r' | 'p' | 'f' | 'm';
  readonly unlogged: boolean;
  readonly partition: boolean;
  /** Topmost partitioned table above it. */
  readonly root?: QualifiedName;
  /** pg_dump loads its rows through the root: partitions by hash of an enum. */
  readonly loadsThroughRoot: boolean;
  /** Name of the extension that owns it. */
  readonly extension?: string;
  /** SQL that begins with WHERE, for configuration tables of extensions; empty when all rows are dumped. */
  readonly configuration?: string;
  /** The role may read it. */
  readonly readable: boolean;
  /** Row level security would hide rows from the role. */
  readonly rowSecurity: boolean;
  /** Left out as a whole by the plan. */
  readonly excluded: boolean;
  /** Its definition is dumped, its rows are not, by the plan. */
  readonly dataExcluded: boolean;
  /** pg_dump writes its rows. */
  readonly hasData: boolean;
}

/** One that the dump has. */
export interface CatalogueSequence extends QualifiedName {
  readonly readable: boolean;
  readonly ownedBy?: { readonly schema: string; readonly table: string; readonly column: string };
}

export interface Catalogue {
  readonly tables: readonly CatalogueTable[];
  readonly sequences: readonly CatalogueSequence[];
  readonly excluded: PostgresFacts['excluded'];
}

interface TableRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: CatalogueTable['kind'];
  readonly unlogged: boolean;
  readonly partition: boolean;
  readonly parent: string | null;
  readonly enumHash: boolean;
  readonly extension: string | null;
  readonly configuration: string | null;
  readonly readable: boolean;
  readonly rowSecurity: boolean;
}

/** What pg_dump leaves out by itself: the system's schemas and what belongs to other sessions. */
export const userSchema = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

const tablesQuery = `
  SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
         c.relpersistence = 'u' AS unlogged, c.relispartition AS partition,
         CASE WHEN c.relispartition THEN (SELECT i.inhparent::text FROM pg_inherits i WHERE i.inhrelid = c.oid) END AS parent,
         EXISTS (SELECT FROM pg_partitioned_table p
                 JOIN pg_opclass o ON o.oid = ANY (p.partclass)
                 JOIN pg_am m ON m.oid = o.opcmethod AND m.amname = 'hash'
                 WHERE p.partrelid = c.oid AND o.opcname = 'enum_ops') AS "enumHash",
         e.extname AS extension,
         (SELECT coalesce(x.extcondition[k.i], '')
          FROM pg_extension x, generate_subscripts(x.extconfig, 1) AS k(i)
          WHERE x.extconfig[k.i] = c.oid LIMIT 1) AS configuration,
         has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
         c.relkind IN ('r', 'p') AND row_security_active(c.oid) AS "rowSecurity"
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
                       AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
  LEFT JOIN pg_extension e ON e.oid = d.refobjid
  WHERE c.relkind IN ('r', 'p', 'f', 'm') AND c.relpersistence <> 't' AND ${userSchema}
  ORDER BY n.nspname, c.relname`;

const sequencesQuery = `
  SELECT n.nspname AS schema, c.relname AS name,
         has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT') AS readable,
         coalesce(d.deptype = 'i', false) AS identity, t.oid::text AS "ownerOid", tn.nspname AS "ownerSchema", t.relname AS "ownerTable", a.attname AS "ownerColumn"
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
                       AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  LEFT JOIN pg_class t ON t.oid = d.refobjid
  LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
  WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND ${userSchema}
    AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')
  ORDER BY n.nspname, c.relname`;

interface SequenceRow {
  readonly schema: string;
  readonly name: string;
  readonly readable: boolean;
  readonly identity: boolean;
  readonly ownerOid: string | null;
  readonly ownerSchema: string | null;
  readonly ownerTable: string | null;
  readonly ownerColumn: string | null;
}

/**
 * Reads what there is, in the transaction that `client` is in.
 * @throws HoldfastError SOURCE_MISSING_OBJECT naming what the plan excludes and is not there
 */
export async function readCatalogue(
  client: pg.Client,
  exclude: PostgresSource['exclude'],
): Promise<Catalogue> {
  const rows = (await client.query<TableRow>(tablesQuery)).rows;
  const schemas = await client.query<{ name: string }>('SELECT nspname AS name FROM pg_namespace');
  const sequences = (await client.query<SequenceRow>(sequencesQuery)).rows;
  checkExclusions(exclude, new Set(schemas.rows.map((row) => row.name)), rows);
  const tables = resolveTables(rows, exclude);
  return {
    tables,
    sequences: resolveSequences(sequences, exclude, tables),
    excluded: {
      schemas: [...exclude.schemas],
      tables: exclude.tables.map(qualified),
      tableData: exclude.tableData.map(qualified),
    },
  };
}

/** With an excluded table go its identity sequences; one that it merely owns (serial) stays, and nobody owns it then. */
function resolveSequences(
  rows: readonly SequenceRow[],
  exclude: PostgresSource['exclude'],
  tables: readonly CatalogueTable[],
): CatalogueSequence[] {
  const without = new Set(tables.filter((table) => table.excluded).map((table) => table.oid));
  const orphan = (row: SequenceRow) => row.ownerOid !== null && without.has(row.ownerOid);
  return rows
    .filter((row) => !exclude.schemas.includes(row.schema) && !(row.identity && orphan(row)))
    .map((row) => toSequence(row, orphan(row)));
}

function toSequence(row: SequenceRow, orphan: boolean): CatalogueSequence {
  const { schema, name, readable, ownerSchema, ownerTable, ownerColumn } = row;
  const owned = !orphan && ownerSchema !== null && ownerTable !== null && ownerColumn !== null;
  return {
    ...{ schema, name, readable },
    ...(owned ? { ownedBy: { schema: ownerSchema, table: ownerTable, column: ownerColumn } } : {}),
  };
}

function qualified(name: TableName): QualifiedName {
  return { schema: name.schema, name: name.table };
}

function checkExclusions(
  exclude: PostgresSource['exclude'],
  schemas: ReadonlySet<string>,
  rows: readonly TableRow[],
): void {
  const tables = new Set(rows.map(nameKey));
  const missing = [
    ...exclude.schemas.filter((name) => !schemas.has(name)).map((name) => `schema ${name} (exclude.schemas)`),
    ...absent(exclude.tables, tables, 'exclude.tables'),
    ...absent(exclude.tableData, tables, 'exclude.tableData'),
  ];
  if (missing.length > 0) {
    throw new HoldfastError(
      'SOURCE_MISSING_OBJECT',
      `the plan names what is not in the database: ${missing.slice(0, 20).join(', ')}`,
      {
        details: { missing: missing.slice(0, 100) },
      },
    );
  }
}

function absent(names: readonly TableName[], tables: ReadonlySet<string>, field: string): string[] {
  return names
    .filter((name) => !tables.has(nameKey(qualified(name))))
    .map((name) => `table ${name.schema}.${name.table} (${field})`);
}

function resolveTables(rows: readonly TableRow[], exclude: PostgresSource['exclude']): CatalogueTable[] {
  const byOid = new Map(rows.map((row) => [row.oid, row]));
  const excludedTables = new Set(exclude.tables.map((name) => nameKey(qualified(name))));
  const excludedData = new Set(exclude.tableData.map((name) => nameKey(qualified(name))));
  return rows.map((row) => {
    const lineage = ancestry(row, byOid);
    const top = lineage.at(-1);
    const excluded =
      exclude.schemas.includes(row.schema) || lineage.some((member) => excludedTables.has(nameKey(member)));
    const dataExcluded = lineage.some((member) => excludedData.has(nameKey(member)));
    return {
      ...{ oid: row.oid, schema: row.schema, name: row.name, kind: row.kind, unlogged: row.unlogged },
      ...{
        partition: row.partition,
        readable: row.readable,
        rowSecurity: row.rowSecurity,
        excluded,
        dataExcluded,
      },
      ...(top === undefined || top === row ? {} : { root: { schema: top.schema, name: top.name } }),
      loadsThroughRoot: lineage.slice(1).some((member) => member.enumHash),
      ...(row.extension === null ? {} : { extension: row.extension }),
      ...(row.configuration === null ? {} : { configuration: row.configuration }),
      hasData:
        row.kind === 'r' &&
        !excluded &&
        !dataExcluded &&
        (row.extension === null || row.configuration !== null),
    };
  });
}

/** A table, then the partitioned tables above it. What excludes a partitioned table excludes its partitions. */
function ancestry(row: TableRow, byOid: ReadonlyMap<string, TableRow>): TableRow[] {
  const lineage = [row];
  for (let at: TableRow | undefined = row; at?.partition && at.parent !== null; ) {
    at = byOid.get(at.parent);
    if (at === undefined) break;
    lineage.push(at);
  }
  return lineage;
}

/** The plan's exclusions as pg_dump is told them: each table by name, with the partitions below it. */
export function dumpExclusions(catalogue: Catalogue): DumpExclusions {
  const { schemas } = catalogue.excluded;
  const named = catalogue.tables.filter((table) => !schemas.includes(table.schema));
  return {
    schemas,
    tables: named.filter((table) => table.excluded),
    tableData: named.filter((table) => table.dataExcluded && !table.excluded && table.kind !== 'p'),
  };
}

/** Bytes on disk of tables with their TOAST, without indexes: what a dump reads. Lock the tables first. */
export async function readSizes(
  client: pg.Client,
  tables: readonly CatalogueTable[],
): Promise<ReadonlyMap<string, number>> {
  const result = await client.query<{ oid: string; bytes: string | null }>(
    'SELECT t.oid::text AS oid, pg_table_size(t.oid)::text AS bytes FROM unnest($1::oid[]) AS t(oid)',
    [tables.map((table) => table.oid)],
  );
  return new Map(result.rows.map((row) => [row.oid, Number(row.bytes ?? 0)]));
}
