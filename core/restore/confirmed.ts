/**
 * A person agreed to the loss of what the plan of today names; the restore goes where the signed manifest says. When
 * these are two places, nothing is destroyed: not what nobody agreed to, and of which no restore point was made. Pure.
 */
import { HoldfastError } from '../errors.ts';
import type { RestoreOrder } from '../events.ts';
import type { Destruction } from '../ports/recovery.ts';

/** TARGET_UNSUITABLE with both places. An order without any was given where none could be known: it said so then. */
export function requireConfirmed(
  destruction: Destruction | undefined,
  { confirmed }: Pick<RestoreOrder, 'confirmed'>,
): void {
  if (!destruction || !confirmed) return;
  const others = destruction.places.filter((place) => !confirmed.includes(place));
  if (others.length === 0) return;
  const shown = confirmed.length > 0 ? confirmed.slice(0, 5).join('; ') : 'that nothing is';
  throw new HoldfastError(
    'TARGET_UNSUITABLE',
    `The backup would replace ${others.slice(0, 5).join('; ')}, but what was confirmed is ${shown}: the source has changed since the backup. Nothing was touched`,
    {
      next: 'Name the place yourself (secret and database, or to with overwrite), or restore beside what is there, without replace.',
      details: { places: destruction.places, confirmed },
    },
  );
}
