/** The flags of `holdfast restore`: what of them belongs to a kind of source, and which field of an order is which flag. Pure. */
import { InvalidInput } from '../core/errors.ts';

export interface KindFlags {
  readonly secret?: string;
  readonly database?: string;
  readonly schema: readonly string[];
  readonly table: readonly string[];
  readonly roleMap: readonly string[];
  readonly createRoles: boolean;
  /** Commander's form of --no-owner. */
  readonly owner: boolean;
  readonly collection: readonly string[];
  readonly drop: boolean;
  readonly usersAndRoles: boolean;
  readonly to?: string;
  readonly path: readonly string[];
  readonly overwrite: boolean;
}

/** By the field of the order, `options.` left out: what it is typed with. */
const flags: Readonly<Record<string, string>> = {
  secret: '--secret',
  database: '--database',
  only: '--schema, --table',
  roleMap: '--role-map',
  createRoles: '--create-roles',
  noOwner: '--no-owner',
  collections: '--collection',
  drop: '--drop',
  usersAndRoles: '--users-and-roles',
  to: '--to',
  paths: '--path',
  overwrite: '--overwrite',
  component: '--component',
  replace: '--replace',
  compare: '--no-compare',
  from: '--from',
  returnSpeed: '--return-speed',
  restorePoint: 'restore point',
  withoutRestorePoint: '--without-restore-point',
  makeRestorePoint: 'holdfast restore-point',
};

/** What was typed and nothing else: defaults are the kind's. InvalidInput naming the flag. */
export function typedOptions(typed: KindFlags): Record<string, unknown> {
  const tables = typed.table.map(parseTableName);
  const some = <T>(list: readonly T[]) => (list.length > 0 ? [...list] : undefined);
  const options = {
    secret: typed.secret,
    database: typed.database,
    only: typed.schema.length + tables.length > 0 ? { schemas: [...typed.schema], tables } : undefined,
    roleMap: typed.roleMap.length > 0 ? parseRoleMap(typed.roleMap) : undefined,
    createRoles: typed.createRoles || undefined,
    noOwner: !typed.owner || undefined,
    collections: some(typed.collection),
    drop: typed.drop || undefined,
    usersAndRoles: typed.usersAndRoles || undefined,
    to: typed.to,
    paths: some(typed.path),
    overwrite: typed.overwrite || undefined,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** What was refused of an order, in the words of the command line. */
export function inFlags<T>(ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    throw thrown instanceof InvalidInput ? withFlags(thrown) : thrown;
  }
}

export function withFlags({ issues }: InvalidInput): InvalidInput {
  return new InvalidInput(
    'command line',
    issues.map((issue) => ({ ...issue, field: flagOf(issue.field) })),
  );
}

/** What a field is typed with; where inside it is told behind. */
export function flagOf(field: string): string {
  const [name = '', ...rest] = field.replace(/^options\./, '').split('.');
  const flag = flags[name];
  return flag === undefined ? field : [flag, ...rest].join(' ');
}

/**
 * `sales.orders`, or with PostgreSQL's quotes where a name has a dot or a quote: `"my.schema"."a ""b"""`. Unlike SQL
 * nothing is folded to lower case: the name is the one that the catalog of the server shows.
 */
export function parseTableName(text: string): { readonly schema: string; readonly table: string } {
  const name = `"(?:[^"]|"")+"|[^".]+`;
  const [, schema, table] = new RegExp(`^(${name})\\.(${name})$`, 's').exec(text) ?? [];
  if (schema === undefined || table === undefined)
    throw wrongFlag('--table', text, 'SCHEMA.TABLE, names with a dot in "quotes"');
  return { schema: unquoted(schema), table: unquoted(table) };
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function parseRoleMap(pairs: readonly string[]): Record<string, string> {
  const map = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const from = pair.slice(0, at);
    if (at < 1 || at === pair.length - 1) throw wrongFlag('--role-map', pair, 'OLD=NEW');
    if (map.has(from)) throw wrongFlag('--role-map', pair, `each role once; ${from} is mapped twice`);
    map.set(from, pair.slice(at + 1));
  }
  return Object.fromEntries(map);
}

export function wrongFlag(field: string, value: string | undefined, allowed: string): InvalidInput {
  return new InvalidInput('command line', [
    { field, ...(value === undefined ? {} : { value: JSON.stringify(value).slice(0, 100) }), allowed },
  ]);
}
