/** The steps of a restore in words, before it starts. Pure. */
import type { RestoreOrder } from '../core/events.ts';

/** `target` is where it goes, as its kind says it; undefined where that is known only once the manifest is open. */
export function stepsOf(
  order: RestoreOrder,
  kind: string | undefined,
  target: string | undefined,
): readonly string[] {
  const where = target ?? 'a place of its own, beside what was backed up';
  const { going, ending } = kind === 'postgres' ? databaseSteps(order, where) : otherSteps(order, where);
  return [
    ...copySteps(order),
    'Manifest, signature and every stored byte are checked; the target is not touched before.',
    ...going,
    order.compare
      ? 'What was restored is compared with the evidence in the backup.'
      : 'Nothing is compared with the evidence (--no-compare).',
    ...ending,
  ];
}

interface Steps {
  readonly going: readonly string[];
  readonly ending: readonly string[];
}

function copySteps({ from }: RestoreOrder): readonly string[] {
  if (from === 'vault') return [];
  return [
    from === 'replica'
      ? 'It is read from the second copy, not from the vault.'
      : `It is read from the further vault ${from.slice('vault:'.length)} of the plan.`,
  ];
}

function databaseSteps(order: RestoreOrder, target: string): Steps {
  const { replace, options } = order;
  const what = `${whatText(order)}${fromText(order)}`;
  if (!replace) {
    return {
      going: [
        `A new ${target} is created with ${what}. No other database is changed.`,
        ...roleSteps(options as RoleOptions),
      ],
      ending: ['If anything fails, the new database is dropped again.'],
    };
  }
  const name = String(options.database);
  return {
    going: [
      `A new database with ${what} is restored beside the database ${name}.`,
      ...roleSteps(options as RoleOptions),
    ],
    ending: [
      `Connections to ${name} are ended, both databases are renamed in one transaction: clients then find the restored data.`,
      `The database of today stays as ${name}_before_<time> until you drop it.`,
      `If anything fails before the renaming, ${name} stays as it is.`,
    ],
  };
}

function otherSteps(order: RestoreOrder, target: string): Steps {
  const { drop, overwrite } = order.options;
  return {
    going: [
      `Restored into ${target}: ${whatText(order)}${fromText(order)}.`,
      ...(order.replace ? ['What is there today is REPLACED by what was backed up.'] : []),
      ...(drop ? ['Collections of the same names that are there today are DROPPED before.'] : []),
      ...(overwrite ? ['Files of the same names that are there today are WRITTEN OVER.'] : []),
    ],
    ending: ['If anything fails, the error says what is left at the target.'],
  };
}

/** As PostgreSQL's options have them, once parsed. */
interface RoleOptions {
  readonly roleMap?: Readonly<Record<string, string>>;
  readonly createRoles?: boolean;
  readonly noOwner?: boolean;
}

function roleSteps({ roleMap = {}, createRoles, noOwner }: RoleOptions): readonly string[] {
  const mapped = Object.entries(roleMap).map(([from, to]) => `${from} becomes ${to}`);
  return [
    ...(mapped.length > 0 ? [`Roles: ${mapped.join(', ')}.`] : []),
    ...(createRoles ? ['Roles that are missing are created, without login and never as superuser.'] : []),
    ...(noOwner ? ['Owners and privileges are left out: everything belongs to the role in the secret.'] : []),
  ];
}

function fromText({ component }: RestoreOrder): string {
  return component ? ` of component ${component}` : '';
}

/** How many names are told. */
const mostNames = 10;

function whatText({ options }: RestoreOrder): string {
  const only = options.only as
    | { readonly schemas: readonly string[]; readonly tables: readonly { schema: string; table: string }[] }
    | undefined;
  const names = [
    ...(only?.schemas ?? []).map((schema) => `schema ${schema}`),
    ...(only?.tables ?? []).map(({ schema, table }) => `table ${schema}.${table}`),
    ...list(options.collections).map((name) => `collection ${name}`),
    ...list(options.paths).map((path) => `path ${path}`),
  ];
  if (names.length === 0) return 'everything in the backup';
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  return `only ${names.slice(0, mostNames).join(', ')}${more}`;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
