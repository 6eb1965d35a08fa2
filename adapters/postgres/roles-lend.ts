/**
 * What a restoring role that is no superuser must lend to owners: ALTER … OWNER TO needs the new owner to have
 * CREATE on the schema (for schemas and publications: on the database), although at the source the owner may have
 * lost it, or never had it. Lent after the schemas are made, taken back before the backup's own grants are restored.
 */
import type pg from 'pg';
import type { ConnectionSettings } from './connection.ts';
import { withClient } from './database-client.ts';
import { quoteIdentifier } from './names.ts';
import type { Lender } from './restore-run.ts';
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

/** Lends by a client that may grant on the database and its schemas; `rewrite`d entries only. */
export class OwnerLender implements Lender {
  readonly #settings: ConnectionSettings;
  readonly #database: string;
  readonly #isRole: (name: string) => boolean;
  #onDatabase: readonly string[] = [];
  #onSchemas: readonly { readonly schema: string; readonly roles: readonly string[] }[] = [];

  constructor(settings: ConnectionSettings, database: string, isRole: (name: string) => boolean) {
    this.#settings = settings;
    this.#database = database;
    this.#isRole = isRole;
  }

  async beforeSchemas(entries: readonly TocEntry[]): Promise<void> {
    const { onDatabase } = planLoan(entries, this.#isRole);
    if (onDatabase.length === 0) return;
    await this.#query(`GRANT CREATE ON DATABASE ${quoteIdentifier(this.#database)} TO ${list(onDatabase)}`);
    this.#onDatabase = onDatabase;
  }

  async afterSchemas(entries: readonly TocEntry[]): Promise<void> {
    const loan = planLoan(entries, this.#isRole);
    this.#onSchemas = await withClient(this.#settings, this.#database, (client) =>
      lendOnSchemas(client, loan),
    );
  }

  async takeBack(): Promise<void> {
    for (const { schema, roles } of this.#onSchemas) {
      await this.#query(`REVOKE CREATE ON SCHEMA ${quoteIdentifier(schema)} FROM ${list(roles)}`);
    }
    if (this.#onDatabase.length > 0) {
      await this.#query(
        `REVOKE CREATE ON DATABASE ${quoteIdentifier(this.#database)} FROM ${list(this.#onDatabase)}`,
      );
    }
  }

  async #query(sql: string): Promise<void> {
    await withClient(this.#settings, this.#database, (client) => client.query(sql));
  }
}

/** Those who have CREATE already are left alone: a grant to them would show in the schema's ACL. */
async function lendOnSchemas(
  client: pg.Client,
  loan: Loan,
): Promise<readonly { readonly schema: string; readonly roles: readonly string[] }[]> {
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

function list(roles: readonly string[]): string {
  return roles.map(quoteIdentifier).join(', ');
}
