/**
 * The roles that a backup speaks of: who owns, who is granted to, who is a member of whom; and how they are made.
 * Promises: a role is only ever made NOLOGIN and never with a power of its own (superuser, createrole, replication,
 * bypassrls); no membership in a predefined role that reaches files or programs is ever granted.
 */
import type pg from 'pg';
import type { PostgresFacts } from './model.ts';
import { quoteIdentifier } from './names.ts';
import type { TocEntry } from './restore-toc.ts';
import { rolesOf } from './roles-sql.ts';

export interface RoleNeed {
  readonly name: string;
  readonly inherit: boolean;
  readonly memberOf: readonly string[];
}

/** Predefined roles exist on every server of a version; names with this prefix are reserved. */
export function isPredefined(role: string): boolean {
  return role.startsWith('pg_');
}

/** Every role that the facts or the entries name, predefined ones left out, in order of name. */
export function neededRoles(facts: PostgresFacts, entries: readonly TocEntry[]): readonly RoleNeed[] {
  const needs = new Map<string, RoleNeed>();
  const plain = (name: string): RoleNeed => ({ name, inherit: true, memberOf: [] });
  for (const name of [
    facts.owner,
    ...entries.flatMap(rolesOf),
    ...settingRoles(facts),
    ...aclRoles(facts.acl ?? []),
  ]) {
    if (!isPredefined(name) && name !== '') needs.set(name, plain(name));
  }
  const known = new Map(facts.roles.map((role) => [role.name, role]));
  const queue = [...needs.keys(), ...facts.roles.map((role) => role.name)];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const fact = known.get(name);
    if (isPredefined(name)) continue;
    const memberOf = (fact?.memberOf ?? []).filter((other) => !isPredefined(other));
    for (const other of memberOf) if (!needs.has(other)) queue.push(other);
    needs.set(name, { name, inherit: fact?.inherit ?? true, memberOf });
  }
  return [...needs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function settingRoles(facts: PostgresFacts): readonly string[] {
  return facts.settings.flatMap((setting) => (setting.role === null ? [] : [setting.role]));
}

/** Grantees and grantors of ACL items as text: `grantee=privileges/grantor`, names quoted where need be. */
export function aclRoles(items: readonly string[]): readonly string[] {
  return items.flatMap((item) => {
    const parsed = parseAclItem(item);
    return parsed ? [parsed.grantee, parsed.grantor].filter((name) => name !== '') : [];
  });
}

export interface AclItem {
  /** '' is PUBLIC. */
  readonly grantee: string;
  /** Letters, each followed by `*` where it may be granted on. */
  readonly privileges: string;
  readonly grantor: string;
}

export function parseAclItem(item: string): AclItem | undefined {
  const match = /^("(?:[^"]|"")*"|[^=]*)=([A-Za-z*]*)\/("(?:[^"]|"")*"|.*)$/s.exec(item);
  if (!match) return undefined;
  const [, grantee = '', privileges = '', grantor = ''] = match;
  return { grantee: unquoted(grantee), privileges, grantor: unquoted(grantor) };
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** Which of these roles the server has. */
export async function existingRoles(
  client: pg.Client,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ rolname: string }>(
    'SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY($1::text[])',
    [names],
  );
  return new Set(rows.map((row) => row.rolname));
}

/** Makes the roles, NOLOGIN, and the memberships among them. `make` runs the statement that makes one of them. */
export async function createRoles(
  client: pg.Client,
  roles: readonly RoleNeed[],
  make: (name: string, statement: string) => Promise<unknown> = (_, statement) => client.query(statement),
): Promise<void> {
  for (const role of roles) {
    const inherit = role.inherit ? 'INHERIT' : 'NOINHERIT';
    await make(
      role.name,
      `CREATE ROLE ${quoteIdentifier(role.name)} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION ${inherit}`,
    );
  }
  for (const role of roles) {
    for (const group of role.memberOf) {
      await client.query(`GRANT ${quoteIdentifier(group)} TO ${quoteIdentifier(role.name)}`);
    }
  }
}
