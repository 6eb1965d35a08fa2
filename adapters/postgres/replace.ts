/**
 * Lets a restored database take the place of the one it was made from (rule 16): connections blocked and ended, both
 * renamed in one transaction, the old one kept. Promises: either both names have changed or none has, and what is
 * reported is what the server says it is, also when its answer was lost; the old one accepts connections again in
 * either case, or the error holds the statement that opens it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import { endQuietly } from './connection.ts';
import { quoteIdentifier } from './names.ts';
import { endBackend, endConnections, sessionsNotOurs } from './restore-sessions.ts';

export interface Replacement {
  /** The database whose place is taken. */
  readonly name: string;
  /** The restored one. */
  readonly restored: string;
  /** What the old one is called afterwards. */
  readonly kept: string;
}

/**
 * @throws HoldfastError TARGET_UNSUITABLE when there is no such database, or a logical replication slot in it, or
 * somebody is connected whom this role may not disconnect
 */
export async function requireReplaceable(client: pg.Client, name: string): Promise<void> {
  const { rows: databases } = await client.query<{ ours: boolean }>(
    `SELECT pg_has_role(current_user, datdba, 'USAGE') AS ours FROM pg_database WHERE datname = $1`,
    [name],
  );
  const [database] = databases;
  if (database === undefined) throw refused(`there is no database ${name} to replace`);
  if (!database.ours) throw refused(`database ${name} belongs to a role that this one cannot act for`);
  const { rows } = await client.query<{ name: string }>(
    'SELECT slot_name::text AS name FROM pg_replication_slots WHERE database = $1',
    [name],
  );
  if (rows.length > 0) {
    throw refused(
      `database ${name} has logical replication slots (${rows.map((row) => row.name).join(', ')}), which would go on with the old one`,
    );
  }
  const others = await sessionsNotOurs(client, name);
  if (others.length > 0) {
    throw new HoldfastError(
      'TARGET_UNSUITABLE',
      `the database cannot be replaced: this role may not end the sessions of ${others.join(', ')} in ${name}; that takes pg_signal_backend, and a superuser for the sessions of superusers`,
      {
        details: { roles: others },
        next: 'GRANT pg_signal_backend to the role to restore with, or stop what is connected, then restore again.',
      },
    );
  }
}

function refused(why: string): HoldfastError {
  return new HoldfastError('TARGET_UNSUITABLE', `the database cannot be replaced: ${why}`, {
    next: 'Restore beside it, without --replace, and cut over by hand.',
  });
}

/** Of the renaming, a quarter of a second apart. */
const attempts = 20;
/** Of coming back to a server that was lost, a second apart: a failover of RDS is mostly over by then. */
const returns = 60;

export interface ReplaceOptions {
  /** Between attempts to come back; for tests. */
  readonly pauseMilliseconds?: number;
  readonly returns?: number;
}

/**
 * `open` gives a connection to a database that is neither of the two.
 * @throws HoldfastError TARGET_UNSUITABLE, RESTORE_FAILED
 */
export async function replaceDatabase(
  open: () => Promise<pg.Client>,
  replacement: Replacement,
  options: ReplaceOptions = {},
): Promise<void> {
  const { name, kept } = replacement;
  let client = await open();
  const backend = backendOf(client);
  let failure: { readonly thrown: unknown } | undefined;
  try {
    await requireReplaceable(client, name);
    const oid = await oidOf(client, name);
    try {
      await allowConnections(client, name, false);
      await swap(client, replacement);
    } catch (thrown) {
      failure = { thrown };
    }
    // The name is read, not remembered: the answer to COMMIT may be what was lost.
    let lost: unknown;
    for (let attempt = 0; ; attempt++) {
      try {
        if (attempt > 0 || isGone(client)) {
          await endQuietly(client);
          client = await open();
          await endBackend(client, backend);
        }
        const current = await nameOf(client, oid);
        if (current !== undefined) await allowConnections(client, current, true);
        if (current === kept) return;
        break;
      } catch (thrown) {
        lost = thrown;
        if (attempt >= (options.returns ?? returns)) throw stillClosed(replacement, failure?.thrown, lost);
        await sleep(options.pauseMilliseconds ?? 1000);
      }
    }
    throw notReplaced(name, failure?.thrown);
  } finally {
    await endQuietly(client);
  }
}

function stillClosed({ name, kept }: Replacement, failure: unknown, lost: unknown): HoldfastError {
  const opening = (database: string) => `ALTER DATABASE ${quoteIdentifier(database)} ALLOW_CONNECTIONS true;`;
  const why = ((failure ?? lost) as Error).message;
  return new HoldfastError(
    'RESTORE_FAILED',
    `database ${name} may still be closed to connections: the server was lost while it was replaced (${why}) and did not come back (${(lost as Error).message}). To open it: ${opening(name)} or, when it was renamed already: ${opening(kept)}`,
    {
      cause: failure ?? lost,
      details: { statements: [opening(name), opening(kept)] },
      next: `Run ${opening(name)} as soon as the server answers, and look which of the names it has.`,
    },
  );
}

function notReplaced(name: string, thrown: unknown): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  const why = thrown instanceof Error ? thrown.message : 'the server did not rename it';
  return new HoldfastError('RESTORE_FAILED', `database ${name} could not be replaced: ${why}`, {
    cause: thrown,
  });
}

async function swap(client: pg.Client, replacement: Replacement): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await endConnections(client, replacement.name);
    await endConnections(client, replacement.restored);
    if (await renameBoth(client, replacement, attempt === attempts)) return;
    await client.query('SELECT pg_sleep(0.25)');
  }
}

/** False when somebody is still connected, unless it is the last attempt. */
async function renameBoth(
  client: pg.Client,
  { name, restored, kept }: Replacement,
  last: boolean,
): Promise<boolean> {
  await client.query('BEGIN');
  try {
    await client.query(`ALTER DATABASE ${quoteIdentifier(name)} RENAME TO ${quoteIdentifier(kept)}`);
    await client.query(`ALTER DATABASE ${quoteIdentifier(restored)} RENAME TO ${quoteIdentifier(name)}`);
    await client.query('COMMIT');
    return true;
  } catch (thrown) {
    // On a broken connection there is nothing to roll back, and the first failure is the one to tell.
    await client.query('ROLLBACK').catch(() => undefined);
    const inUse = (thrown as { code?: string }).code === '55006';
    if (inUse && !last) return false;
    throw thrown;
  }
}

async function allowConnections(client: pg.Client, name: string, allow: boolean): Promise<void> {
  await client.query(`ALTER DATABASE ${quoteIdentifier(name)} WITH ALLOW_CONNECTIONS ${allow}`);
}

async function oidOf(client: pg.Client, name: string): Promise<string> {
  const { rows } = await client.query<{ oid: string }>(
    'SELECT oid::text AS oid FROM pg_database WHERE datname = $1',
    [name],
  );
  return rows[0]?.oid ?? '0';
}

async function nameOf(client: pg.Client, oid: string): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT datname::text AS name FROM pg_database WHERE oid = $1::oid',
    [oid],
  );
  return rows[0]?.name;
}

function backendOf(client: pg.Client): number {
  return (client as unknown as { readonly processID: number }).processID;
}

/** node-postgres fails every query of such a client without asking the server. */
function isGone(client: pg.Client): boolean {
  const { _queryable, _ending } = client as unknown as {
    readonly _queryable: boolean;
    readonly _ending: boolean;
  };
  return !_queryable || _ending;
}
