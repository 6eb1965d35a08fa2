/**
 * Objects by kind and identity: what a restored copy must have, and what tells whether the schema changed while it
 * was dumped. Identities are `pg_identify_object`'s, which is the same on PostgreSQL 10 to 18; what PostgreSQL makes
 * by itself (internal triggers, clones on partitions, members of extensions) is left out, because versions differ.
 */
import type pg from 'pg';
import type { PostgresFacts } from './model.ts';
import type { ObjectKeys } from './undumped.ts';

const none: ObjectKeys = new Set();

/** Above this a kind is listed by its number only, so that a manifest stays small. */
const maxIdentities = 100_000;

/** Without the objects of `undumped`, which a restored copy cannot have. */
export async function readInventory(
  client: pg.Client,
  versionNum: number,
  undumped: ObjectKeys = none,
): Promise<PostgresFacts['inventory']> {
  const inventory: Record<string, string[]> = {};
  for (const [kind, query] of Object.entries(inventoryQueries(versionNum))) {
    const result = await client.query<{ object: string; identity: string | null }>(query);
    const identities = result.rows
      .filter((row) => !undumped.has(row.object))
      .map((row) => row.identity)
      .filter((identity) => identity !== null);
    if (identities.length > maxIdentities) inventory[kind] = [`(${identities.length} objects)`];
    else if (identities.length > 0) inventory[kind] = identities.sort(byCodePoint);
  }
  return inventory;
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const notOfExtension = (catalogue: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalogue}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;

/** Constructors of range types: which there are differs from version to version. */
const notMadeBySystem = `NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = o.oid AND i.deptype = 'i')`;

const inUserSchema = (column: string) =>
  `EXISTS (SELECT FROM pg_namespace n WHERE n.oid = ${column} AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')`;

const objectKey = (catalogue: string, oid: string) => `'${catalogue} ' || ${oid}::text AS object`;

/** Identity of each row of a catalogue that is a user's. */
function identities(catalogue: string, condition: string): string {
  return `SELECT ${objectKey(catalogue, 'o.oid')}, (pg_identify_object('${catalogue}'::regclass, o.oid, 0)).identity AS identity
          FROM ${catalogue} o WHERE o.oid >= 16384 AND (${condition}) AND ${notOfExtension(catalogue, 'o.oid')}`;
}

function inventoryQueries(versionNum: number): Record<string, string> {
  const relations = (kinds: string) =>
    identities(
      'pg_class',
      `o.relkind IN (${kinds}) AND o.relpersistence <> 't' AND ${inUserSchema('o.relnamespace')}`,
    );
  const functions = (condition: string) =>
    identities('pg_proc', `${condition} AND ${notMadeBySystem} AND ${inUserSchema('o.pronamespace')}`);
  const ofTable = (column: string) =>
    `EXISTS (SELECT FROM pg_class c WHERE c.oid = ${column} AND c.relpersistence <> 't' AND ${inUserSchema('c.relnamespace')} AND ${notOfExtension('pg_class', 'c.oid')})`;
  const types = (condition: string) =>
    identities('pg_type', `${condition} AND ${inUserSchema('o.typnamespace')}`);
  const prokind = (kind: string) =>
    versionNum < 110_000
      ? kind === 'a'
        ? 'o.proisagg'
        : kind === 'f'
          ? 'NOT o.proisagg'
          : 'false'
      : kind === 'f'
        ? `o.prokind IN ('f', 'w')`
        : `o.prokind = '${kind}'`;
  const named = (catalogue: string, column: string) =>
    `SELECT ${objectKey(catalogue, 'o.oid')}, quote_ident(o.${column}) AS identity FROM ${catalogue} o WHERE o.oid >= 16384 AND ${notOfExtension(catalogue, 'o.oid')}`;
  return {
    schemas: named('pg_namespace', 'nspname').concat(` AND o.nspname !~ '^pg_'`),
    tables: relations(`'r', 'p'`),
    columns: columnsQuery,
    'foreign-tables': relations(`'f'`),
    views: relations(`'v'`),
    'materialized-views': relations(`'m'`),
    sequences: relations(`'S'`),
    indexes: relations(`'i', 'I'`),
    functions: functions(prokind('f')),
    procedures: functions(prokind('p')),
    aggregates: functions(prokind('a')),
    operators: identities('pg_operator', inUserSchema('o.oprnamespace')),
    'operator-classes': identities('pg_opclass', inUserSchema('o.opcnamespace')),
    'operator-families': identities('pg_opfamily', inUserSchema('o.opfnamespace')),
    // Row types of tables and arrays come with what they belong to.
    types: types(
      `o.typtype IN ('b', 'e', 'r') AND NOT (o.typelem <> 0 AND o.typlen = -1 AND EXISTS (SELECT FROM pg_type t WHERE t.typarray = o.oid))`,
    ),
    'composite-types': relations(`'c'`),
    domains: types(`o.typtype = 'd'`),
    casts: identities('pg_cast', 'true'),
    triggers: identities(
      'pg_trigger',
      `NOT o.tgisinternal AND ${ofTable('o.tgrelid')}
       AND NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_trigger p ON p.tgrelid = i.inhparent AND p.tgname = o.tgname
                       WHERE i.inhrelid = o.tgrelid)`,
    ),
    rules: identities('pg_rewrite', `o.rulename <> '_RETURN' AND ${ofTable('o.ev_class')}`),
    // PostgreSQL 18 lists NOT NULL here too; clones on partitions get other names on restoring.
    constraints: identities(
      'pg_constraint',
      `o.contype IN ('c', 'f', 'p', 'u', 'x') AND o.conislocal AND o.coninhcount = 0 ${versionNum < 110_000 ? '' : 'AND o.conparentid = 0'}
       AND (o.conrelid = 0 OR ${ofTable('o.conrelid')})`,
    ),
    policies: identities('pg_policy', ofTable('o.polrelid')),
    'event-triggers': named('pg_event_trigger', 'evtname'),
    publications: named('pg_publication', 'pubname'),
    subscriptions: `SELECT ${objectKey('pg_subscription', 'o.oid')}, quote_ident(o.subname) AS identity FROM pg_subscription o
                    WHERE o.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    collations: identities('pg_collation', inUserSchema('o.collnamespace')),
    conversions: identities('pg_conversion', inUserSchema('o.connamespace')),
    'text-search-configurations': identities('pg_ts_config', inUserSchema('o.cfgnamespace')),
    'text-search-dictionaries': identities('pg_ts_dict', inUserSchema('o.dictnamespace')),
    'text-search-parsers': identities('pg_ts_parser', inUserSchema('o.prsnamespace')),
    'text-search-templates': identities('pg_ts_template', inUserSchema('o.tmplnamespace')),
    'statistics-objects': identities('pg_statistic_ext', inUserSchema('o.stxnamespace')),
    'foreign-data-wrappers': named('pg_foreign_data_wrapper', 'fdwname'),
    'foreign-servers': named('pg_foreign_server', 'srvname'),
    'user-mappings': `SELECT ${objectKey('pg_user_mapping', 'umid')}, quote_ident(srvname) || ' for ' || quote_ident(usename) AS identity FROM pg_user_mappings`,
    languages: named('pg_language', 'lanname'),
    'access-methods': named('pg_am', 'amname'),
    transforms: identities('pg_transform', 'true'),
    'default-privileges': identities('pg_default_acl', 'true'),
    comments: commentsQuery,
  };
}

/** One line a table: number of columns, and a hash of their names and types in the order of names. */
const columnsQuery = `
  SELECT ${objectKey('pg_class', 'c.oid')}, (pg_identify_object('pg_class'::regclass, c.oid, 0)).identity || ': ' || count(a.attnum)::text || ' '
         || md5(coalesce(string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text,
                                    ', ' ORDER BY a.attname COLLATE "C"), '')) AS identity
  FROM pg_class c
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relpersistence <> 't'
    AND ${inUserSchema('c.relnamespace')} AND ${notOfExtension('pg_class', 'c.oid')}
  GROUP BY c.oid`;

const commentsQuery = `
  SELECT d.classoid::regclass::text || ' ' || d.objoid::text AS object, i.type || ' ' || i.identity AS identity
  FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
  WHERE d.objoid >= 16384
    AND d.classoid NOT IN ('pg_largeobject'::regclass, 'pg_largeobject_metadata'::regclass, 'pg_extension'::regclass)
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')`;

/** Things that only a superuser can create, whatever else a role may do. */
export async function readSuperuserOnly(
  client: pg.Client,
  versionNum: number,
  undumped: ObjectKeys = none,
): Promise<PostgresFacts['superuserOnly']> {
  const queries = [
    `SELECT ${objectKey('pg_event_trigger', 'o.oid')}, 'event trigger' AS kind, evtname::text AS name FROM pg_event_trigger o WHERE ${notOfExtension('pg_event_trigger', 'o.oid')}`,
    `SELECT ${objectKey('pg_publication', 'oid')}, 'publication for all tables', pubname::text FROM pg_publication WHERE puballtables`,
    ...(versionNum < 150_000
      ? []
      : [
          `SELECT DISTINCT ${objectKey('pg_publication_namespace', 'p.oid')}, 'publication for tables in schema', p.pubname::text FROM pg_publication p JOIN pg_publication_namespace n ON n.pnpubid = p.oid`,
        ]),
    `SELECT ${objectKey('pg_proc', 'o.oid')}, 'function in an untrusted language', (pg_identify_object('pg_proc'::regclass, o.oid, 0)).identity
     FROM pg_proc o JOIN pg_language l ON l.oid = o.prolang
     WHERE o.oid >= 16384 AND NOT l.lanpltrusted AND ${notMadeBySystem} AND ${notOfExtension('pg_proc', 'o.oid')}
       AND NOT EXISTS (SELECT FROM pg_aggregate g WHERE g.aggfnoid = o.oid)`,
    `SELECT ${objectKey('pg_proc', 'o.oid')}, 'leakproof function', (pg_identify_object('pg_proc'::regclass, o.oid, 0)).identity
     FROM pg_proc o WHERE o.oid >= 16384 AND o.proleakproof AND ${notOfExtension('pg_proc', 'o.oid')}`,
    `SELECT ${objectKey('pg_type', 'o.oid')}, 'base type', (pg_identify_object('pg_type'::regclass, o.oid, 0)).identity
     FROM pg_type o WHERE o.oid >= 16384 AND o.typtype = 'b' AND o.typisdefined AND ${notOfExtension('pg_type', 'o.oid')}
       AND NOT EXISTS (SELECT FROM pg_type t WHERE t.typarray = o.oid)`,
    ...[
      'pg_opclass operator class',
      'pg_opfamily operator family',
      'pg_ts_parser text search parser',
      'pg_ts_template text search template',
      'pg_foreign_data_wrapper foreign-data wrapper',
      'pg_am access method',
    ].map(superuserKind),
    `SELECT ${objectKey('pg_cast', 'o.oid')}, 'cast without function', (pg_identify_object('pg_cast'::regclass, o.oid, 0)).identity
     FROM pg_cast o WHERE o.oid >= 16384 AND o.castmethod = 'b' AND ${notOfExtension('pg_cast', 'o.oid')}`,
    `SELECT ${objectKey('pg_language', 'o.oid')}, 'untrusted language', lanname::text FROM pg_language o WHERE o.oid >= 16384 AND NOT o.lanpltrusted AND ${notOfExtension('pg_language', 'o.oid')}`,
    `SELECT ${objectKey('pg_subscription', 'o.oid')}, 'subscription', o.subname::text FROM pg_subscription o WHERE o.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  ];
  const result = await client.query<{ object: string; kind: string; name: string }>(
    `${queries.join('\nUNION ALL\n')}\nORDER BY 2, 3`,
  );
  return result.rows.filter((row) => !undumped.has(row.object)).map(({ kind, name }) => ({ kind, name }));
}

function superuserKind(text: string): string {
  const [catalogue = '', ...kind] = text.split(' ');
  return `SELECT ${objectKey(catalogue, 'o.oid')}, '${kind.join(' ')}', (pg_identify_object('${catalogue}'::regclass, o.oid, 0)).identity
          FROM ${catalogue} o WHERE o.oid >= 16384 AND ${notOfExtension(catalogue, 'o.oid')}`;
}

/** Object → hash of its definition. */
export type Fingerprint = ReadonlyMap<string, string>;

/**
 * Definitions that a dump reads, partly as of now and not of the snapshot (pg_get_viewdef and its like do): read
 * under the snapshot and again at the end, they tell whether something was dropped or redefined meanwhile.
 */
export async function readFingerprint(client: pg.Client, undumped: ObjectKeys = none): Promise<Fingerprint> {
  const result = await client.query<{ object: string; what: string; hash: string }>(fingerprintQuery);
  const dumped = result.rows.filter((row) => !undumped.has(row.object));
  return new Map(dumped.map((row) => [`${row.object} ${row.what}`, row.hash]));
}

const fingerprintQuery = `
  SELECT ${objectKey('pg_class', 'c.oid')}, 'relation ' || n.nspname || '.' || c.relname AS what,
         md5(c.relkind::text || c.relhasrules::text || coalesce((SELECT string_agg(r.xmin::text, ',' ORDER BY r.oid) FROM pg_rewrite r
               WHERE r.ev_class = c.oid AND r.rulename = '_RETURN'), '') || coalesce((SELECT string_agg(
               a.attnum::text || a.attname || a.atttypid::text || a.atttypmod::text || a.attnotnull::text || a.attisdropped::text, ',' ORDER BY a.attnum)
             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0), '')) AS hash
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT ${objectKey('pg_proc', 'p.oid')}, 'function ' || n.nspname || '.' || p.proname, md5(coalesce(p.prosrc, '') || p.proargtypes::text || p.prorettype::text)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT ${objectKey('pg_type', 't.oid')}, 'type ' || n.nspname || '.' || t.typname,
         md5(t.typtype::text || coalesce((SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), ''))
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd', 'r', 'c', 'b') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relpersistence = 't')`;

/** What was dropped or redefined between two fingerprints; what is new does no harm, the snapshot does not show it. */
export function changedObjects(before: Fingerprint, after: Fingerprint): readonly string[] {
  return [...before]
    .filter(([key, hash]) => after.get(key) !== hash)
    .map(([key]) => key.replace(/^\w+ \d+ /, ''));
}
