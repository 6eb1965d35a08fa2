/** What was typed, as the order that a restore carries out, and in words that say what will happen. Pure. */
import { InvalidInput } from '../core/errors.ts';
import { type RestoreOrder, restoreOrderSchema } from '../core/events.ts';
import { compactTime } from '../core/format/layout.ts';
import { parse } from '../core/parse.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import { formatBytes, formatTime } from './units.ts';

export interface RestoreOptions {
  /** Which copy: the vault (default), `replica`, or a folder or bucket of one's own (cli/local-restore/). */
  readonly from?: string;
  readonly returnSpeed?: string;
  readonly component?: string;
  readonly database?: string;
  readonly secret?: string;
  readonly schema: readonly string[];
  readonly table: readonly string[];
  readonly replace: boolean;
  readonly roleMap: readonly string[];
  readonly createRoles: boolean;
  /** Commander's form of --no-owner. */
  readonly owner: boolean;
  readonly compare: boolean;
}

/** The order, or InvalidInput naming the option. */
export function restoreOrder(row: BackupRow, options: RestoreOptions): RestoreOrder {
  const tables = options.table.map(parseTableName);
  const partial = options.schema.length > 0 || tables.length > 0;
  if (options.replace && options.database === undefined) {
    throw wrong('--replace', undefined, 'needs --database NAME, the database whose place is taken');
  }
  if (options.replace && partial) {
    throw wrong(
      '--replace',
      undefined,
      'not together with --schema or --table: it would drop everything else',
    );
  }
  const order = {
    planId: row.planId,
    backupId: row.backupId,
    component: options.component,
    secret: options.secret,
    database: options.database,
    replace: options.replace,
    only: partial ? { schemas: [...options.schema], tables } : undefined,
    roleMap: parseRoleMap(options.roleMap),
    createRoles: options.createRoles,
    noOwner: !options.owner,
    compare: options.compare,
    from: options.from === 'replica' ? 'replica' : 'vault',
    returnSpeed: returnSpeed(options.returnSpeed),
  };
  return parse(restoreOrderSchema, order, 'command line');
}

/**
 * `sales.orders`, or with PostgreSQL's quotes where a name has a dot or a quote: `"my.schema"."a ""b"""`. Unlike SQL
 * nothing is folded to lower case: the name is the one that the catalog of the server shows.
 */
export function parseTableName(text: string): { readonly schema: string; readonly table: string } {
  const name = `"(?:[^"]|"")+"|[^".]+`;
  const [, schema, table] = new RegExp(`^(${name})\\.(${name})$`, 's').exec(text) ?? [];
  if (schema === undefined || table === undefined)
    throw wrong('--table', text, 'SCHEMA.TABLE, names with a dot in "quotes"');
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
    if (at < 1 || at === pair.length - 1) throw wrong('--role-map', pair, 'OLD=NEW');
    if (map.has(from)) throw wrong('--role-map', pair, `each role once; ${from} is mapped twice`);
    map.set(from, pair.slice(at + 1));
  }
  return Object.fromEntries(map);
}

function returnSpeed(text = 'standard'): string {
  if (text === 'standard' || text === 'bulk') return text;
  throw wrong('--return-speed', text, 'standard or bulk');
}

function wrong(field: string, value: string | undefined, allowed: string): InvalidInput {
  return new InvalidInput('command line', [
    { field, ...(value === undefined ? {} : { value: JSON.stringify(value).slice(0, 100) }), allowed },
  ]);
}

/** `r-20261121t020000z-3f9a1c22`. `random` is 8 hex characters. */
export function restoreIdFor(nowIso: string, random: string): string {
  return `r-${compactTime(nowIso).toLowerCase()}-${random}`;
}

/** What will happen, in order, before anything does. */
export function describeOrder(row: BackupRow, order: RestoreOrder): readonly string[] {
  const server = order.secret
    ? `the server in secret ${order.secret}`
    : 'the server that the backup came from';
  const size = row.sourceBytes === undefined ? '' : ` (${formatBytes(row.sourceBytes)})`;
  return [
    `Backup ${row.backupId} of plan ${row.planId}, as of ${formatTime(row.slot)}${size}, goes onto ${server}:`,
    ...steps(order).map((step, at) => `  ${at + 1}. ${step}`),
  ];
}

function steps(order: RestoreOrder): readonly string[] {
  const { database, component } = order;
  const from = component ? ` of component ${component}` : '';
  return [
    ...(order.from === 'replica' ? ['It is read from the second copy, not from the vault.'] : []),
    'Manifest, signature and every stored byte are checked; the server is not touched before.',
    order.replace
      ? `A new database with ${whatText(order)}${from} is restored beside the database ${database}.`
      : `A new database ${database ?? '<name>_restored_<time>'} is created with ${whatText(order)}${from}. No other database is changed.`,
    ...roleSteps(order),
    order.compare
      ? 'Every table is compared with the evidence in the backup.'
      : 'Nothing is compared with the evidence (--no-compare).',
    ...(order.replace
      ? [
          `Connections to ${database} are ended, both databases are renamed in one transaction: clients then find the restored data.`,
          `The database of today stays as ${database}_before_<time> until you drop it.`,
        ]
      : []),
    order.replace
      ? `If anything fails before the renaming, ${database} stays as it is.`
      : 'If anything fails, the new database is dropped again.',
  ];
}

function roleSteps(order: RestoreOrder): readonly string[] {
  const mapped = Object.entries(order.roleMap).map(([from, to]) => `${from} becomes ${to}`);
  return [
    ...(mapped.length > 0 ? [`Roles: ${mapped.join(', ')}.`] : []),
    ...(order.createRoles
      ? ['Roles that are missing are created, without login and never as superuser.']
      : []),
    ...(order.noOwner
      ? ['Owners and privileges are left out: everything belongs to the role in the secret.']
      : []),
  ];
}

function whatText({ only }: RestoreOrder): string {
  if (!only) return 'everything in the backup';
  const names = [
    ...only.schemas.map((schema) => `schema ${schema}`),
    ...only.tables.map(({ schema, table }) => `table ${schema}.${table}`),
  ];
  const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return `only ${names.slice(0, 10).join(', ')}${more}`;
}
