/**
 * What a person chose on the way to a restore, as it is in the address, and as the API takes it: the same choices are
 * always the same request, and a restore that was ordered gives its choices back. Pure.
 */

export const kinds = ['postgres', 'mongodb', 'files'] as const;
export type Kind = (typeof kinds)[number];

export const kindOf = (kind: string | undefined): Kind | undefined => kinds.find((each) => each === kind);

/** - `beside`: a new place. - `into`: one that is there, over what has the same names. - `replace`: where it came from. */
export const ways = ['beside', 'into', 'replace'] as const;
export type Way = (typeof ways)[number];

export interface Choices {
  readonly plan?: string | undefined;
  readonly point?: string | undefined;
  readonly component?: string | undefined;
  /** `some`: only what `only` names. */
  readonly part?: 'some' | undefined;
  readonly only?: readonly string[] | undefined;
  readonly to?: Way | undefined;
  readonly database?: string | undefined;
  /** Name of the secret of another server. */
  readonly secret?: string | undefined;
  /** Of files: `s3://BUCKET/PREFIX` or a folder. */
  readonly place?: string | undefined;
  readonly users?: true | undefined;
  /** `old=new`, by commas or lines. */
  readonly roles?: string | undefined;
  readonly createRoles?: true | undefined;
  readonly noOwner?: true | undefined;
  readonly uncompared?: true | undefined;
  readonly from?: string | undefined;
  readonly speed?: 'bulk' | undefined;
}

export interface Wish {
  readonly component?: string;
  readonly replace: boolean;
  readonly compare: boolean;
  readonly from: string;
  readonly returnSpeed: 'standard' | 'bulk';
  readonly options: Record<string, unknown>;
}

/** The body of a restore, of its preflight and of its dry run, without what is said at the very end. */
export function wishOf(choices: Choices, kind: Kind | undefined): Wish {
  const { component, to, uncompared, from = 'vault', speed = 'standard' } = choices;
  return {
    ...(component !== undefined && { component }),
    replace: to === 'replace',
    compare: uncompared !== true,
    from,
    returnSpeed: speed,
    options: kind === undefined ? {} : present(optionsOf[kind](choices)),
  };
}

const optionsOf: Readonly<Record<Kind, (choices: Choices) => Record<string, unknown>>> = {
  postgres: (choices) => {
    const { secret, database, roles, createRoles, noOwner } = choices;
    const names = namesOf(choices);
    return {
      secret,
      database,
      only: names && { tables: names.map(tableOf) },
      roleMap: roleMapOf(roles),
      createRoles,
      noOwner,
    };
  },
  mongodb: (choices) => {
    const { secret, database, to, users } = choices;
    return {
      secret,
      database,
      collections: namesOf(choices),
      drop: to === 'into' || undefined,
      usersAndRoles: users,
    };
  },
  files: (choices) => {
    const { place, to } = choices;
    return {
      to: to === 'replace' ? undefined : place,
      paths: namesOf(choices),
      overwrite: to === 'into' || undefined,
    };
  },
};

function present(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function namesOf({ part, only = [] }: Choices): readonly string[] | undefined {
  return part === 'some' && only.length > 0 ? only : undefined;
}

/** `public.orders`: a schema with a dot in its name has to be written as the command line takes it, in quotes. */
export function tableOf(name: string): { readonly schema: string; readonly table: string } {
  const part = '"(?:[^"]|"")+"';
  const [, schema, table] =
    new RegExp(`^(${part}|[^".]+)\\.(.+)$`, 's').exec(name) ?? ([undefined, 'public', name] as const);
  return { schema: unquoted(schema ?? ''), table: unquoted(table ?? '') };
}

const unquoted = (name: string) => (/^".+"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name);

/** The other way round. */
export const tableName = ({ schema, table }: { readonly schema: string; readonly table: string }) =>
  `${schema.includes('.') ? `"${schema.replaceAll('"', '""')}"` : schema}.${table}`;

function roleMapOf(roles: string | undefined): Record<string, string> | undefined {
  const pairs = (roles ?? '')
    .split(/[\n,]/)
    .map((pair) => pair.split('=').map((name) => name.trim()))
    .filter(([from]) => from !== '');
  if (pairs.length === 0) return undefined;
  // What lacks its new name goes to the API as it is, which says what is wrong with it.
  return Object.fromEntries(pairs.map(([from = '', to = '']) => [from, to]));
}

/** So many names at once: more would not fit into an address, and then everything is quicker. */
export const mostNames = 40;

/** One as it is, several as JSON: names may hold anything. */
export function namesText(names: readonly string[]): string | undefined {
  const [first] = names;
  if (first === undefined) return undefined;
  return names.length === 1 && !first.startsWith('[') ? first : JSON.stringify(names);
}

export function readNames(text: string): readonly string[] | undefined {
  if (text === '') return undefined;
  if (!text.startsWith('[')) return [text];
  try {
    const found: unknown = JSON.parse(text);
    if (!Array.isArray(found)) return undefined;
    const names = found.filter((name): name is string => typeof name === 'string' && name !== '');
    return names.length > 0 ? names.slice(0, mostNames) : undefined;
  } catch {
    return undefined;
  }
}

export interface Ordered {
  readonly planId: string;
  readonly backupId: string;
  readonly component?: string | undefined;
  readonly replace: boolean;
  readonly compare: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  readonly from: string;
  readonly returnSpeed: 'standard' | 'bulk';
}

/** The choices of an order, for trying again: as they are written in an address. */
export function addressOf(order: Ordered): Record<string, string> {
  const { options } = order;
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
  const isOn = (name: string) => (options[name] === true ? 'true' : undefined);
  const names = namesText(orderedNames(options));
  const place = text('to');
  const way = order.replace ? 'replace' : isOn('drop') || isOn('overwrite') ? 'into' : undefined;
  const roles = Object.entries((options.roleMap ?? {}) as Record<string, string>)
    .map(([from, to]) => `${from}=${to}`)
    .join(',');
  const address = {
    plan: order.planId,
    point: order.backupId,
    component: order.component,
    part: names && 'some',
    only: names,
    to: way,
    database: text('database'),
    secret: text('secret'),
    place,
    users: isOn('usersAndRoles'),
    roles: roles === '' ? undefined : roles,
    createRoles: isOn('createRoles'),
    noOwner: isOn('noOwner'),
    uncompared: order.compare ? undefined : 'true',
    from: order.from === 'vault' ? undefined : order.from,
    speed: order.returnSpeed === 'bulk' ? 'bulk' : undefined,
  };
  return Object.fromEntries(
    Object.entries(address).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** What alone was asked for; empty: everything. */
export function orderedNames(options: Readonly<Record<string, unknown>>): readonly string[] {
  const only = options.only as { readonly tables?: readonly { schema: string; table: string }[] } | undefined;
  const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return [...(only?.tables ?? []).map(tableName), ...list(options.collections), ...list(options.paths)].slice(
    0,
    mostNames,
  );
}
