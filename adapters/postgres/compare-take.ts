/**
 * Takes from a restored database what the evidence says of the source: rows, checksums, sequences, large objects.
 * Always as a role that is no superuser: output functions and conditions of a restored database are run here.
 */
import type pg from 'pg';
import { type SequenceState, tableName } from './compare.ts';
import { type ConnectionSettings, connect, withDatabase } from './connection.ts';
import { withClient } from './database-client.ts';
import { collectEvidence, type EvidenceRequest, type EvidenceTable } from './evidence.ts';
import type { PostgresEvidence, PostgresFacts, TableEvidence } from './model.ts';
import { quoteIdentifier } from './names.ts';

export interface TakenEvidence {
  readonly tables: readonly TableEvidence[];
  readonly sequences: readonly SequenceState[];
  readonly largeObjects: PostgresEvidence['largeObjects'];
  /** Tables whose rows this role may not see in full, as `schema.name`: not read. */
  readonly hidden: readonly string[];
}

export interface TakeOptions {
  readonly settings: ConnectionSettings;
  readonly database: string;
  readonly facts: Pick<PostgresFacts, 'serverVersionNum'>;
  readonly parallelism: number;
  readonly signal: AbortSignal;
}

/**
 * Takes what `expected` has, for what exists.
 * @throws HoldfastError as collectEvidence does, or the signal's reason
 */
export async function takeEvidence(expected: PostgresEvidence, options: TakeOptions): Promise<TakenEvidence> {
  const settings = withDatabase(options.settings, options.database);
  const present = await withClient(settings, options.database, presentTables);
  const tables =
    expected.level === 'none'
      ? []
      : expected.tables.filter((table) => present.get(tableName(table)) === false);
  const base: EvidenceRequest = {
    open: () => connect(settings),
    tables: [],
    sequences: [],
    level: expected.level,
    checksumUpToBytes: Math.max(
      0,
      ...expected.tables.filter((table) => table.checksum !== undefined).map((table) => table.bytes),
    ),
    sourceVersionNum: options.facts.serverVersionNum,
    largeObjects: false,
    signal: options.signal,
  };
  const parts = await Promise.all(
    // Large objects are in the first part's: hashing them once is enough.
    shared(tables, options.parallelism).map((part, index) =>
      collectEvidence({
        ...base,
        tables: part,
        largeObjects: index === 0 && expected.largeObjects.hashed > 0,
      }),
    ),
  );
  const sequences = await withClient(settings, options.database, (client) =>
    readSequences(client, expected.sequences),
  );
  const [first] = parts;
  return {
    tables: parts.flatMap((part) => part.tables),
    sequences,
    largeObjects: first?.largeObjects ?? { count: 0, hashed: 0 },
    hidden: [...present].filter(([, hides]) => hides).map(([name]) => name),
  };
}

/** At least one part, so that large objects are looked at; sizes about even. */
function shared(tables: readonly TableEvidence[], parts: number): readonly EvidenceTable[][] {
  const shares = Array.from({ length: Math.max(1, parts) }, () => ({
    bytes: 0,
    tables: [] as EvidenceTable[],
  }));
  for (const table of tables.toSorted((a, b) => b.bytes - a.bytes)) {
    const smallest = shares.reduce((least, share) => (share.bytes < least.bytes ? share : least));
    smallest.bytes += table.bytes + 8192;
    const { schema, name, bytes, at, condition } = table;
    smallest.tables.push({ schema, name, bytes, at, ...(condition === undefined ? {} : { condition }) });
  }
  return shares.map((share) => share.tables).filter((share, index) => index === 0 || share.length > 0);
}

/** Tables, and whether row level security hides rows of them. */
async function presentTables(client: pg.Client): Promise<ReadonlyMap<string, boolean>> {
  const { rows } = await client.query<{ schema: string; name: string; hides: boolean }>(
    `SELECT n.nspname AS schema, c.relname AS name, c.relkind IN ('r', 'p') AND row_security_active(c.oid) AS hides
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'f')`,
  );
  return new Map(rows.map((row) => [tableName(row), row.hides]));
}

async function readSequences(
  client: pg.Client,
  expected: PostgresEvidence['sequences'],
): Promise<readonly SequenceState[]> {
  const { rows } = await client.query<{ schema: string; name: string; increment: string; cycles: boolean }>(
    `SELECT n.nspname AS schema, c.relname AS name, s.seqincrement::text AS increment, s.seqcycle AS cycles
     FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
  );
  const present = new Map(rows.map((row) => [tableName(row), row]));
  const states: SequenceState[] = [];
  for (const sequence of expected) {
    const row = present.get(tableName(sequence));
    if (row === undefined) continue;
    const relation = `${quoteIdentifier(row.schema)}.${quoteIdentifier(row.name)}`;
    const state = await client.query<{ last: string; called: boolean }>(
      `SELECT last_value::text AS last, is_called AS called FROM ${relation}`,
    );
    const reaches = await columnReaches(client, sequence.ownedBy, row.increment);
    states.push({
      ...row,
      lastValue: state.rows[0]?.last ?? '0',
      isCalled: state.rows[0]?.called ?? false,
      ...(reaches === undefined ? {} : { columnReaches: reaches }),
    });
  }
  return states;
}

/** Undefined where there are no rows, or the column is not a number. */
async function columnReaches(
  client: pg.Client,
  column: PostgresEvidence['sequences'][number]['ownedBy'],
  increment: string,
): Promise<string | undefined> {
  if (column === undefined) return undefined;
  const furthest = increment.startsWith('-') ? 'min' : 'max';
  try {
    const { rows } = await client.query<{ reaches: string | null }>(
      `SELECT pg_catalog.${furthest}(${quoteIdentifier(column.column)})::text AS reaches
       FROM ${quoteIdentifier(column.schema)}.${quoteIdentifier(column.table)}`,
    );
    const reaches = rows[0]?.reaches;
    return typeof reaches === 'string' && /^-?\d+$/.test(reaches) ? reaches : undefined;
  } catch {
    return undefined;
  }
}
