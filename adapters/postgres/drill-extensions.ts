/**
 * Extensions in a drill: made by the superuser, in schemas that are still empty, when they are on this list; nothing
 * else of a backup is ever run by a superuser (rule 13). On the list are extensions that give an ordinary role no way
 * to files, programs or the network.
 */
import type { ConnectionSettings } from './connection.ts';
import { withClient } from './database-client.ts';
import type { PostgresFacts } from './model.ts';
import { quoteIdentifier } from './names.ts';

export const drillExtensions: ReadonlySet<string> = new Set([
  ...['amcheck', 'autoinc', 'bloom', 'btree_gin', 'btree_gist', 'citext', 'cube', 'dict_int', 'dict_xsyn'],
  ...[
    'earthdistance',
    'fuzzystrmatch',
    'hstore',
    'insert_username',
    'intagg',
    'intarray',
    'isn',
    'lo',
    'ltree',
  ],
  ...['moddatetime', 'pageinspect', 'pg_buffercache', 'pg_freespacemap', 'pg_prewarm', 'pg_stat_statements'],
  ...[
    'pg_trgm',
    'pg_visibility',
    'pgcrypto',
    'pgrowlocks',
    'pgstattuple',
    'plpgsql',
    'postgis',
    'postgis_raster',
  ],
  ...[
    'postgis_topology',
    'refint',
    'seg',
    'sslinfo',
    'tablefunc',
    'tcn',
    'tsm_system_rows',
    'tsm_system_time',
  ],
  ...['unaccent', 'uuid-ossp', 'vector'],
]);

export interface MadeExtensions {
  /** Why an extension could not be made, by name. */
  readonly missing: ReadonlyMap<string, string>;
  /** Versions that differ from the source's. */
  readonly otherVersions: readonly { readonly name: string; readonly here: string; readonly there: string }[];
}

/** Makes extensions as the superuser, and lets `role` load the rows of their configuration tables. */
export async function makeDrillExtensions(
  superuser: ConnectionSettings,
  database: string,
  names: readonly string[],
  facts: PostgresFacts,
  role: string,
): Promise<MadeExtensions> {
  const missing = new Map<string, string>();
  const otherVersions: { name: string; here: string; there: string }[] = [];
  const byName = new Map(facts.extensions.map((extension) => [extension.name, extension]));
  await withClient(superuser, database, async (client) => {
    for (const name of names) {
      const fact = byName.get(name);
      if (!drillExtensions.has(name)) {
        missing.set(name, 'it is not on the list of extensions that a drill may create');
        continue;
      }
      const schema = fact ? ` WITH SCHEMA ${quoteIdentifier(fact.schema)}` : '';
      try {
        await client.query(
          `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)}${name === 'plpgsql' ? '' : schema} CASCADE`,
        );
      } catch (thrown) {
        missing.set(name, `the scratch server cannot create it (${(thrown as Error).message})`);
      }
    }
    const { rows } = await client.query<{ extname: string; extversion: string }>(
      'SELECT extname, extversion FROM pg_catalog.pg_extension',
    );
    for (const row of rows) {
      const there = byName.get(row.extname)?.version;
      if (there !== undefined && there !== row.extversion) {
        otherVersions.push({ name: row.extname, here: row.extversion, there });
      }
    }
    await letLoad(client, role);
  });
  return { missing, otherVersions };
}

/** Rows of configuration tables are in the dump; the tables belong to the superuser here. */
async function letLoad(client: { query: (sql: string) => Promise<unknown> }, role: string): Promise<void> {
  const { rows } = (await client.query(
    `SELECT n.nspname, c.relname FROM pg_catalog.pg_extension e
     CROSS JOIN LATERAL pg_catalog.unnest(e.extconfig) AS config(oid)
     JOIN pg_catalog.pg_class c ON c.oid = config.oid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
  )) as { rows: { nspname: string; relname: string }[] };
  for (const { nspname, relname } of rows) {
    await client.query(
      `GRANT ALL ON ${quoteIdentifier(nspname)}.${quoteIdentifier(relname)} TO ${quoteIdentifier(role)}`,
    );
  }
}
