/** A restore in words, before it starts: what goes where, in which steps, and what it waits for. Pure. */
import type { RestoreOrder } from '../events.ts';
import type { ArchiveWait, BackupRow } from '../ports/catalog.ts';
import type { Destruction, RestoreSteps } from '../ports/recovery.ts';
import type { Called } from './called.ts';
import { formatBytes, formatDuration, formatTime } from './units.ts';

/** What the kind says of it. */
export interface KindSteps {
  /** Where it goes. */
  readonly target: string;
  /** Where the kind has steps of its own. */
  readonly steps?: RestoreSteps;
}

/** `Backup … of plan shop, as of … (3.7 GiB), goes to where the backup came from`. */
export function headOf(row: BackupRow, order: RestoreOrder): string {
  const size = row.sourceBytes === undefined ? '' : ` (${formatBytes(row.sourceBytes)})`;
  return `Backup ${row.backupId} of plan ${row.planId}, as of ${formatTime(row.slot)}${size}, goes ${whither(order)}`;
}

function whither({ options }: RestoreOrder): string {
  if (typeof options.secret === 'string') return `onto the server in secret ${options.secret}`;
  return typeof options.to === 'string' ? `to ${options.to}` : 'to where the backup came from';
}

/** `kind` is undefined where it, or where it goes, is known only once the manifest is open. */
export function stepsOf(
  order: RestoreOrder,
  destruction: Destruction | undefined,
  kind: KindSteps | undefined,
  called: Called,
): readonly string[] {
  const { going, ending } = kind?.steps ?? generalSteps(order, destruction, kind?.target);
  return [
    ...copySteps(order),
    'Manifest, signature and every stored byte are checked; the target is not touched before.',
    ...going,
    order.compare
      ? 'What was restored is compared with the evidence in the backup.'
      : `Nothing is compared with the evidence (${called('compare')}).`,
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
    | { readonly schemas?: readonly string[]; readonly tables?: readonly { schema: string; table: string }[] }
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

/** What asking objects back from an archive class takes. */
export function waitWords(
  wait: ArchiveWait,
  { returnSpeed }: Pick<RestoreOrder, 'returnSpeed'>,
  called: Called,
): readonly string[] {
  const hours = formatDuration(Date.parse(wait.expectedAt) - Date.parse(wait.requestedAt));
  const cheaper =
    returnSpeed === 'standard'
      ? ` ${called('returnSpeed')} bulk costs an eighth or less of the retrieval, and takes up to four times as long.`
      : '';
  return [
    `${wait.objects} objects (${formatBytes(wait.bytes)}) lie in an archive class and are asked back first: up to ${hours}, about $${wait.estimatedCostUsd.toFixed(2)} (list price of us-east-1).${cheaper}`,
    'The restore goes on by itself when they are there, and tells when it begins to wait.',
  ];
}
