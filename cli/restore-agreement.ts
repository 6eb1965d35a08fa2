/** What a person must agree to before a restore is ordered: what it replaces, and what asking objects back costs. */
import { destructiveOptions } from '../core/control/restore-order.ts';
import { waitWords } from '../core/control/restore-words.ts';
import { HoldfastError, InvalidInput } from '../core/errors.ts';
import type { RestoreOrder } from '../core/events.ts';
import type { ArchiveWait } from '../core/ports/catalog.ts';
import type { RestorePreview } from './api/rows.ts';
import type { Cli } from './context.ts';
import { flagOf } from './restore-flags.ts';

export function describeWait(wait: ArchiveWait, returnSpeed: RestoreOrder['returnSpeed']): readonly string[] {
  return waitWords(wait, { returnSpeed }, flagOf);
}

/** Of an order, here or at the API. */
type Agreed = Pick<RestorePreview['order'], 'options' | 'component' | 'planId' | 'replace'>;

/** What a person types to show that they know what is replaced: what they named, else where it came from. */
function nameToType({ options, component, planId }: Agreed): {
  readonly what: string;
  readonly name: string;
} {
  if (typeof options.database === 'string') return { what: 'the database', name: options.database };
  if (typeof options.to === 'string') return { what: 'the place', name: options.to };
  return component ? { what: 'the component', name: component } : { what: 'the plan', name: planId };
}

/** Asks for what the order deserves: a yes, or the name of what it replaces. */
export async function agree(
  cli: Cli,
  order: Agreed,
  destruction: object | undefined,
  yes: boolean,
  wait: ArchiveWait | undefined,
): Promise<void> {
  if (yes) return;
  const interactive = cli.out.terminal.interactive;
  if (wait && !interactive) {
    throw new InvalidInput('command line', [
      {
        field: '--yes',
        allowed: 'given, since objects must come back from an archive class, which costs money',
      },
    ]);
  }
  if (!destruction) {
    // A new place beside the others harms nothing: without a terminal nobody is asked.
    if (!interactive || (await cli.questions.confirm('Go on?'))) return;
    throw new HoldfastError('CANCELLED', 'the restore was not started', { next: 'Nothing was changed.' });
  }
  const { what, name } = nameToType(order);
  if (!interactive) {
    const option = destructiveOptions.find((name) => order.options[name] === true) ?? '';
    const field = order.replace ? '--replace' : flagOf(option);
    throw new InvalidInput('command line', [
      { field, allowed: `a terminal to ask for the name of ${what}, or --yes` },
    ]);
  }
  const typed = await cli.questions.text(`Type the name of ${what} whose data is replaced (${name}):`);
  if (typed !== name) {
    throw new HoldfastError('CANCELLED', 'that is not the name: the restore was not started', {
      next: 'Nothing was changed.',
    });
  }
}
