/** What was typed, as the order that a restore carries out, and in words that say what will happen. Pure. */
import { InvalidInput } from '../core/errors.ts';
import { type RestoreOrder, restoreOrderSchema } from '../core/events.ts';
import { compactTime } from '../core/format/layout.ts';
import { parse } from '../core/parse.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import { parseOptions } from '../core/restore/options.ts';
import { flagOf, inFlags, type KindFlags, typedOptions, wrongFlag } from './restore-flags.ts';
import type { RestoredKind } from './restore-kind.ts';
import { stepsOf } from './restore-words.ts';
import { formatBytes, formatTime } from './units.ts';

export interface RestoreOptions extends KindFlags {
  /** Which copy: the vault (default), `replica`, `vault:NAME`, or a folder or bucket of one's own (cli/local-restore/). */
  readonly from?: string;
  readonly returnSpeed?: string;
  readonly component?: string;
  readonly replace: boolean;
  readonly compare: boolean;
}

/** The copies that a stack reads itself; anything else is a folder or a bucket. */
export function isOfStack(from: string | undefined): boolean {
  return from === undefined || from === 'vault' || from === 'replica' || from.startsWith('vault:');
}

/** The order, or InvalidInput naming the flag. Where the kind is known, so is what it takes. */
export function restoreOrder(
  row: BackupRow,
  typed: RestoreOptions,
  kind: RestoredKind | undefined,
): RestoreOrder {
  const options = typedOptions(typed);
  if (kind) inOwnWords(() => parseOptions(kind.kind, kind.driver.restoreOptions, options, flagOf));
  if (typed.replace && kind?.kind === 'postgres' && options.database === undefined) {
    throw wrongFlag('--replace', undefined, 'needs --database NAME, the database whose place is taken');
  }
  if (typed.replace && options.only !== undefined) {
    throw wrongFlag(
      '--replace',
      undefined,
      'not together with --schema or --table: it would drop everything else',
    );
  }
  const order = {
    planId: row.planId,
    backupId: row.backupId,
    component: typed.component,
    replace: typed.replace,
    compare: typed.compare,
    options,
    from: isOfStack(typed.from) ? typed.from : undefined,
    returnSpeed: returnSpeed(typed.returnSpeed),
  };
  return parse(restoreOrderSchema, order, 'command line');
}

function inOwnWords<T>(ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    throw thrown instanceof InvalidInput ? inFlags(thrown) : thrown;
  }
}

function returnSpeed(text = 'standard'): string {
  if (text === 'standard' || text === 'bulk') return text;
  throw wrongFlag('--return-speed', text, 'standard or bulk');
}

/** `r-20261121t020000z-3f9a1c22`. `random` is 8 hex characters. */
export function restoreIdFor(nowIso: string, random: string): string {
  return `r-${compactTime(nowIso).toLowerCase()}-${random}`;
}

/** What will happen, in order, before anything does. */
export function describeOrder(
  row: BackupRow,
  order: RestoreOrder,
  kind: RestoredKind | undefined,
): readonly string[] {
  const size = row.sourceBytes === undefined ? '' : ` (${formatBytes(row.sourceBytes)})`;
  const steps = stepsOf(order, kind?.kind, targetOf(order, kind));
  return [
    `Backup ${row.backupId} of plan ${row.planId}, as of ${formatTime(row.slot)}${size}, goes ${whither(order)}:`,
    ...steps.map((step, at) => `  ${at + 1}. ${step}`),
  ];
}

function whither({ options }: RestoreOrder): string {
  if (typeof options.secret === 'string') return `onto the server in secret ${options.secret}`;
  return typeof options.to === 'string' ? `to ${options.to}` : 'to where the backup came from';
}

/** As the kind says it, with <name> and <time> for what is not known yet; undefined where the kind is not. */
function targetOf(order: RestoreOrder, kind: RestoredKind | undefined): string | undefined {
  if (!kind?.source) return undefined;
  const requestedAt = '2000-01-01T00:00:00.000Z';
  const { driver, source } = kind;
  const target = inOwnWords(() =>
    driver.describeTarget(
      { name: order.component ?? source.name, source: source.name, title: '<name>' },
      source,
      {
        options: parseOptions(kind.kind, driver.restoreOptions, order.options),
        replace: order.replace,
        compare: order.compare,
        requestedAt,
      },
    ),
  );
  return target.replaceAll(new RegExp(compactTime(requestedAt), 'gi'), '<time>');
}
