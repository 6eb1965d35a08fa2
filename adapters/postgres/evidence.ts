/**
 * Evidence: what must be the same after a restore. Counts and checksums of tables, state of sequences, large objects;
 * taken from the source under the dump's snapshot, and from a restored copy as it is. Promises: both sides run the
 * same SQL under the same settings; a table is read in a short transaction, so that few locks are held at a time; a
 * read that row level security would thin out is an error.
 *
 * A table's checksum is the sum modulo 2^64 of hashtextextended(row COLLATE "C", 0), where row is the text of its
 * values in the order of the columns' names, joined by U+001F, with U+001E for NULL (docs/format.md): text covers
 * every type and is the same across server versions, and a sum, unlike an xor, sees a row that is there twice.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import { endQuietly } from './connection.ts';
import { fromServer } from './errors.ts';
import type { PostgresEvidence, QualifiedName, TableEvidence } from './model.ts';
import { nameKey, quoteIdentifier, quoteLiteral, quoteName } from './names.ts';
import type { PostgresSource } from './source.ts';

type SequenceEvidence = PostgresEvidence['sequences'][number];

/** A table to look at. */
export interface EvidenceTable extends QualifiedName {
  /** On disk, for the order of work and the limit of checksums. */
  readonly bytes: number;
  readonly at: 'table' | 'root';
  /** SQL that begins with WHERE: only those rows are dumped (extension configuration). */
  readonly condition?: string;
}

export interface EvidenceSequence extends QualifiedName {
  readonly ownedBy?: SequenceEvidence['ownedBy'];
}

export interface EvidenceRequest {
  /** Opens a connection to the database, destroyed when the signal aborts; it is ended here. */
  readonly open: (signal?: AbortSignal) => Promise<pg.Client>;
  readonly tables: readonly EvidenceTable[];
  readonly sequences: readonly EvidenceSequence[];
  readonly level: PostgresSource['evidence']['level'];
  /** Larger tables are counted only. */
  readonly checksumUpToBytes: number;
  /** server_version_num of the source, on both sides: it decides how floating point is written. */
  readonly sourceVersionNum: number;
  /** False where not all of them can be read. */
  readonly largeObjects: boolean;
  /** Exported by the holder; absent on the restored side. */
  readonly snapshot?: string;
  readonly signal: AbortSignal;
}

/** The first 1,000 large objects in order of OID are hashed, the first 16 MiB of each. */
export const largeObjectLimit = { objects: 1000, bytes: 16 * 1024 * 1024 } as const;

/** A statement reads at most this many tables, or this many bytes on disk. */
const batchTables = 20;
const batchBytes = 64 * 1024 * 1024;
const batchSequences = 50;
/** hashtextextended came with PostgreSQL 11. */
const firstHashVersion = 110_000;
/** From 12 on, floating point is written in the shortest exact form; before, only 15 digits are the same everywhere. */
const firstShortestFloatVersion = 120_000;

/**
 * Takes the evidence, biggest tables first.
 * @throws HoldfastError SOURCE_LOST, SOURCE_ROW_SECURITY, SOURCE_PRIVILEGE, SOURCE_CHANGED, or the signal's reason
 */
export async function collectEvidence(request: EvidenceRequest): Promise<PostgresEvidence> {
  const startedAt = performance.now();
  const reader = await EvidenceReader.open(request);
  try {
    const tables = request.level === 'none' ? [] : await reader.tables();
    const sequences = await reader.sequences();
    const largeObjects = await reader.largeObjects();
    const seconds = Math.round(performance.now() - startedAt) / 1000;
    return { level: request.level, tables, sequences, largeObjects, seconds };
  } finally {
    await reader.close();
  }
}

class EvidenceReader {
  readonly #request: EvidenceRequest;
  readonly #client: pg.Client;
  readonly #versionNum: number;
  readonly #stopWatching: () => void;

  private constructor(request: EvidenceRequest, client: pg.Client, versionNum: number) {
    this.#request = request;
    this.#client = client;
    this.#versionNum = versionNum;
    this.#stopWatching = cancelOnAbort(client, request.open, request.signal);
  }

  static async open(request: EvidenceRequest): Promise<EvidenceReader> {
    request.signal.throwIfAborted();
    const client = await request.open(request.signal);
    try {
      const digits = request.sourceVersionNum >= firstShortestFloatVersion ? 3 : 0;
      await client.query(`SET extra_float_digits = ${digits}`);
      const version = await client.query<{ num: number }>(
        `SELECT current_setting('server_version_num')::int AS num`,
      );
      return new EvidenceReader(request, client, version.rows[0]?.num ?? 0);
    } catch (thrown) {
      await endQuietly(client);
      request.signal.throwIfAborted();
      throw fromServer(thrown, 'preparing the evidence');
    }
  }

