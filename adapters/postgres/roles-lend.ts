/**
 * What a restoring role that is no superuser must lend to owners: ALTER … OWNER TO needs the new owner to have
 * CREATE on the schema (for schemas and publications: on the database), although at the source the owner may have
 * lost it, or never had it. Lent after the schemas are made, taken back before the backup's own grants are restored.
 */
import type pg from 'pg';
import { quoteIdentifier } from './database-sql.ts';
import { decoded, type TocEntry } from './restore-toc.ts';

const databaseKinds = new Set(['SCHEMA', 'PUBLICATION', 'EXTENSION', 'FOREIGN DATA WRAPPER', 'SERVER']);

export interface Loan {
  readonly onDatabase: readonly string[];
  /** Owners by schema. */
  readonly onSchemas: ReadonlyMap<string, readonly string[]>;
}

/** Who needs CREATE where. Pure. */
export function planLoan(entries: readonly TocEntry[], isRole: (name: string) => boolean): Loan {
  const onDatabase = new Set<string>();
  const onSchemas = new Map<string, Set<string>>();
  for (const entry of entries) {
    const owner = decoded(entry.owner);
    if (!isRole(owner)) continue;
    if (databaseKinds.has(entry.desc)) onDatabase.add(owner);
    const schema = decoded(entry.namespace);
    if (schema === '') continue;
    const owners = onSchemas.get(schema);
    if (owners) owners.add(owner);
    else onSchemas.set(schema, new Set([owner]));
  }
  return {
    onDatabase: [...onDatabase],
    onSchemas: new Map([...onSchemas].map(([schema, owners]) => [schema, [...owners]])),
  };
}

/** CREATE on the database: before the schemas. */
export async function lendOnDatabase(client: pg.Client, database: string, roles: readonly string[]): Promise<void> {
  if (roles.length > 0) await client.query(`GRANT CREATE ON DATABASE ${quoteIdentifier(database)} TO ${list(roles)}`);
}

export async function takeBackOnDatabase(client: pg.Client, database: string, roles: readonly string[]): Promise<void> {
  if (roles.length > 0) await client.query(`REVOKE CREATE ON DATABASE ${quoteIdentifier(database)} FROM ${list(roles)}`);
}

/** CREATE on the schemas that are there. Owners of a schema have it already, and a grant to them would show in its ACL. */
export async function lendOnSchemas(client: pg.Client, loan: Loan): Promise<readonly { schema: string; roles: readonly string[] }[]> {
  const lent: { schema: string; roles: readonly string[] }[] = [];
  for (const [schema, roles] of loan.onSchemas) {
    const { rows } = await client.query<{ role: string }>(
      `SELECT r.role FROM pg_catalog.unnest($2::text[]) AS r(role), pg_catalog.pg_namespace n
       WHERE n.nspname = $1 AND NOT pg_catalog.has_schema_privilege(r.role, n.oid, 'CREATE')`,
      [schema, roles],
    );
    const needy = rows.map((row) => row.role);
    if (needy.length === 0) continue;
    await client.query(`GRANT CREATE ON SCHEMA ${quoteIdentifier(schema)} TO ${list(needy)}`);
    lent.push({ schema, roles: needy });
  }
  return lent;
}

export async function takeBackOnSchemas(
  client: pg.Client,
  lent: readonly { readonly schema: string; readonly roles: readonly string[] }[],
): Promise<void> {
  for (const { schema, roles } of lent) {
    await client.query(`REVOKE CREATE ON SCHEMA ${quoteIdentifier(schema)} FROM ${list(roles)}`);
  }
}

function list(roles: readonly string[]): string {
  return roles.map(quoteIdentifier).join(', ');
}
