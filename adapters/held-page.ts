/** One page of the names that a component holds, out of a list that is in memory already. Pure. */
import type { HeldItem, HeldPage, HeldQuestion } from '../core/ports/recovery.ts';

export function heldPage(all: readonly HeldItem[], { prefix, after, limit }: HeldQuestion): HeldPage {
  const matching = all
    .filter(({ name }) => name.startsWith(prefix) && (after === undefined || name > after))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { items: matching.slice(0, limit), more: matching.length > limit };
}
