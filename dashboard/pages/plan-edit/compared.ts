/** What two people changed since they read the same plan, field by field. Pure. */
import { at, type Change, changesOf, type Value } from './draft.ts';

export interface Compared {
  readonly field: string;
  readonly before: Value;
  readonly theirs?: Change | undefined;
  readonly mine?: Change | undefined;
  /** Both changed it, and not to the same: mine would stand. */
  readonly isBoth: boolean;
}

export function compared(base: Value, mine: Value, theirs: Value): readonly Compared[] {
  const own = new Map(changesOf(base, mine).map((change) => [change.field, change]));
  const other = new Map(changesOf(base, theirs).map((change) => [change.field, change]));
  return [...new Set([...other.keys(), ...own.keys()])].map((field) => {
    const found = { theirs: other.get(field), mine: own.get(field) };
    const before = (found.theirs ?? found.mine)?.before ?? at(base, field);
    const touches = (one: string) =>
      [...other.keys()].some((each) => isWithin(each, one)) &&
      [...own.keys()].some((each) => isWithin(each, one));
    const agree =
      found.theirs && found.mine && JSON.stringify(found.theirs.after) === JSON.stringify(found.mine.after);
    return { field, before, ...found, isBoth: !agree && touches(field) };
  });
}

/** The same field, or one that holds the other. */
const isWithin = (one: string, other: string) =>
  one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
