/**
 * What was restored against what the manifest says: rows, checksums, sequences, large objects, objects by kind and
 * name. Pure. Promises: what is not compared is in `notProven` with its reason; a difference is one line that names
 * the object and both values.
 */
import type { ComparisonBuilder } from '../comparison.ts';
import type { PostgresEvidence, TableEvidence } from './model.ts';

export function tableName(table: { readonly schema: string; readonly name: string }): string {
  return `${table.schema}.${table.name}`;
}

/** `skipped`: why a table is not there, by `schema.name`. */
export function compareTables(
  result: ComparisonBuilder,
  expected: readonly TableEvidence[],
  actual: readonly TableEvidence[],
  skipped: ReadonlyMap<string, string>,
): void {
  const found = new Map(actual.map((table) => [tableName(table), table]));
  for (const table of expected) {
    const name = tableName(table);
    const why = skipped.get(name);
    if (why !== undefined) {
      result.notProven(`table ${name}`, why);
      result.item({ name, type: 'table', source: shownOf(table), same: true });
      continue;
    }
    const here = found.get(name);
    const same = compareTable(result, name, table, here);
    result.item({
      ...{ name, type: 'table', source: shownOf(table) },
      ...(here && { restored: shownOf(here) }),
      same,
    });
  }
}

function shownOf({ rows, checksum }: TableEvidence): Pick<TableEvidence, 'rows' | 'checksum'> {
  return { rows, ...(checksum !== undefined && { checksum }) };
}

/** False when a difference was found. */
function compareTable(
  result: ComparisonBuilder,
  name: string,
  expected: TableEvidence,
  actual: TableEvidence | undefined,
): boolean {
  if (actual === undefined) {
    result.difference(`table ${name} is missing`);
    return false;
  }
  result.count('tables');
  result.count('rows', actual.rows);
  if (actual.rows !== expected.rows) {
    result.difference(`table ${name} has ${actual.rows} rows, the evidence says ${expected.rows}`);
    return false;
  }
  if (expected.checksum === undefined) {
    if (expected.noChecksum)
      result.notProven(`content of table ${name}`, `only its rows were counted: ${expected.noChecksum}`);
    return true;
  }
  if (actual.checksum === undefined) {
    result.notProven(
      `content of table ${name}`,
      `no checksum could be taken: ${actual.noChecksum ?? 'unknown'}`,
    );
    return true;
  }
  result.count('checksums');
  if (actual.checksum === expected.checksum) return true;
  result.difference(
    `table ${name} has other content: checksum ${actual.checksum}, the evidence says ${expected.checksum}`,
  );
  return false;
}

export interface SequenceState {
  readonly schema: string;
  readonly name: string;
  readonly lastValue: string;
  readonly isCalled: boolean;
  /** Negative for those that count down. */
  readonly increment: string;
  readonly cycles: boolean;
  /** The furthest value in the column that owns it, when there is one and it has rows. */
  readonly columnReaches?: string;
}

/**
 * Sequences do not obey snapshots: the dump may have read a later value than the evidence. So a restored one must
 * have come at least as far; that is what keeps keys from being given out twice.
 */
export function compareSequences(
  result: ComparisonBuilder,
  expected: PostgresEvidence['sequences'],
  actual: readonly SequenceState[],
  skipped: ReadonlyMap<string, string>,
): void {
  const found = new Map(actual.map((sequence) => [tableName(sequence), sequence]));
  for (const sequence of expected) {
    const name = tableName(sequence);
    const why = skipped.get(name);
    if (why !== undefined) {
      result.notProven(`sequence ${name}`, why);
      continue;
    }
    const here = found.get(name);
    if (here === undefined) {
      result.difference(`sequence ${name} is missing`);
      continue;
    }
    result.count('sequences');
    compareSequence(result, name, sequence, here);
  }
}

function compareSequence(
  result: ComparisonBuilder,
  name: string,
  expected: PostgresEvidence['sequences'][number],
  actual: SequenceState,
): void {
  if (actual.cycles) {
    result.notProven(`value of sequence ${name}`, 'it starts over, so later is not larger');
    return;
  }
  const direction = actual.increment.startsWith('-') ? -1n : 1n;
  // A value that was set but not yet given out counts for half a step less.
  const reached = (value: string, isCalled: boolean) => direction * BigInt(value) * 2n + (isCalled ? 1n : 0n);
  const here = reached(actual.lastValue, actual.isCalled);
  const there = reached(expected.lastValue, expected.isCalled);
  if (here < there) {
    result.difference(
      `sequence ${name} stands at ${actual.lastValue}, the evidence says ${expected.lastValue}`,
    );
    return;
  }
  if (actual.columnReaches === undefined) return;
  const column = reached(actual.columnReaches, true);
  if (here >= column) return;
  if (there < column)
    result.notProven(`sequence ${name} is ahead of its column`, 'it was behind it at the source already');
  else
    result.difference(
      `sequence ${name} stands at ${actual.lastValue}, its column has reached ${actual.columnReaches}`,
    );
}

export function compareLargeObjects(
  result: ComparisonBuilder,
  expected: PostgresEvidence['largeObjects'],
  actual: PostgresEvidence['largeObjects'],
): void {
  result.count('largeObjects', actual.count);
  if (actual.count !== expected.count) {
    result.difference(`there are ${actual.count} large objects, the evidence says ${expected.count}`);
    return;
  }
  if (expected.checksum !== undefined && actual.checksum !== expected.checksum) {
    result.difference('the large objects have other content than the evidence says');
  }
  if (expected.hashed < expected.count) {
    result.notProven(
      `content of ${expected.count - expected.hashed} large objects`,
      `only the first ${expected.hashed} were hashed at the source`,
    );
  }
}

/** `excuse` says why an object may be missing, by kind and identity. Objects that the source had not are differences too. */
export function compareInventory(
  result: ComparisonBuilder,
  expected: Readonly<Record<string, readonly string[]>>,
  actual: Readonly<Record<string, readonly string[]>>,
  excuse: (kind: string, identity: string) => string | undefined,
): void {
  for (const kind of [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort()) {
    const there = new Set(expected[kind] ?? []);
    const here = new Set(actual[kind] ?? []);
    for (const identity of there) {
      if (here.has(identity)) result.count(`inventory ${kind}`);
      else {
        const why = excuse(kind, identity);
        if (why === undefined) result.difference(`${kind} ${identity} is missing`);
        else result.notProven(`${kind} ${identity}`, why);
      }
    }
    for (const identity of here) {
      if (!there.has(identity)) result.difference(`${kind} ${identity} is there, and the source had none`);
    }
  }
}
