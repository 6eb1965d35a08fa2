/**
 * The names of roles inside the SQL of a table of contents: grants, default privileges, policies. pg_dump writes
 * these in a few fixed forms, which are taken apart by tokens, so that a name that only looks like SQL stays a name.
 */
import { encoded, type TocEntry } from './restore-toc.ts';

interface Token {
  readonly kind: 'word' | 'quoted' | 'literal' | 'other';
  /** As written. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const pattern =
  /(?<word>[A-Za-z_\u0080-\u00ff][\w$\u0080-\u00ff]*)|(?<quoted>"(?:[^"]|"")*")|(?<literal>[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*')|(?<other>\d+|[^\s])/gu;

function tokenise(sql: string): Token[] {
  return [...sql.matchAll(pattern)].map((match) => {
    const { word, quoted, literal } = match.groups ?? {};
    const kind =
      word !== undefined
        ? 'word'
        : quoted !== undefined
          ? 'quoted'
          : literal !== undefined
            ? 'literal'
            : 'other';
    return { kind, text: match[0], from: match.index, to: match.index + match[0].length };
  });
}

/** Tokens that name a role, in the SQL of this entry. */
function roleTokens(entry: TocEntry): readonly Token[] {
  const sql = entry.defn ?? '';
  switch (entry.desc) {
    case 'ACL':
    case 'ACL LANGUAGE':
    case 'DEFAULT ACL':
      return statements(tokenise(sql)).flatMap(grantRoles);
    case 'POLICY':
      return policyRoles(tokenise(sql));
    default:
      return [];
  }
}

function statements(tokens: readonly Token[]): Token[][] {
  const all: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'other' && token.text === ';') all.push([]);
    else all.at(-1)?.push(token);
  }
  return all.filter((statement) => statement.length > 0);
}

/**
 * GRANT … TO role [WITH GRANT OPTION], REVOKE … FROM role, SET SESSION AUTHORIZATION role, and
 * ALTER DEFAULT PRIVILEGES FOR ROLE role [IN SCHEMA …] followed by one of the first two.
 */
function grantRoles(statement: readonly Token[]): Token[] {
  const roles: Token[] = [];
  const [first, second, third] = statement.map((token) => token.text);
  if (first === 'SET' && second === 'SESSION' && third === 'AUTHORIZATION')
    return statement.slice(3, 4).filter(isName);
  if (first === 'ALTER' && second === 'DEFAULT') {
    const at = statement.findIndex(
      (token, index) => token.text === 'FOR' && statement[index + 1]?.text === 'ROLE',
    );
    const role = statement[at + 2];
    if (at >= 0 && role) roles.push(role);
  }
  const tail =
    statement.at(-3)?.text === 'WITH' && statement.at(-1)?.text === 'OPTION'
      ? statement.slice(0, -3)
      : statement;
  const grantee = tail.at(-1);
  if (grantee && ['TO', 'FROM'].includes(tail.at(-2)?.text ?? '')) roles.push(grantee);
  return roles.filter(isName);
}

/** CREATE POLICY name ON table [AS RESTRICTIVE] [FOR command] [TO role, …] [USING …] [WITH CHECK …] */
function policyRoles(tokens: readonly Token[]): Token[] {
  let depth = 0;
  const roles: Token[] = [];
  let listing = false;
  for (const [index, token] of tokens.entries()) {
    if (index < 3) continue;
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (depth > 0) continue;
    if (token.kind === 'word' && ['USING', 'WITH'].includes(token.text)) break;
    if (listing && (token.kind === 'quoted' || token.kind === 'word')) roles.push(token);
    if (token.kind === 'word' && token.text === 'TO') listing = true;
  }
  return roles.filter(isName);
}

function isName(token: Token): boolean {
  return (
    token.kind === 'quoted' ||
    (token.kind === 'word' && !['PUBLIC', 'CURRENT_USER', 'SESSION_USER'].includes(token.text))
  );
}