  async close(): Promise<void> {
    this.#stopWatching();
    await endQuietly(this.#client);
  }

  async tables(): Promise<TableEvidence[]> {
    const found: TableEvidence[] = [];
    for (const batch of batches(this.#request.tables)) {
      const columns = await this.#columns(batch.filter((table) => this.#whyNoChecksum(table) === undefined));
      const rows = await this.#read<{ i: number; n: string; s: string | null }>(
        batch.map((table, index) => this.#tableQuery(table, index, columns)).join('\nUNION ALL\n'),
        `reading ${batch.length === 1 ? describe(batch[0]) : `${describe(batch[0])} and ${batch.length - 1} more tables`}`,
      );
      const byIndex = new Map(rows.map((row) => [row.i, row]));
      batch.forEach((table, index) => {
        const row = byIndex.get(index);
        if (row === undefined)
          throw new HoldfastError('INTERNAL', `no evidence came back for ${describe(table)}`);
        found.push(this.#evidenceOf(table, Number(row.n), row.s));
      });
    }
    return found;
  }

  #evidenceOf(table: EvidenceTable, rows: number, sum: string | null): TableEvidence {
    const why = this.#whyNoChecksum(table);
    const base = { ...identity(table), rows };
    return why === undefined ? { ...base, checksum: modulo64(sum) } : { ...base, noChecksum: why };
  }

  #whyNoChecksum(table: EvidenceTable): string | undefined {
    if (this.#request.level !== 'checksums') return 'level';
    // On both sides the source decides, so that the two have the same.
    if (Math.min(this.#versionNum, this.#request.sourceVersionNum) < firstHashVersion)
      return 'unsupported-server';
    return table.bytes > this.#request.checksumUpToBytes ? 'too-large' : undefined;
  }

  /** By name of table; a table without columns has no entry. */
  async #columns(tables: readonly EvidenceTable[]): Promise<ReadonlyMap<string, readonly HashedColumn[]>> {
    if (tables.length === 0) return new Map();
    const names = tables.map(({ schema, name }) => `(${quoteLiteral(schema)}, ${quoteLiteral(name)})`);
    const rows = await this.#read<QualifiedName & { columns: HashedColumn[] }>(
      columnsQuery(names.join(', ')),
      `reading the columns of ${tables.length} tables`,
    );
    return new Map(rows.map((row) => [nameKey(row), row.columns]));
  }

  #tableQuery(
    table: EvidenceTable,
    index: number,
    columns: ReadonlyMap<string, readonly HashedColumn[]>,
  ): string {
    const text = rowText(columns.get(nameKey(table)) ?? []);
    const sum =
      this.#whyNoChecksum(table) === undefined
        ? `sum(hashtextextended(${text} COLLATE "C", 0))::text`
        : 'NULL::text';
    const from = `${table.at === 'root' ? '' : 'ONLY '}${quoteName(table)} AS t`;
    return `(SELECT ${index} AS i, count(*)::text AS n, ${sum} AS s FROM ${from} ${table.condition ?? ''})`;
  }

  async sequences(): Promise<SequenceEvidence[]> {
    const found: SequenceEvidence[] = [];
    const all = this.#request.sequences;
    for (let start = 0; start < all.length; start += batchSequences) {
      const batch = all.slice(start, start + batchSequences);
      const rows = await this.#read<{ i: number; v: string; c: boolean }>(
        batch
          .map((name, i) => `SELECT ${i} AS i, last_value::text AS v, is_called AS c FROM ${quoteName(name)}`)
          .join('\nUNION ALL\n'),
        'reading the sequences',
      );
      for (const row of rows) {
        const { schema, name, ownedBy } = batch[row.i] as EvidenceSequence;
        found.push({ schema, name, lastValue: row.v, isCalled: row.c, ...(ownedBy ? { ownedBy } : {}) });
      }
    }
    return found;
  }

  async largeObjects(): Promise<PostgresEvidence['largeObjects']> {
    const counted = await this.#read<{ n: string }>(
      'SELECT count(*)::text AS n FROM pg_largeobject_metadata',
      'counting large objects',
    );
    const count = Number(counted[0]?.n ?? 0);
    const hash = this.#request.largeObjects && this.#request.level === 'checksums' && count > 0;
    if (!hash || this.#versionNum < firstHashVersion) return { count, hashed: 0 };
    const rows = await this.#read<{ n: string; s: string | null }>(
      `SELECT count(*)::text AS n, sum(hashtextextended((oid::text || md5(lo_get(oid, 0, ${largeObjectLimit.bytes}))) COLLATE "C", 0))::text AS s
       FROM (SELECT oid FROM pg_largeobject_metadata ORDER BY oid LIMIT ${largeObjectLimit.objects}) AS first`,
      'hashing large objects',
    );
    return { count, hashed: Number(rows[0]?.n ?? 0), checksum: modulo64(rows[0]?.s ?? null) };
  }

  /** One statement in a transaction of its own, under the snapshot when there is one. */
  async #read<Row extends pg.QueryResultRow>(sql: string, doing: string): Promise<Row[]> {
    const { signal, snapshot } = this.#request;
    signal.throwIfAborted();
    try {
      await this.#client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      if (snapshot !== undefined)
        await this.#client.query(`SET TRANSACTION SNAPSHOT ${quoteLiteral(snapshot)}`);
      const result = await this.#client.query<Row>(sql);
      await this.#client.query('COMMIT');
      return result.rows;
    } catch (thrown) {
      signal.throwIfAborted();
      throw fromServer(thrown, doing);
    }
  }
}

