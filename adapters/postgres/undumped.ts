/**
 * Objects that are in the database and not in the dump: what the plan excludes with all that belongs to it, and
 * subscriptions where pg_dump is no superuser's. As pg_dump 18 decides: an excluded table takes its columns, indexes,
 * constraints, triggers, rules, policies, statistics objects and identity sequences with it, and leaves a sequence
 * that it merely owns (serial); an excluded schema takes everything in it.
 */
import type pg from 'pg';
import type { Catalogue } from './catalogue.ts';
import type { ServerFacts } from './facts.ts';

/** Catalogue and OID: `pg_class 16400`. */
export type ObjectKeys = ReadonlySet<string>;

/** Read in the transaction that `client` is in. */
export async function readUndumped(
  client: pg.Client,
  catalogue: Pick<Catalogue, 'tables' | 'excluded'>,
  server: Pick<ServerFacts, 'superuser'>,
): Promise<ObjectKeys> {
  const { schemas } = catalogue.excluded;
  const tables = catalogue.tables.filter((table) => table.excluded).map((table) => table.oid);
  const keys = new Set<string>();
  if (schemas.length > 0 || tables.length > 0) {
    const excluded = await client.query<{ object: string }>(excludedQuery, [schemas, tables]);
    for (const row of excluded.rows) keys.add(row.object);
  }
  if (!server.superuser) {
    const subscriptions = await client.query<{ object: string }>(
      `SELECT 'pg_subscription ' || oid::text AS object FROM pg_subscription`,
    );
    for (const row of subscriptions.rows) keys.add(row.object);
  }
  return keys;
}

/** Catalogues whose rows are in a schema, and belong to nothing else. */
const inSchemas: readonly (readonly [string, string])[] = [
  ['pg_proc', 'pronamespace'],
  ['pg_operator', 'oprnamespace'],
  ['pg_opclass', 'opcnamespace'],
  ['pg_opfamily', 'opfnamespace'],
  ['pg_collation', 'collnamespace'],
  ['pg_conversion', 'connamespace'],
  ['pg_ts_config', 'cfgnamespace'],
  ['pg_ts_dict', 'dictnamespace'],
  ['pg_ts_parser', 'prsnamespace'],
  ['pg_ts_template', 'tmplnamespace'],
  ['pg_default_acl', 'defaclnamespace'],
];

/** Catalogues whose rows belong to a table or a view. */
const ofRelations: readonly (readonly [string, string])[] = [
  ['pg_constraint', 'conrelid'],
  ['pg_trigger', 'tgrelid'],
  ['pg_rewrite', 'ev_class'],
  ['pg_policy', 'polrelid'],
  ['pg_statistic_ext', 'stxrelid'],
];

const excludedQuery = `
  WITH schemas AS (SELECT oid FROM pg_namespace WHERE nspname = ANY ($1::text[])),
  relations AS (
    SELECT oid FROM pg_class WHERE oid = ANY ($2::oid[]) OR relnamespace IN (SELECT oid FROM schemas)),
  types AS (
    SELECT oid FROM pg_type
    WHERE typnamespace IN (SELECT oid FROM schemas) OR typrelid IN (SELECT oid FROM relations)),
  objects (catalogue, oid) AS (
    SELECT 'pg_namespace', oid FROM schemas
    UNION ALL SELECT 'pg_class', oid FROM relations
    UNION ALL SELECT 'pg_class', indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM relations)
    UNION ALL SELECT 'pg_class', d.objid FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
        AND d.refobjid IN (SELECT oid FROM relations)
    UNION ALL SELECT 'pg_type', oid FROM types
    UNION ALL SELECT 'pg_type', oid FROM pg_type WHERE typelem IN (SELECT oid FROM types)
    UNION ALL SELECT 'pg_cast', oid FROM pg_cast
      WHERE castsource IN (SELECT oid FROM types) OR casttarget IN (SELECT oid FROM types)
    UNION ALL SELECT 'pg_constraint', oid FROM pg_constraint WHERE contypid IN (SELECT oid FROM types)
    UNION ALL SELECT 'pg_statistic_ext', oid FROM pg_statistic_ext WHERE stxnamespace IN (SELECT oid FROM schemas)
    ${inSchemas.map(([catalogue, schema]) => `UNION ALL SELECT '${catalogue}', oid FROM ${catalogue} WHERE ${schema} IN (SELECT oid FROM schemas)`).join('\n    ')}
    ${ofRelations.map(([catalogue, relation]) => `UNION ALL SELECT '${catalogue}', oid FROM ${catalogue} WHERE ${relation} IN (SELECT oid FROM relations)`).join('\n    ')}
  )
  SELECT DISTINCT catalogue || ' ' || oid::text AS object FROM objects`;