function nameOf(token: Token): string {
  const text = token.kind === 'quoted' ? token.text.slice(1, -1).replaceAll('""', '"') : token.text;
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** Every role that the SQL of this entry names, and its owner. */
export function rolesOf(entry: TocEntry): readonly string[] {
  const owner = entry.owner ? [Buffer.from(entry.owner, 'latin1').toString('utf8')] : [];
  return [...new Set([...owner, ...roleTokens(entry).map(nameOf)])];
}

/** The entry with other names for its owner and the roles in its SQL. */
export function mapRoles(entry: TocEntry, map: ReadonlyMap<string, string>): TocEntry {
  const owner =
    entry.owner === undefined
      ? undefined
      : (map.get(Buffer.from(entry.owner, 'latin1').toString('utf8')) ?? undefined);
  const tokens = roleTokens(entry).filter((token) => map.has(nameOf(token)));
  if (owner === undefined && tokens.length === 0) return entry;
  const defn = replaced(
    entry.defn ?? '',
    tokens.map((token) => ({ ...token, by: quoted(map.get(nameOf(token)) as string) })),
  );
  return {
    ...entry,
    ...(owner === undefined ? {} : { owner: encoded(owner) }),
    ...(entry.defn === undefined ? {} : { defn }),
  };
}

/**
 * Grants by others than the owner are dumped under SET SESSION AUTHORIZATION, which needs a superuser; SET ROLE does
 * the same for a member of that role.
 */
export function grantByMembership(entry: TocEntry): TocEntry {
  if (entry.desc !== 'ACL' && entry.desc !== 'DEFAULT ACL') return entry;
  const sql = entry.defn ?? '';
  const spans = statements(tokenise(sql)).flatMap((statement) => {
    const words = statement.map((token) => token.text);
    const [first, second, third] = statement;
    if (!first || !second || !third || words[1] !== 'SESSION' || words[2] !== 'AUTHORIZATION') return [];
    return ['SET', 'RESET'].includes(words[0] ?? '') ? [{ from: second.from, to: third.to, by: 'ROLE' }] : [];
  });
  return spans.length === 0 ? entry : { ...entry, defn: replaced(sql, spans) };
}

/** MAINTAIN came with PostgreSQL 17: for older targets it is taken out of grants. Undefined when nothing is left. */
export function withoutMaintain(entry: TocEntry): TocEntry | undefined {
  if (!['ACL', 'DEFAULT ACL'].includes(entry.desc)) return entry;
  const sql = entry.defn ?? '';
  const spans = statements(tokenise(sql)).flatMap((statement) => maintainSpans(sql, statement));
  if (spans.length === 0) return entry;
  const defn = replaced(sql, spans);
  return defn.trim() === '' ? undefined : { ...entry, defn };
}

/** GRANT a, MAINTAIN, b ON …: the word and one comma; the whole statement when it is the only privilege. */
function maintainSpans(sql: string, statement: readonly Token[]) {
  const on = statement.findIndex((token) => token.kind === 'word' && token.text === 'ON');
  const at = statement.findIndex((token) => token.kind === 'word' && token.text === 'MAINTAIN');
  const word = statement[at];
  if (word === undefined || at > on) return [];
  const [before, after] = [statement[at - 1], statement[at + 1]];
  if (after?.text === ',') return [{ from: word.from, to: after.to, by: '' }];
  if (before?.text === ',') return [{ from: before.from, to: word.to, by: '' }];
  const [first, last] = [statement[0] as Token, statement.at(-1) as Token];
  return [{ from: first.from, to: sql.indexOf(';', last.to) + 1, by: '' }];
}

function replaced(sql: string, spans: readonly { from: number; to: number; by: string }[]): string {
  let result = '';
  let at = 0;
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    result += sql.slice(at, span.from) + span.by;
    at = span.to;
  }
  return result + sql.slice(at);
}

function quoted(role: string): string {
  return encoded(`"${role.replaceAll('"', '""')}"`);
}