export interface HashedColumn {
  readonly name: string;
  /** May be NULL, for all that the catalogue promises: a NOT NULL that is not valid yet promises nothing. */
  readonly nullable: boolean;
  /** IS NULL of a composite value asks for its fields. */
  readonly composite: boolean;
}

/** In the order of names: pg_dump creates inherited columns first, so their order may be another after a restore. */
function columnsQuery(names: string): string {
  return `
    SELECT n.nspname AS schema, c.relname AS name,
           json_agg(json_build_object(
             'name', a.attname,
             'nullable', NOT a.attnotnull OR EXISTS (
               SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated),
             'composite', y.typtype IN ('c', 'd')) ORDER BY a.attname::text COLLATE "C") AS columns
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type y ON y.oid = a.atttypid
    WHERE (n.nspname, c.relname) IN (${names})
    GROUP BY n.nspname, c.relname`;
}

/** A function takes at most 100 arguments (FUNC_MAX_ARGS): a separator, and two for a column. */
const columnsPerCall = 49;
const separator = `E'\\x1f'`;
const nullMark = `E'\\x1e'`;

/**
 * SQL for the text of a row. concat_ws calls the output function of each type, as COPY does, and no cast that somebody
 * defined; it leaves out NULL arguments, so a column that may be NULL has a second one that stands in for it.
 */
export function rowText(columns: readonly HashedColumn[]): string {
  const groups: string[] = [];
  for (let at = 0; at < columns.length; at += columnsPerCall)
    groups.push(joined(columns.slice(at, at + columnsPerCall).flatMap(textOf)));
  if (groups.length === 0) return `''`;
  // At most 1,600 columns are 33 groups. None of them is empty, so joining these is joining all at once.
  return groups.length === 1 ? (groups[0] as string) : joined(groups);
}

function textOf({ name, nullable, composite }: HashedColumn): string[] {
  const value = `t.${quoteIdentifier(name)}`;
  if (!nullable) return [value];
  const isNull = composite ? `num_nulls(${value}) = 1` : `${value} IS NULL`;
  return [value, `CASE WHEN ${isNull} THEN ${nullMark} END`];
}

function joined(values: readonly string[]): string {
  return `concat_ws(${separator}, ${values.join(', ')})`;
}

function* batches(tables: readonly EvidenceTable[]): Generator<readonly EvidenceTable[]> {
  const bySize = [...tables].sort((a, b) => b.bytes - a.bytes);
  let batch: EvidenceTable[] = [];
  let bytes = 0;
  for (const table of bySize) {
    if (batch.length > 0 && (batch.length === batchTables || bytes + table.bytes > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(table);
    bytes += table.bytes;
  }
  if (batch.length > 0) yield batch;
}

function identity(
  table: EvidenceTable,
): Pick<TableEvidence, 'schema' | 'name' | 'bytes' | 'at' | 'condition'> {
  const { schema, name, bytes, at, condition } = table;
  return { schema, name, bytes, at, ...(condition === undefined ? {} : { condition }) };
}

function describe(table: QualifiedName | undefined): string {
  return table === undefined ? 'nothing' : `${table.schema}.${table.name}`;
}

const two64 = 1n << 64n;

/** A sum of signed 64-bit numbers as PostgreSQL's numeric, modulo 2^64, decimal; null is no rows. */
export function modulo64(sum: string | null): string {
  const value = BigInt(sum ?? '0') % two64;
  return String(value < 0n ? value + two64 : value);
}

const cancelTimeoutMilliseconds = 5000;

/** Ends the query that runs on `client` when the signal aborts: the server would otherwise work on. */
function cancelOnAbort(client: pg.Client, open: EvidenceRequest['open'], signal: AbortSignal): () => void {
  const { processID } = client as unknown as { readonly processID: number };
  const cancel = async () => {
    const other = await open(AbortSignal.timeout(cancelTimeoutMilliseconds));
    await other.query('SELECT pg_cancel_backend($1)', [processID]).finally(() => endQuietly(other));
  };
  const onAbort = () => {
    // When even this fails, ending the connection still frees this side.
    cancel()
      .catch(() => undefined)
      .finally(() => void endQuietly(client));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}
