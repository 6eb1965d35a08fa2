/**
 * Sessions in the way of dropping or renaming a database. Promises: only sessions of clients are ended, never workers
 * of the server; a session that this role may not end is left alone, and raises nothing.
 */
import type pg from 'pg';

/** PostgreSQL shows the type of a backend only to those who may see its activity; workers without a role are none of ours. */
const clientsOf = `FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
  WHERE a.datname = $1 AND a.pid <> pg_backend_pid() AND coalesce(a.backend_type, 'client backend') = 'client backend'`;

/** What pg_terminate_backend demands (documented under pg_signal_backend). */
const mayEnd = `((SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
  OR (NOT r.rolsuper AND (pg_has_role(current_user, a.usesysid, 'USAGE') OR pg_has_role(current_user, 'pg_signal_backend', 'USAGE'))))`;

export async function endConnections(client: pg.Client, database: string): Promise<void> {
  await client.query(`SELECT pg_terminate_backend(a.pid) ${clientsOf} AND ${mayEnd}`, [database]);
}

/** Roles of sessions in the database that this one may not end, by name. */
export async function sessionsNotOurs(client: pg.Client, database: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ role: string }>(
    `SELECT DISTINCT r.rolname::text AS role ${clientsOf} AND NOT ${mayEnd} ORDER BY 1`,
    [database],
  );
  return rows.map((row) => row.role);
}

/** Of looking whether a backend is gone, 0.3 seconds apart. */
const looks = 20;

/** Ends a session of our own whose connection was lost, so that what it was doing is over: done, or never done. */
export async function endBackend(client: pg.Client, processId: number): Promise<void> {
  for (let look = 0; look < looks; look++) {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
       WHERE a.pid = $1 AND a.usename = current_user AND a.pid <> pg_backend_pid()`,
      [processId],
    );
    if (rowCount === 0) return;
    await client.query('SELECT pg_sleep(0.3)');
  }
}
