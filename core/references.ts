/**
 * What one backup needs of earlier ones, as the catalog keeps it: ranges of segments by backup, attempt and component.
 * Pure. Whoever is in doubt takes more: what is needed too much stays a while longer, what is needed too little is lost.
 */
import { HoldfastError, InvalidInput } from './errors.ts';
import { contextOfKey } from './format/context.ts';
import type { Reference } from './manifest.ts';
import type { Needed } from './ports/catalog.ts';

/** All segments of a component; as a component: all components of that attempt. */
export const everything = '*';

/** Backups that one may need. A run that would come to need more reads everything again. */
export const mostNeededBackups = 500;
/** As JSON, in the row of the catalog: an item of DynamoDB holds 400 KB. */
export const mostNeededBytes = 64 * 1024;

type Range = readonly [from: number, to: number];

/** `0-7,9`: ascending, each index once. Of nothing: the empty text. */
export function rangesOf(indexes: Iterable<number>): string {
  return textOf([...indexes].map((index): Range => [index, index]));
}

export function inRanges(ranges: string, index: number): boolean {
  return ranges === everything || parsed(ranges).some(([from, to]) => from <= index && index <= to);
}

/** Both together, each attempt's component once, in the order of their names. What names no segment is left out. */
export function mergeNeeded(...lists: readonly (readonly Needed[])[]): Needed[] {
  const merged = new Map<string, Needed>();
  for (const needed of lists.flat()) {
    const name = nameOf(needed);
    const before = merged.get(name);
    merged.set(
      name,
      before ? { ...before, segments: mergeRanges(before.segments, needed.segments) } : needed,
    );
  }
  return inOrder([...merged.values()].map((each) => ({ ...each, segments: mergeRanges(each.segments, '') })));
}

/** What of `a` is not in `b`. `*` less some ranges stays `*`, since nobody knows how many there are. */
export function subtractNeeded(a: readonly Needed[], b: readonly Needed[]): Needed[] {
  const taken = new Map(mergeNeeded(b).map((needed) => [nameOf(needed), needed.segments]));
  return mergeNeeded(a).flatMap((needed) => {
    const ofAll = taken.get(nameOf({ ...needed, component: everything })) ?? '';
    const left = difference(needed.segments, taken.get(nameOf(needed)) ?? '');
    const segments = difference(left, ofAll);
    return segments === '' ? [] : [{ ...needed, segments }];
  });
}

/** By the keys of their parts, which say where each of them stands. INVALID_INPUT for a key that is no part's. */
export function neededOf(references: readonly Reference[]): Needed[] {
  const indexes = new Map<string, { needed: Needed; found: Set<number> }>();
  for (const { key } of references.flatMap(({ parts }) => parts)) {
    const { index, ...address } = addressOf(key);
    const needed = { ...address, segments: '' };
    const name = nameOf(needed);
    const entry = indexes.get(name) ?? { needed, found: new Set<number>() };
    entry.found.add(index);
    indexes.set(name, entry);
  }
  return inOrder(
    [...indexes.values()].map(({ needed, found }) => ({ ...needed, segments: rangesOf(found) })),
  );
}

/** Whether an object is among what is needed. A key that is no part's (manifest, report) never is. */
export function needsKey(needed: readonly Needed[], key: string): boolean {
  if (needed.length === 0) return false;
  const address = partAddressOf(key);
  if (!address) return false;
  return needed.some(
    (each) =>
      each.backupId === address.backupId &&
      each.attempt === address.attempt &&
      (each.component === everything || each.component === address.component) &&
      inRanges(each.segments, address.index),
  );
}

/** Ids of the backups in it, each once, ascending. */
export function backupsIn(needed: readonly Needed[]): string[] {
  return [...new Set(needed.map(({ backupId }) => backupId))].sort();
}

/**
 * The same or more, small enough for a row: the longest ranges become `*` first, then whole components. INVALID_INPUT
 * beyond `mostNeededBackups`, which whoever plans a run keeps away from.
 */
