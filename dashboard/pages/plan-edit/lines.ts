/** Lists as lines of text and back; sizes as people write them. Pure. */
import { isFields, type Value } from './draft.ts';

export type ListForm = 'names' | 'tables' | 'collections';

/** Undefined: what is in it cannot be written as lines (a schema with a dot in its name), and is left alone. */
export function linesOf(form: ListForm, value: Value): string | undefined {
  if (value === undefined) return '';
  if (!Array.isArray(value)) return undefined;
  const lines = value.map((each) => lineOf(form, each));
  if (lines.some((line) => line === undefined)) return undefined;
  const text = lines.join('\n');
  // Read again it must be the same.
  return JSON.stringify(listOf(form, text)) === JSON.stringify(value) ? text : undefined;
}

function lineOf(form: ListForm, value: Value): string | undefined {
  if (form === 'names') return typeof value === 'string' ? value : undefined;
  if (!isFields(value)) return undefined;
  const { schema, table, database, collection } = value;
  if (form === 'tables') {
    return typeof schema === 'string' && typeof table === 'string' && !schema.includes('.')
      ? `${schema}.${table}`
      : undefined;
  }
  if (typeof collection !== 'string') return undefined;
  return typeof database === 'string' ? `${database}/${collection}` : collection;
}

export function listOf(form: ListForm, text: string): readonly Value[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      if (form === 'names') return line;
      // The API says what is wrong with a line that lacks one of the two.
      const [one, other] = cut(line, form === 'tables' ? '.' : '/');
      if (form === 'tables') return { schema: one, table: other ?? '' };
      return other === undefined ? { collection: one } : { database: one, collection: other };
    });
}

function cut(line: string, by: string): readonly [string, string | undefined] {
  const place = line.indexOf(by);
  return place < 0 ? [line, undefined] : [line.slice(0, place), line.slice(place + 1)];
}

export const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
export type ByteUnit = (typeof byteUnits)[number];

export const unitBytes = (unit: ByteUnit): number => 1024 ** byteUnits.indexOf(unit);

/** The largest unit that it is a whole number of. */
export function unitFor(bytes: number | undefined): ByteUnit {
  if (bytes === undefined || bytes <= 0 || !Number.isInteger(bytes)) return 'GiB';
  return byteUnits.findLast((unit) => bytes % unitBytes(unit) === 0) ?? 'B';
}
