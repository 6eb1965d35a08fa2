/** Which databases of a server a plan means. */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import { type ConnectionSettings, connect, endQuietly } from './connection.ts';
import { fromServer } from './errors.ts';
import type { PostgresSource } from './source.ts';

/** @throws HoldfastError SOURCE_MISSING_OBJECT naming databases that are not there, or the signal's reason */
export async function databasesOf(
  source: PostgresSource,
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const client = await connect(settings, { signal });
  try {
    if (source.databases === undefined) return [settings.database];
    const present = await readDatabases(client);
    const wanted =
      source.databases === 'all'
        ? present.filter((name) => !providersOwn.has(name))
        : [...new Set(source.databases)];
    const missing = wanted.filter((name) => !present.includes(name));
    if (missing.length > 0) {
      throw new HoldfastError(
        'SOURCE_MISSING_OBJECT',
        `the server has no database ${missing.join(', ')} (databases)`,
        {
          details: { missing, present: present.slice(0, 100) },
        },
      );
    }
    return wanted;
  } catch (thrown) {
    signal.throwIfAborted();
    throw fromServer(thrown, 'listing the databases');
  } finally {
    await endQuietly(client);
  }
}

/**
 * Databases that a managed service keeps for itself (RDS, Cloud SQL, Azure): they say that they accept connections,
 * and refuse everyone's but its own. Left out of `all`; a plan that names one gets the server's own answer.
 */
const providersOwn: ReadonlySet<string> = new Set([
  'rdsadmin',
  'cloudsqladmin',
  'azure_maintenance',
  'azure_sys',
]);

/** Databases of the server that can be dumped, by name. */
async function readDatabases(client: pg.Client): Promise<readonly string[]> {
  const result = await client.query<{ name: string }>(
    `SELECT datname::text AS name FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname COLLATE "C"`,
  );
  return result.rows.map((row) => row.name);
}
