/**
 * Facts about a database that its dump does not carry, or that restoring needs to know beforehand: server, encoding
 * and locale, settings, roles, extensions. Read under the snapshot, on PostgreSQL 10 to 18.
 */
import type pg from 'pg';
import type { PostgresFacts } from './model.ts';

type DatabaseFacts = Omit<
  PostgresFacts,
  'roles' | 'extensions' | 'inventory' | 'superuserOnly' | 'notCovered' | 'excluded' | 'settings'
>;

export interface ServerFacts {
  /** `18.6`. */
  readonly version: string;
  readonly versionNum: number;
  readonly standby: boolean;
  readonly superuser: boolean;
  readonly user: string;
  /** Large objects are not checked for privileges in this session. */
  readonly anyLargeObject: boolean;
  readonly encoding: string;
}

export async function readServer(client: pg.Client): Promise<ServerFacts> {
  const result = await client.query<ServerFacts>(`
    SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
           current_setting('server_version_num')::int AS "versionNum",
           pg_is_in_recovery() AS standby, current_user::text AS "user",
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
           current_setting('lo_compat_privileges')::bool AS "anyLargeObject",
           current_setting('server_encoding') AS encoding`);
  return result.rows[0] as ServerFacts;
}

export type CommonFacts = DatabaseFacts & Pick<PostgresFacts, 'settings' | 'roles' | 'extensions'>;

export async function readFacts(client: pg.Client, server: ServerFacts): Promise<CommonFacts> {
  return {
    ...(await readDatabase(client, server)),
    settings: (await client.query<CommonFacts['settings'][number]>(settingsQuery)).rows,
    roles: (await client.query<CommonFacts['roles'][number]>(rolesQuery)).rows,
    extensions: (await client.query<CommonFacts['extensions'][number]>(extensionsQuery(server.versionNum)))
      .rows,
  };
}

interface DatabaseRow {
  readonly database: string;
  readonly owner: string;
  readonly comment: string | null;
  readonly encoding: string;
  readonly provider: string;
  readonly collate: string;
  readonly ctype: string;
  readonly locale: string | null;
  readonly icuRules: string | null;
  readonly acl: string[] | null;
  readonly sizeBytes: string;
}

const providers: Readonly<Record<string, DatabaseFacts['localeProvider']>> = {
  c: 'libc',
  i: 'icu',
  b: 'builtin',
};

async function readDatabase(client: pg.Client, server: ServerFacts): Promise<DatabaseFacts> {
  const result = await client.query<DatabaseRow>(`
    SELECT d.datname AS database, pg_get_userbyid(d.datdba)::text AS owner,
           shobj_description(d.oid, 'pg_database') AS comment, pg_encoding_to_char(d.encoding)::text AS encoding,
           d.datcollate::text AS collate, d.datctype::text AS ctype, ${localeColumns(server.versionNum)},
           d.datacl::text[] AS acl, pg_database_size(d.oid)::text AS "sizeBytes"
    FROM pg_database d WHERE d.datname = current_database()`);
  const { provider, comment, locale, icuRules, sizeBytes, ...row } = result.rows[0] as DatabaseRow;
  return {
    serverVersion: server.version,
    serverVersionNum: server.versionNum,
    standby: server.standby,
    ...row,
    localeProvider: providers[provider] ?? 'libc',
    ...(comment === null ? {} : { comment }),
    ...(locale === null ? {} : { locale }),
    ...(icuRules === null ? {} : { icuRules }),
    sizeBytes: Number(sizeBytes),
  };
}

/** Where the locale stands: libc only before 15, `daticulocale` in 15 and 16, `datlocale` since 17. */
function localeColumns(versionNum: number): string {
  if (versionNum < 150_000) return `'c' AS provider, NULL AS locale, NULL AS "icuRules"`;
  const locale = versionNum < 170_000 ? 'daticulocale' : 'datlocale';
  const rules = versionNum < 160_000 ? 'NULL' : 'd.daticurules';
  return `d.datlocprovider::text AS provider, d.${locale}::text AS locale, ${rules}::text AS "icuRules"`;
}

const settingsQuery = `
  SELECT r.rolname::text AS role, s.setting
  FROM pg_db_role_setting d
  CROSS JOIN LATERAL unnest(d.setconfig) WITH ORDINALITY AS s(setting, position)
  LEFT JOIN pg_roles r ON r.oid = d.setrole
  WHERE d.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
  ORDER BY r.rolname NULLS FIRST, s.position`;

/**
 * Roles that own something here, are granted something, or are members of such roles, upwards and downwards.
 * pg_shdepend knows all but the bootstrap superuser, which owns what nobody else does.
 */
const rolesQuery = `
  WITH RECURSIVE named AS (
    SELECT s.refobjid AS oid FROM pg_shdepend s
    JOIN pg_database d ON d.datname = current_database()
    WHERE s.refclassid = 'pg_authid'::regclass
      AND (s.dbid = d.oid OR (s.dbid = 0 AND s.classid = 'pg_database'::regclass AND s.objid = d.oid))
    UNION SELECT datdba FROM pg_database WHERE datname = current_database()
    UNION SELECT relowner FROM pg_class WHERE oid >= 16384
    UNION SELECT proowner FROM pg_proc WHERE oid >= 16384
    UNION SELECT nspowner FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION SELECT s.setrole FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
      WHERE d.datname = current_database() AND s.setrole <> 0
  ), connected AS (
    SELECT oid FROM named
    UNION
    SELECT CASE WHEN m.member = c.oid THEN m.roleid ELSE m.member END
    FROM connected c JOIN pg_auth_members m ON c.oid IN (m.member, m.roleid)
    JOIN pg_roles r ON r.oid = c.oid AND r.rolname !~ '^pg_'
  )
  SELECT r.rolname::text AS name, r.rolsuper AS superuser, r.rolcanlogin AS login, r.rolinherit AS inherit,
         r.rolcreaterole AS "createRole", r.rolcreatedb AS "createDb", r.rolreplication AS replication,
         r.rolbypassrls AS "bypassRls",
         ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
               WHERE m.member = r.oid ORDER BY 1) AS "memberOf"
  FROM pg_roles r
  WHERE r.oid IN (SELECT oid FROM connected) AND r.rolname !~ '^pg_'
  ORDER BY r.rolname COLLATE "C"`;

function extensionsQuery(versionNum: number): string {
  // Before 13 no extension was trusted.
  const trusted =
    versionNum < 130_000
      ? 'false'
      : `coalesce((SELECT v.trusted FROM pg_available_extension_versions v
                   WHERE v.name = e.extname AND v.version = e.extversion), false)`;
  return `
    SELECT e.extname::text AS name, e.extversion AS version, n.nspname::text AS schema, ${trusted} AS trusted
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    ORDER BY e.extname COLLATE "C"`;
}
