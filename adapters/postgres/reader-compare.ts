/**
 * `readable`, judged: what the archives hold against the evidence. Pure. Promises: a table of the evidence whose rows
 * are in no segment, in two, or are another number is a difference; so is a segment that was not read.
 */
import type { Component, Segment } from '../../core/manifest.ts';
import type { ComparedItem, Comparison } from '../../core/ports/recovery.ts';
import { ComparisonBuilder } from '../comparison.ts';
import { tableName } from './compare.ts';
import {
  type PostgresEvidence,
  postgresEvidenceSchema,
  postgresFactsSchema,
  type TableEvidence,
} from './model.ts';
import type { Reading } from './reader.ts';

export function compareReading(
  component: Component,
  readings: ReadonlyMap<Segment, Record<string, unknown>>,
): Comparison {
  const evidence = postgresEvidenceSchema.parse(component.evidence);
  const facts = postgresFactsSchema.parse(component.facts);
  const result = new ComparisonBuilder();
  const read: Reading[] = [];
  for (const segment of component.segments) {
    const reading = readings.get(segment);
    if (reading === undefined) {
      result.difference(`segment ${segment.name} was not read`);
      continue;
    }
    result.count('segments');
    if (segment.encoding === 'pg-custom') read.push(reading as unknown as Reading);
  }
  result.fact(
    'plainBytes',
    read.reduce((sum, reading) => sum + reading.plainBytes, 0),
  );
  const rows = rowsByTable(result, read);
  if (evidence.level === 'none') {
    result.count('tablesNotCounted', rows.size);
    result.notProven('number of rows', 'the plan takes no evidence');
    for (const [name, found] of rows)
      result.item({ name, type: 'table', backup: { rows: found }, same: true });
  } else compareRows(result, evidence, rows);
  const largeObjects = read.reduce((sum, reading) => sum + reading.largeObjects, 0);
  result.count('largeObjects', largeObjects);
  if (largeObjects !== evidence.largeObjects.count) {
    result.difference(
      `the archives hold ${largeObjects} large objects, the evidence says ${evidence.largeObjects.count}`,
    );
  }
  for (const { what, why } of facts.notCovered) result.notProven(what, `not in the backup: ${why}`);
  result.notProven('content of rows', 'read, not restored: only their number was compared');
  return result.build();
}

function rowsByTable(result: ComparisonBuilder, read: readonly Reading[]): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  for (const table of read.flatMap((reading) => reading.tables)) {
    const name = tableName(table);
    if (rows.has(name)) result.difference(`the rows of table ${name} are in two segments`);
    rows.set(name, (rows.get(name) ?? 0) + table.rows);
  }
  return rows;
}

function compareRows(
  result: ComparisonBuilder,
  evidence: PostgresEvidence,
  rows: ReadonlyMap<string, number>,
): void {
  const left = new Map(rows);
  for (const table of evidence.tables) {
    if (table.at === 'root') continue;
    const name = tableName(table);
    const found = left.get(name);
    left.delete(name);
    result.item({
      ...{ name, type: 'table', source: sourceOf(table) },
      ...(found !== undefined && { backup: { rows: found } }),
      same: found === table.rows,
    });
    if (found === undefined) {
      result.difference(`the rows of table ${name} are in no segment`);
      continue;
    }
    result.count('tables');
    result.count('rows', found);
    if (found !== table.rows)
      result.difference(`the archives hold ${found} rows of table ${name}, the evidence says ${table.rows}`);
  }
  compareRoots(result, evidence, left);
}

function sourceOf({ rows, checksum }: TableEvidence): NonNullable<ComparedItem['source']> {
  return { rows, ...(checksum !== undefined && { checksum }) };
}

/** Evidence at a root is about its partitions together; which these are, the archives do not say. */
function compareRoots(
  result: ComparisonBuilder,
  evidence: PostgresEvidence,
  left: ReadonlyMap<string, number>,
): void {
  const roots = evidence.tables.filter((table) => table.at === 'root');
  const expected = roots.reduce((sum, table) => sum + table.rows, 0);
  const found = [...left.values()].reduce((sum, rows) => sum + rows, 0);
  if (roots.length === 0) {
    for (const [name, rows] of left) {
      result.item({ name, type: 'table', backup: { rows }, same: false });
      result.difference(`the archives hold table ${name}, of which there is no evidence`);
    }
    return;
  }
  result.count('tables', roots.length);
  result.count('rows', found);
  const same = found === expected;
  for (const root of roots)
    result.item({ name: tableName(root), type: 'table', source: sourceOf(root), same });
  for (const [name, rows] of left) result.item({ name, type: 'partition', backup: { rows }, same });
  if (same) return;
  const names = roots.map(tableName).slice(0, 20).join(', ');
  result.difference(`the archives hold ${found} rows below ${names}, the evidence says ${expected}`);
}
