/**
 * The holder of the snapshot: one transaction that exports it, locks every table that will be dumped, and lives
 * until the last byte is stored. Promises: while it lives, nobody drops, truncates or rewrites a locked table; when
 * it died, `check` says so; a table that cannot be locked in time is named.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import { endQuietly } from './connection.ts';
import { fromServer } from './errors.ts';
import type { QualifiedName } from './model.ts';
import { listNames, quoteIdentifier, quoteName } from './names.ts';

/** Tables in one LOCK statement; as many as pg_dump's own take little time, few enough to name the one that waits. */
const lockBatch = 200;
/** Above this nothing is known about the snapshot any more. */
const checkTimeoutMilliseconds = 30_000;

export class SnapshotHolder {
  readonly client: pg.Client;
  /** Name of the exported snapshot, for pg_dump and for other connections. */
  readonly snapshot: string;
  readonly #pid: number;
  readonly #startedAt: string;
  #lost: unknown;

  private constructor(client: pg.Client, snapshot: string, pid: number, startedAt: string) {
    this.client = client;
    this.snapshot = snapshot;
    this.#pid = pid;
    this.#startedAt = startedAt;
    client.on('error', (error) => {
      this.#lost ??= error;
    });
    client.on('end', () => {
      this.#lost ??= new Error('the connection ended');
    });
  }

  /** Begins the transaction on a connection of its own, which `close` ends. */
  static async begin(client: pg.Client): Promise<SnapshotHolder> {
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const result = await client.query<{ snapshot: string; pid: number; at: string }>(
        'SELECT pg_export_snapshot() AS snapshot, pg_backend_pid() AS pid, transaction_timestamp()::text AS at',
      );
      const { snapshot, pid, at } = result.rows[0] as { snapshot: string; pid: number; at: string };
      return new SnapshotHolder(client, snapshot, pid, at);
    } catch (thrown) {
      throw fromServer(thrown, 'taking the snapshot');
    }
  }

  get pid(): number {
    return this.#pid;
  }

  /**
   * Takes ACCESS SHARE on the tables, and keeps it.
   * @throws HoldfastError SOURCE_LOCKED naming the table, SOURCE_LOCK_TABLE_FULL, SOURCE_CHANGED, SOURCE_PRIVILEGE
   */
  async lock(tables: readonly QualifiedName[], timeoutSeconds: number, signal: AbortSignal): Promise<void> {
    await this.client.query(`SET LOCAL lock_timeout = ${Math.round(timeoutSeconds * 1000)}`);
    for (let start = 0; start < tables.length; start += lockBatch) {
      signal.throwIfAborted();
      await this.#lockBatch(tables.slice(start, start + lockBatch), timeoutSeconds);
    }
    await this.client.query('SET LOCAL lock_timeout = 0');
  }

  async #lockBatch(tables: readonly QualifiedName[], timeoutSeconds: number): Promise<void> {
    await this.client.query('SAVEPOINT locking');
    try {
      await this.client.query(
        `LOCK TABLE ${tables.map((table) => `ONLY ${quoteName(table)}`).join(', ')} IN ACCESS SHARE MODE`,
      );
      await this.client.query('RELEASE SAVEPOINT locking');
    } catch (thrown) {
      const error = fromServer(thrown, `locking ${tables.length} tables`);
      if (error.code !== 'SOURCE_LOCKED') throw error;
      await this.client.query('ROLLBACK TO SAVEPOINT locking');
      throw lockedError(await this.#whoIsLocked(tables), timeoutSeconds, error);
    }
  }

  /** Of these tables, those that cannot be locked at once: a short second try, one by one. */
  async #whoIsLocked(tables: readonly QualifiedName[]): Promise<readonly QualifiedName[]> {
    const locked: QualifiedName[] = [];
    for (const table of tables) {
      await this.client.query('SAVEPOINT probing');
      try {
        await this.client.query(`LOCK TABLE ONLY ${quoteName(table)} IN ACCESS SHARE MODE NOWAIT`);
        await this.client.query('RELEASE SAVEPOINT probing');
      } catch {
        await this.client.query('ROLLBACK TO SAVEPOINT probing');
        locked.push(table);
      }
    }
    return locked;
  }

  /**
   * Is it still the same transaction of the same backend?
   * @throws HoldfastError SOURCE_LOST
   */
  async check(): Promise<void> {
    if (this.#lost !== undefined) throw lostError(this.#lost);
    try {
      const query = this.client.query<{ same: boolean }>(
        `SELECT pg_backend_pid() = $1 AND transaction_timestamp()::text = $2
                AND current_setting('transaction_isolation') = 'repeatable read' AS same`,
        [this.#pid, this.#startedAt],
      );
      const result = await withTimeout(query, checkTimeoutMilliseconds);
      if (result.rows[0]?.same === true) return;
    } catch (thrown) {
      throw lostError(thrown);
    }
    throw lostError(new Error('another transaction answers'));
  }

  /** Never throws. */
  async close(): Promise<void> {
    await endQuietly(this.client);
  }
}

function withTimeout<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  promise.catch(() => undefined);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${milliseconds / 1000} s`)), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function lostError(cause: unknown): HoldfastError {
  const why = cause instanceof Error ? cause.message : String(cause);
  // A standby ends the whole transaction when replication needs the rows that it reads.
  const cancelled = fromServer(cause, '').code === 'SOURCE_QUERY_CANCELLED';
  return new HoldfastError(
    cancelled ? 'SOURCE_QUERY_CANCELLED' : 'SOURCE_LOST',
    `the connection that holds the snapshot was lost: ${why}`,
    { cause: new Error(why) },
  );
}

export function lockedError(
  tables: readonly QualifiedName[],
  timeoutSeconds: number,
  cause?: unknown,
): HoldfastError {
  const names = tables.length > 0 ? listNames(tables) : 'a table that was free again when asked';
  return new HoldfastError(
    'SOURCE_LOCKED',
    `locked by another session for more than ${timeoutSeconds} s: ${names}`,
    {
      cause,
      details: {
        tables: tables
          .slice(0, 20)
          .map((table) => `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`),
      },
    },
  );
}

/** Tables of this database for which somebody waits to take a lock that pg_dump would have to queue behind. */
export async function tablesWaitedFor(client: pg.Client): Promise<readonly QualifiedName[]> {
  const result = await client.query<QualifiedName>(`
    SELECT DISTINCT n.nspname AS schema, c.relname AS name
    FROM pg_locks l
    JOIN pg_class c ON c.oid = l.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT l.granted AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
  return result.rows;
}
