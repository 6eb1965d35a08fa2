/**
 * Lets a restored database take the place of the one it was made from (rule 16): connections blocked and ended, both
 * renamed in one transaction, the old one kept. Promises: either both names have changed or none has; the old one
 * accepts connections again in either case.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import { quoteIdentifier } from './names.ts';
import { endConnections } from './restore-undo.ts';

export interface Replacement {
  /** The database whose place is taken. */
  readonly name: string;
  /** The restored one. */
  readonly restored: string;
  /** What the old one is called afterwards. */
  readonly kept: string;
}

/** @throws HoldfastError TARGET_UNSUITABLE when there is no such database, or a logical replication slot in it */
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
}

function refused(why: string): HoldfastError {
  return new HoldfastError('TARGET_UNSUITABLE', `the database cannot be replaced: ${why}`, {
    next: 'Restore beside it, without --replace, and cut over by hand.',
  });
}

const attempts = 20;

/** `client` must be connected to neither of the two. */
export async function replaceDatabase(client: pg.Client, replacement: Replacement): Promise<void> {
  const { name, restored, kept } = replacement;
  await requireReplaceable(client, name);
  await allowConnections(client, name, false);
  let current = name;
  try {
    for (let attempt = 1; ; attempt++) {
      await endConnections(client, name);
      await endConnections(client, restored);
      if (await renameBoth(client, replacement, attempt === attempts)) break;
      await client.query('SELECT pg_sleep(0.25)');
    }
    current = kept;
  } finally {
    await allowConnections(client, current, true);
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
    await client.query('ROLLBACK');
    const inUse = (thrown as { code?: string }).code === '55006';
    if (inUse && !last) return false;
    throw new HoldfastError(
      'RESTORE_FAILED',
      `database ${name} could not be replaced: ${(thrown as Error).message}`,
      {
        cause: thrown,
      },
    );
  }
}

async function allowConnections(client: pg.Client, name: string, allow: boolean): Promise<void> {
  await client.query(`ALTER DATABASE ${quoteIdentifier(name)} WITH ALLOW_CONNECTIONS ${allow}`);
}