export function boundNeeded(list: readonly Needed[]): Needed[] {
  const merged = mergeNeeded(list);
  const backups = backupsIn(merged).length;
  if (backups > mostNeededBackups) {
    throw new InvalidInput('needs', [
      { field: 'needs', value: `${backups} backups`, allowed: `at most ${mostNeededBackups}` },
    ]);
  }
  let bytes = bytesOf(merged);
  if (bytes <= mostNeededBytes) return merged;
  const longestFirst = [...merged.keys()].sort(
    (one, other) => (merged[other]?.segments.length ?? 0) - (merged[one]?.segments.length ?? 0),
  );
  for (const at of longestFirst) {
    const needed = merged[at] as Needed;
    merged[at] = { ...needed, segments: everything };
    bytes -= needed.segments.length - everything.length;
    if (bytes <= mostNeededBytes) return merged;
  }
  return mergeNeeded(merged.map((needed) => ({ ...needed, component: everything })));
}

const bytesOf = (needed: readonly Needed[]) => Buffer.byteLength(JSON.stringify(needed));

const nameOf = ({ backupId, attempt, component }: Needed) =>
  `${backupId}/${String(attempt).padStart(3, '0')}/${component}`;

function inOrder(needed: readonly Needed[]): Needed[] {
  return needed
    .filter(({ segments }) => segments !== '')
    .map(({ backupId, attempt, component, segments }) => ({ backupId, attempt, component, segments }))
    .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

/** Which segment an object is a part of; undefined for what is no part of a segment. */
export function partAddressOf(
  key: string,
):
  | { readonly planId: string; backupId: string; attempt: number; component: string; index: number }
  | undefined {
  if (!/\/a\d{2,3}\//.test(key)) return undefined;
  try {
    const { planId, backupId, attempt, component, segment } = contextOfKey(key);
    return attempt === 0
      ? undefined
      : { planId, backupId, attempt, component, index: Number.parseInt(segment, 10) };
  } catch (thrown) {
    if (thrown instanceof HoldfastError) return undefined;
    throw thrown;
  }
}

function addressOf(key: string) {
  const address = partAddressOf(key);
  if (!address) {
    throw new InvalidInput('reference', [
      { field: 'key', value: JSON.stringify(key.slice(0, 98)), allowed: 'a key of a part of a segment' },
    ]);
  }
  const { backupId, attempt, component, index } = address;
  return { backupId, attempt, component, index };
}

/** The ranges of both. */
export function mergeRanges(one: string, other: string): string {
  if (one === everything || other === everything) return everything;
  return textOf([...parsed(one), ...parsed(other)]);
}

function difference(from: string, taken: string): string {
  if (taken === everything) return '';
  if (from === everything) return everything;
  let left: Range[] = [...parsed(from)];
  for (const [low, high] of parsed(taken)) {
    left = left.flatMap(([a, b]): Range[] => [
      ...(a < low ? [[a, Math.min(b, low - 1)] as const] : []),
      ...(b > high ? [[Math.max(a, high + 1), b] as const] : []),
    ]);
  }
  return textOf(left);
}

/** Ranges in any order, overlapping or side by side, as the shortest text. */
function textOf(ranges: readonly Range[]): string {
  const joined: [number, number][] = [];
  for (const [from, to] of [...ranges].sort(([one], [other]) => one - other)) {
    const last = joined.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

const wellFormed = /^\d{1,10}(?:-\d{1,10})?(?:,\d{1,10}(?:-\d{1,10})?)*$/;

/** Called for each need of a million rows: no more is allocated than the ranges. */
function parsed(ranges: string): readonly Range[] {
  if (ranges === '') return [];
  if (!wellFormed.test(ranges)) throw badRanges(ranges);
  const found: Range[] = [];
  let from = 0;
  let number = 0;
  let isTo = false;
  for (let at = 0; at <= ranges.length; at += 1) {
    const code = at === ranges.length ? 44 : ranges.charCodeAt(at);
    if (code >= 48) number = number * 10 + code - 48;
    else if (code === 45) {
      from = number;
      number = 0;
      isTo = true;
    } else {
      if (isTo && from > number) throw badRanges(ranges);
      found.push([isTo ? from : number, number]);
      number = 0;
      isTo = false;
    }
  }
  return found;
}

function badRanges(ranges: string): InvalidInput {
  return new InvalidInput('needs', [
    { field: 'segments', value: JSON.stringify(ranges.slice(0, 98)), allowed: 'ranges like 0-7,9 or *' },
  ]);
}
