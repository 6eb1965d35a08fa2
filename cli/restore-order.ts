/** What was typed, as the order that a restore carries out, and in words that say what will happen. Pure. */
import type { RestoredKind } from '../core/control/restore-kind.ts';
import {
  destructionOf as destroyedBy,
  describeOrder as inWords,
  orderOf,
  type RestoreWish,
} from '../core/control/restore-order.ts';
import type { RestoreOrder } from '../core/events.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import type { Destruction } from '../core/ports/recovery.ts';
import { flagOf, inFlags, type KindFlags, typedOptions, wrongFlag } from './restore-flags.ts';

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

/** What was typed and nothing else. InvalidInput naming the flag. */
export function restoreWish(typed: RestoreOptions) {
  const { component, replace, compare, from } = typed;
  return {
    ...(component !== undefined && { component }),
    ...{ replace, compare, options: typedOptions(typed) },
    ...(from !== undefined && isOfStack(from) && { from: from as RestoreOrder['from'] }),
    returnSpeed: returnSpeed(typed.returnSpeed),
  } satisfies RestoreWish;
}

/** The order of a restore that this process carries out, or InvalidInput naming the flag. */
export function restoreOrder(
  row: BackupRow,
  typed: RestoreOptions,
  kind: RestoredKind | undefined,
): RestoreOrder {
  const wish = restoreWish(typed);
  return inFlags(() => orderOf(row, wish, kind, flagOf));
}

/** What it takes away of what is there; where it is not known of what source, without the places. */
export function destructionOf(order: RestoreOrder, kind: RestoredKind | undefined): Destruction | undefined {
  return inFlags(() => destroyedBy(order, kind));
}

function returnSpeed(text = 'standard'): RestoreOrder['returnSpeed'] {
  if (text === 'standard' || text === 'bulk') return text;
  throw wrongFlag('--return-speed', text, 'standard or bulk');
}

/** What will happen, in order, before anything does. */
export function describeOrder(
  row: BackupRow,
  order: RestoreOrder,
  kind: RestoredKind | undefined,
): readonly string[] {
  const { head, steps } = inFlags(() => inWords(row, order, kind, flagOf));
  return [`${head}:`, ...steps.map((step, at) => `  ${at + 1}. ${step}`)];
}
