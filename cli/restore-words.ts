/** The steps of a restore in words, before it starts. Pure. */
import type { RestoreOrder } from '../core/events.ts';
import type { Destruction, RestoreSteps } from '../core/ports/recovery.ts';

/** What the kind says of it. */
export interface KindSteps {
  /** Where it goes. */
  readonly target: string;
  /** Where the kind has steps of its own. */
  readonly steps?: RestoreSteps;
}

/** `kind` is undefined where it, or where it goes, is known only once the manifest is open. */
export function stepsOf(
  order: RestoreOrder,
  destruction: Destruction | undefined,
  kind: KindSteps | undefined,
): readonly string[] {
  const { going, ending } = kind?.steps ?? generalSteps(order, destruction, kind?.target);
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

function copySteps({ from }: RestoreOrder): readonly string[] {
  if (from === 'vault') return [];
  return [
    from === 'replica'
      ? 'It is read from the second copy, not from the vault.'
      : `It is read from the further vault ${from.slice('vault:'.length)} of the plan.`,
  ];
}

function generalSteps(
  order: RestoreOrder,
  destruction: Destruction | undefined,
  target = destruction
    ? 'where it came from, or where its options say'
    : 'a place of its own, beside what was backed up',
): RestoreSteps {
  return {
    going: [`Restored into ${target}: ${whatText(order)}.`, ...(destruction?.words ?? [])],
    ending: ['If anything fails, the error says what is left at the target.'],
  };
}

/** How many names are told. */
const mostNames = 10;

/** What of the backup is restored: `only table a.b of component main`. */
export function whatText({ options, component }: RestoreOrder): string {
  const only = options.only as
    | { readonly schemas: readonly string[]; readonly tables: readonly { schema: string; table: string }[] }
    | undefined;
  const names = [
    ...(only?.schemas ?? []).map((schema) => `schema ${schema}`),
    ...(only?.tables ?? []).map(({ schema, table }) => `table ${schema}.${table}`),
    ...list(options.collections).map((name) => `collection ${name}`),
    ...list(options.paths).map((path) => `path ${path}`),
  ];
  const from = component ? ` of component ${component}` : '';
  if (names.length === 0) return `everything in the backup${from}`;
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  return `only ${names.slice(0, mostNames).join(', ')}${more}${from}`;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
