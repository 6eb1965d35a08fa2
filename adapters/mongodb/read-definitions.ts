/**
 * Definitions of indexes and options of collections in a form that can be compared: the same definition gives the same
 * text, whichever server or tool wrote it. Pure.
 */

/** Differ between servers although the definition is the same: versions of formats, and a flag that 4.2 dropped. */
const volatileOfIndex: ReadonlySet<string> = new Set([
  ...['v', 'ns', 'background', 'textIndexVersion', '2dsphereIndexVersion'],
]);
/** The collection's own number, and a flag that servers no longer take. */
const volatileOfOptions: ReadonlySet<string> = new Set(['uuid', 'autoIndexId', 'flags']);

/** @param index as listIndexes says, as extended JSON */
export function indexText(index: Readonly<Record<string, unknown>>): string {
  const { key, ...rest } = index;
  // The order of the fields is the index; all else is a set.
  const fields = Object.entries((key ?? {}) as object).map(([name, value]) => [name, plain(value)]);
  return JSON.stringify([
    fields,
    ...sorted(rest, volatileOfIndex).map(([name, value]) => [name, flag(value)]),
  ]);
}

export function optionsText(options: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(sorted(options, volatileOfOptions));
}

export function indexName(index: Readonly<Record<string, unknown>>): string {
  return String(index.name);
}

function sorted(value: object, without: ReadonlySet<string> = new Set()): [string, unknown][] {
  return Object.entries(value)
    .filter(([name]) => !without.has(name))
    .map(([name, inner]): [string, unknown] => [name, plain(inner)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Numbers without their type, documents with their fields in order. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const [only, ...more] = Object.entries(value);
  if (only && more.length === 0 && /^\$number(Int|Long|Double)$/.test(only[0])) return Number(only[1]);
  return sorted(value);
}

/** Old servers kept `unique: 1`. */
function flag(value: unknown): unknown {
  return value === 1 ? true : value;
}
