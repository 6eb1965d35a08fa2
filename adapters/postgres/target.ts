/**
 * Looks at the server that a restore goes to, before anything there is touched: may we, does it fit, is everything
 * there that the backup speaks of. Only reads.
 */
import { statfs } from 'node:fs/promises';
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.ts';
import type { ConnectionSettings } from './connection.ts';
import type { PostgresFacts } from './model.ts';
import type { RoleNeed } from './roles.ts';

export interface Target {
  readonly versionNum: number;
  readonly version: string;
  readonly user: string;
  readonly superuser: boolean;
  readonly createDb: boolean;
  readonly createRole: boolean;
}

export interface SeenTarget extends Target {
  readonly standby: boolean;
  /** Every transaction of this role, unless it says otherwise. */
  readonly readOnly: boolean;
}

/** As it is, whatever that means for a restore. */
export async function lookAtTarget(client: pg.Client): Promise<SeenTarget> {
  const { rows } = await client.query<SeenTarget>(
    `SELECT current_setting('server_version_num')::int AS "versionNum",
       split_part(current_setting('server_version'), ' ', 1) AS version, current_user::text AS "user",
       rolsuper AS superuser, rolcreatedb AS "createDb", rolcreaterole AS "createRole",
       pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only') = 'on' AS "readOnly"
     FROM pg_roles WHERE rolname = current_user`,
  );
  const [target] = rows;
  if (target === undefined) throw unsuitable('the server does not know the role that is logged in');
  return target;
}

/**
 * The role of a source reads and changes nothing (docs/operations.md): it is the first thing to be told.
 * `otherSecret`: the request names a secret of its own.
 * @throws HoldfastError TARGET_UNSUITABLE
 */
export function requireCreator(target: SeenTarget, { otherSecret }: { readonly otherSecret: boolean }): void {
  const { user, superuser, createDb, readOnly, standby } = target;
  const creates = superuser || createDb;
  if (!creates || readOnly) {
    const why = creates
      ? 'only reads: default_transaction_read_only is on'
      : 'may not create databases (CREATEDB)';
    throw new HoldfastError('TARGET_UNSUITABLE', `the role ${user} cannot restore: it ${why}`, {
      next: otherSecret
        ? 'Give the role what docs/operations.md lists under "The role to restore with", or name the secret of another one with --secret.'
        : 'Make a second secret for a role that may create databases and name it with --secret (docs/operations.md, "The role to restore with").',
    });
  }
  if (standby) throw unsuitable('the server is a standby, which cannot be written to');
}

export function unsuitable(why: string): HoldfastError {
  return new HoldfastError('TARGET_UNSUITABLE', `the target cannot take this backup: ${why}`);
}

export async function databaseExists(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  return (rowCount ?? 0) > 0;
}

/** @throws HoldfastError TARGET_UNSUITABLE listing extensions that the server does not offer */
export async function requireExtensions(client: pg.Client, names: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT wanted.name FROM unnest($1::text[]) AS wanted(name)
     WHERE NOT EXISTS (SELECT FROM pg_available_extensions a WHERE a.name = wanted.name)`,
    [names],
  );
  if (rows.length > 0) throw unsuitable(`it lacks the extensions ${rows.map((row) => row.name).join(', ')}`);
}

/** Indexes are built anew, with room to sort. */
const spaceFactor = 1.1;

/** Of a database of that size. */
export function neededBytesFor(sizeBytes: number): number {
  return Math.ceil(sizeBytes * spaceFactor);
}

/**
 * Compares the free space with the size of the source, where both sides of the connection are one machine: no SQL
 * tells how much is free.
 * @returns what is free, undefined where that cannot be told
 * @throws HoldfastError TARGET_SPACE
 */
export async function requireTargetSpace(
  client: pg.Client,
  settings: ConnectionSettings,
  sizeBytes: number,
): Promise<number | undefined> {
  if (!settings.local) return undefined;
  const free = await freeBytesOf(client).catch(() => undefined);
  const neededBytes = neededBytesFor(sizeBytes);
  if (free === undefined || free >= neededBytes) return free;
  throw new HoldfastError(
    'TARGET_SPACE',
    `the backup needs about ${neededBytes} bytes, the target has ${free} free`,
    {
      details: { neededBytes, freeBytes: free },
    },
  );
}

async function freeBytesOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ directory: string | null }>(
    `SELECT current_setting('data_directory', true) AS directory`,
  );
  const directory = rows[0]?.directory;
  if (!directory) return undefined;
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

export interface RoleState {
  readonly missing: readonly RoleNeed[];
  /** `a in b`. */
  readonly missingMemberships: readonly { readonly member: string; readonly group: string }[];
  /** Owners that the restoring role cannot act for. */
  readonly notOurs: readonly string[];
}

/** `owners`: who will own something. */
export async function readRoles(
  client: pg.Client,
  target: Target,
  needs: readonly RoleNeed[],
  owners: readonly string[],
): Promise<RoleState> {
  const { rows } = await client.query<{ name: string; groups: string[]; ours: boolean }>(
    `SELECT r.rolname::text AS name,
       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS groups,
       pg_has_role(current_user, r.oid, 'USAGE') ${target.versionNum >= 160_000 ? `AND pg_has_role(current_user, r.oid, 'SET')` : ''} AS ours
     FROM pg_roles r WHERE r.rolname = ANY ($1::text[])`,
    [needs.map((need) => need.name)],
  );
  const found = new Map(rows.map((row) => [row.name, row]));
  return {
    missing: needs.filter((need) => !found.has(need.name)),
    missingMemberships: needs.flatMap((need) => {
      const groups = found.get(need.name)?.groups;
      const lacking = need.memberOf.filter((group) => groups !== undefined && !groups.includes(group));
      return lacking.map((group) => ({ member: need.name, group }));
    }),
    notOurs: target.superuser ? [] : owners.filter((name) => found.get(name)?.ours === false),
  };
}

export function rolesMissing(state: RoleState): HoldfastError | undefined {
  const roles = state.missing.map((need) => need.name);
  const memberships = state.missingMemberships.map(({ member, group }) => `${member} in ${group}`);
  if (roles.length === 0 && memberships.length === 0) return undefined;
  const parts = [
    ...(roles.length > 0 ? [`roles ${roles.join(', ')}`] : []),
    ...(memberships.length > 0 ? [`memberships ${memberships.join(', ')}`] : []),
  ];
  return new HoldfastError('TARGET_ROLES_MISSING', `the target lacks ${parts.join('; and ')}`, {
    details: { roles, memberships },
  });
}

/** Extensions that pg_restore would create; what PostgreSQL brings itself is left out. */
export function wantedExtensions(facts: PostgresFacts): readonly string[] {
  return facts.extensions.map((extension) => extension.name).filter((name) => name !== 'plpgsql');
}
