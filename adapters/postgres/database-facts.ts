/**
 * What a dump does not carry (rule 7), applied to the restored database under its new name: comment, settings,
 * grants. What the target refuses is returned, never swallowed.
 */
import type pg from 'pg';
import type { PostgresFacts } from './model.ts';
import { quoteIdentifier, quoteLiteral } from './names.ts';
import { parseAclItem } from './roles.ts';

export interface FactsToApply {
  readonly comment?: string | undefined;
  readonly acl: PostgresFacts['acl'];
  readonly settings: PostgresFacts['settings'];
  readonly owner: string;
}

/** Settings whose value is a list of names, quoted already (GUC_LIST_QUOTE in PostgreSQL's source). */
const listSettings = new Set([
  ...['local_preload_libraries', 'search_path', 'session_preload_libraries'],
  ...['shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories'],
]);

/** @returns what could not be applied, and why */
export async function applyFacts(
  client: pg.Client,
  database: string,
  facts: FactsToApply,
  roleName: (name: string) => string | undefined,
): Promise<readonly string[]> {
  const skipped: string[] = [];
  for (const { what, sql } of statements(database, facts, roleName)) {
    if (sql === undefined) {
      skipped.push(`${what}: its role is not on the target`);
      continue;
    }
    try {
      await client.query(sql);
    } catch (thrown) {
      skipped.push(`${what}: ${(thrown as Error).message}`);
    }
  }
  return skipped;
}

interface Statement {
  readonly what: string;
  /** Undefined when it cannot be said here. */
  readonly sql: string | undefined;
}

function statements(
  database: string,
  facts: FactsToApply,
  roleName: (name: string) => string | undefined,
): readonly Statement[] {
  const name = quoteIdentifier(database);
  const comment =
    facts.comment === undefined
      ? []
      : [{ what: 'comment', sql: `COMMENT ON DATABASE ${name} IS ${quoteLiteral(facts.comment)}` }];
  return [
    ...comment,
    ...facts.settings.map((setting) => settingStatement(name, setting, roleName)),
    ...grants(name, facts, roleName),
  ];
}

function settingStatement(
  database: string,
  { role, setting }: PostgresFacts['settings'][number],
  roleName: (name: string) => string | undefined,
): Statement {
  const at = setting.indexOf('=');
  const [key, value] = [setting.slice(0, at), setting.slice(at + 1)];
  const text = listSettings.has(key.toLowerCase())
    ? splitList(value).map(quoteLiteral).join(', ')
    : quoteLiteral(value);
  const assignment = `SET ${key.split('.').map(quoteIdentifier).join('.')} TO ${text === '' ? "''" : text}`;
  const what = `setting ${key}${role === null ? '' : ` of role ${role}`}`;
  if (role === null) return { what, sql: `ALTER DATABASE ${database} ${assignment}` };
  const here = roleName(role);
  return {
    what,
    sql:
      here === undefined
        ? undefined
        : `ALTER ROLE ${quoteIdentifier(here)} IN DATABASE ${database} ${assignment}`,
  };
}

/** `"$user", public` → `$user`, `public`. */
export function splitList(value: string): readonly string[] {
  const items = value.match(/\s*("(?:[^"]|"")*"|[^,]*)\s*(?:,|$)/g) ?? [];
  return items
    .map((item) => item.replace(/,$/, '').trim())
    .filter((item) => item !== '')
    .map((item) => (item.startsWith('"') ? item.slice(1, -1).replaceAll('""', '"') : item));
}

const privilegeNames: Readonly<Record<string, string>> = { C: 'CREATE', T: 'TEMPORARY', c: 'CONNECT' };

function grants(
  database: string,
  facts: FactsToApply,
  roleName: (name: string) => string | undefined,
): readonly Statement[] {
  // NULL is the default, which a new database has already.
  if (facts.acl === null) return [];
  const revoke = { what: 'grants of PUBLIC', sql: `REVOKE ALL ON DATABASE ${database} FROM PUBLIC` };
  return [revoke, ...facts.acl.flatMap((item) => grantStatements(database, item, facts.owner, roleName))];
}

function grantStatements(
  database: string,
  item: string,
  owner: string,
  roleName: (name: string) => string | undefined,
): readonly Statement[] {
  const parsed = parseAclItem(item);
  if (parsed === undefined) return [{ what: `grant ${item}`, sql: undefined }];
  if (parsed.grantee === owner) return [];
  const grantee = parsed.grantee === '' ? 'PUBLIC' : roleName(parsed.grantee);
  if (grantee === undefined) return [{ what: `grant ${item}`, sql: undefined }];
  return [...parsed.privileges.matchAll(/([A-Za-z])(\*?)/g)].map(([, letter = '', option]) => ({
    what: `grant ${item}`,
    sql: `GRANT ${privilegeNames[letter] ?? letter} ON DATABASE ${database} TO ${grantee === 'PUBLIC' ? grantee : quoteIdentifier(grantee)}${option ? ' WITH GRANT OPTION' : ''}`,
  }));
}
