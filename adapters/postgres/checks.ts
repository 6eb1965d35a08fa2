/**
 * `plan test`: everything that can be known about a source without dumping it. Each check stands alone, so that a
 * person sees all that is wrong at once; what cannot be looked at because an earlier check failed is left out.
 */
import type pg from 'pg';
import { asHoldfastError, HoldfastError } from '../../core/errors.ts';
import type { SourceCheck } from '../../core/ports/source.ts';
import { type Catalogue, readCatalogue } from './catalogue.ts';
import {
  findIncomplete,
  lockedTables,
  readLargeObjects,
  requireComplete,
  requireReadable,
} from './completeness.ts';
import { type ConnectionSettings, connect, endQuietly } from './connection.ts';
import { databasesOf } from './databases.ts';
import { fromServer } from './errors.ts';
import { readFacts, readServer, type ServerFacts } from './facts.ts';
import { dumpVersion, type ProgramsOptions } from './programs.ts';
import type { PostgresSource } from './source.ts';
import { requireSupported } from './versions.ts';

export interface CheckOptions {
  readonly tools: ProgramsOptions;
  /** Settings for a database; default: the one of the secret. */
  readonly reach: (database?: string) => Promise<ConnectionSettings>;
  readonly signal: AbortSignal;
}

export async function checkSource(
  source: PostgresSource,
  options: CheckOptions,
): Promise<readonly SourceCheck[]> {
  const checks: SourceCheck[] = [];
  const check = async <T>(
    name: string,
    detail: (value: T) => string,
    run: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      const value = await run();
      checks.push({ name, ok: true, detail: detail(value) });
      return value;
    } catch (thrown) {
      options.signal.throwIfAborted();
      const error = asHoldfastError(fromServer(thrown, name));
      checks.push({ name, ok: false, detail: `${error.message} (${error.code})`, next: error.next });
      return undefined;
    }
  };
  const tools = await check(
    'tools',
    (version) => `pg_dump ${version}`,
    () => dumpVersion(options.tools),
  );
  const settings = await check('secret and address', describeSettings, () => options.reach());
  if (settings === undefined) return checks;
  const databases = await check(
    'login',
    (names) => `databases: ${names.join(', ')}`,
    () => databasesOf(source, settings, options.signal),
  );
  for (const database of databases ?? []) {
    await checkDatabase(source, await options.reach(database), options.signal, tools, check);
  }
  return checks;
}

type Check = <T>(name: string, detail: (value: T) => string, run: () => Promise<T>) => Promise<T | undefined>;

async function checkDatabase(
  source: PostgresSource,
  settings: ConnectionSettings,
  signal: AbortSignal,
  tools: string | undefined,
  check: Check,
): Promise<void> {
  const { database } = settings;
  const client = await check(
    `${database}: connection`,
    () => 'accepted',
    () => connect(settings, { signal }),
  );
  if (client === undefined) return;
  try {
    const server = await readServer(client);
    await check(
      `${database}: server`,
      () => `PostgreSQL ${server.version}${server.standby ? ', standby' : ''}`,
      async () => {
        requireSupported(server, tools ?? '0');
      },
    );
    const facts = await check(
      `${database}: size`,
      (found) => `${found.sizeBytes} bytes`,
      () => readFacts(client, server),
    );
    const catalogue = await check(
      `${database}: exclusions`,
      (found) => `${found.tables.filter((table) => table.hasData).length} tables with rows to dump`,
      () => readCatalogue(client, source.exclude),
    );
    if (catalogue !== undefined && facts !== undefined)
      await checkAccess(source, client, server, catalogue, check);
  } finally {
    await endQuietly(client);
  }
}

async function checkAccess(
  source: PostgresSource,
  client: pg.Client,
  server: ServerFacts,
  catalogue: Catalogue,
  check: Check,
): Promise<void> {
  const name = (what: string) => `${client.database}: ${what}`;
  await check(
    name('privileges and row security'),
    () => `role ${server.user} may read everything`,
    async () => {
      requireReadable(catalogue, server.user);
    },
  );
  await check(
    name('completeness'),
    (found) =>
      found.length === 0
        ? 'nothing is hidden'
        : `warning: ${found.map((missing) => missing.what).join(', ')}`,
    async () => {
      const missing = await findIncomplete(client, server, await readLargeObjects(client, server));
      requireComplete(missing, source.onIncomplete);
      return missing;
    },
  );
  await check(
    name('free connections'),
    (free) => `${free} free`,
    () => requireConnections(client, server, source.parallelism ?? 2),
  );
  await check(
    name('room for locks'),
    (room) => `${lockedTables(catalogue).length} of about ${room}`,
    () => requireLockRoom(client, lockedTables(catalogue).length),
  );
}

/** Holder, evidence, one check, and a pg_dump for each worker. */
const ownConnections = 3;

async function requireConnections(
  client: pg.Client,
  server: ServerFacts,
  parallelism: number,
): Promise<number> {
  const result = await client.query<{ free: number }>(
    `
    SELECT current_setting('max_connections')::int
           - CASE WHEN $1 THEN 0 ELSE current_setting('superuser_reserved_connections')::int
               + coalesce(current_setting('reserved_connections', true)::int, 0) END
           - (SELECT sum(numbackends) FROM pg_stat_database)::int AS free`,
    [server.superuser],
  );
  const free = result.rows[0]?.free ?? 0;
  const needed = parallelism + ownConnections;
  if (free < needed)
    throw new HoldfastError('SOURCE_FULL', `${free} connections are free, a backup needs ${needed}`);
  return free;
}

async function requireLockRoom(client: pg.Client, tables: number): Promise<number> {
  // The lock table's size, PostgreSQL documentation, "Lock Management"; it is shared with all other sessions.
  const result = await client.query<{ room: number }>(`
    SELECT current_setting('max_locks_per_transaction')::int
           * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) AS room`);
  const room = result.rows[0]?.room ?? 0;
  if (tables > room) {
    throw new HoldfastError(
      'SOURCE_LOCK_TABLE_FULL',
      `${tables} tables must be locked, the server has room for about ${room} locks (max_locks_per_transaction)`,
    );
  }
  return room;
}

function describeSettings(settings: ConnectionSettings): string {
  return `${settings.user} at ${settings.host}:${settings.port}${settings.address ? ` (${settings.address})` : ''}, tls ${settings.tls}`;
}
