/** What was typed, as the order that a restore carries out, and in words that say what will happen. Pure. */
import { InvalidInput } from '../core/errors.ts';
import { type RestoreOrder, restoreOrderSchema } from '../core/events.ts';
import { compactTime } from '../core/format/layout.ts';
import { parse } from '../core/parse.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import type { Destruction, RestoreRequest } from '../core/ports/recovery.ts';
import { parseOptions, takesOption } from '../core/restore/options.ts';
import {
  destructiveOptions,
  flagOf,
  inFlags,
  type KindFlags,
  typedOptions,
  wrongFlag,
} from './restore-flags.ts';
import type { RestoredKind } from './restore-kind.ts';
import { type KindSteps, stepsOf, whatText } from './restore-words.ts';
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
  return withPlace(parse(restoreOrderSchema, order, 'command line'), kind);
}

/**
 * One that destroys carries where: the restore goes there and nowhere else, also when the source of the plan is another
 * one today than when the backup was made.
 */
function withPlace(order: RestoreOrder, kind: RestoredKind | undefined): RestoreOrder {
  const destruction = destructionOf(order, kind);
  if (!destruction || !kind?.source) return order;
  const { secret } = kind.source;
  const named = takesOption(kind.driver.restoreOptions, 'secret') && typeof secret === 'string';
  return {
    ...order,
    options: named ? { secret, ...order.options } : order.options,
    confirmed: [...destruction.places],
  };
}

/** What it takes away of what is there; where it is not known of what source, without the places. */
export function destructionOf(order: RestoreOrder, kind: RestoredKind | undefined): Destruction | undefined {
  const source = kind?.source;
  if (kind && source) return inOwnWords(() => kind.driver.destroys(source, requestOf(order, kind)));
  if (!order.replace && !destructiveOptions.some((name) => order.options[name] === true)) return undefined;
  return { words: ['What is there today is REPLACED by what was backed up.'], places: [], kept: false };
}

/** The order as the kind is asked about it, before it starts: at a time that is no real one. */
export function requestOf(order: RestoreOrder, kind: Pick<RestoredKind, 'kind' | 'driver'>): RestoreRequest {
  return {
    options: parseOptions(kind.kind, kind.driver.restoreOptions, order.options),
    replace: order.replace,
    compare: order.compare,
    requestedAt: beforehand,
  };
}

const beforehand = '2000-01-01T00:00:00.000Z';

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
  const steps = stepsOf(order, destructionOf(order, kind), kindStepsOf(order, kind));
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
function kindStepsOf(order: RestoreOrder, kind: RestoredKind | undefined): KindSteps | undefined {
  const source = kind?.source;
  if (!kind || !source) return undefined;
  const { driver } = kind;
  return inOwnWords(() => {
    const request = requestOf(order, kind);
    const component = { name: order.component ?? source.name, source: source.name, title: '<name>' };
    const words = { target: driver.describeTarget(component, source, request), what: whatText(order) };
    const { going, ending } = driver.describeSteps?.(request, words) ?? {};
    return {
      target: withoutTime(words.target),
      ...(going && ending && { steps: { going: going.map(withoutTime), ending: ending.map(withoutTime) } }),
    };
  });
}

function withoutTime(text: string): string {
  return text.replaceAll(new RegExp(compactTime(beforehand), 'gi'), '<time>');
}
