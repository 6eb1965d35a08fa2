/**
 * A plan while it is edited: the whole of it, of which a form shows some fields. Promises: what the form does not know
 * stays as it was; nothing is changed in place; two people's changes come together field by field. Pure.
 */

export type Value = unknown;
export type Fields = Readonly<Record<string, Value>>;

export const isFields = (value: Value): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `sources.0.secret`. */
export function at(value: Value, path: string): Value {
  let found = value;
  for (const name of path.split('.')) {
    if (Array.isArray(found)) found = found[Number(name)];
    else if (isFields(found)) found = found[name];
    else return undefined;
  }
  return found;
}

/** Undefined takes the field out, and what has nothing left in it because of that. */
export function withAt(value: Value, path: string, next: Value): Value {
  const [name = '', ...rest] = path.split('.');
  const before = at(value, name);
  const after = rest.length === 0 ? next : withAt(before ?? {}, rest.join('.'), next);
  if (Array.isArray(value)) {
    const index = Number(name);
    return after === undefined ? value.filter((_, each) => each !== index) : value.with(index, after);
  }
  const fields = isFields(value) ? value : {};
  const isEmptied =
    rest.length > 0 && next === undefined && isFields(after) && Object.keys(after).length === 0;
  if (after !== undefined && !isEmptied) return { ...fields, [name]: after };
  const { [name]: _, ...others } = fields;
  return others;
}

export interface Change {
  /** `sources.main.secret`: things in lists go by their names. */
  readonly field: string;
  /** Undefined: there was none. */
  readonly before: Value;
  readonly after: Value;
}

/** Fields that differ. A list is one field, unless what is in it has names. */
export function changesOf(before: Value, after: Value, path = ''): readonly Change[] {
  if (isSame(before, after)) return [];
  const one = partsOf(before);
  const other = partsOf(after);
  if (!one || !other) return [{ field: path, before, after }];
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((name) =>
    changesOf(one.get(name), other.get(name), path === '' ? name : `${path}.${name}`),
  );
}

/** What can be looked into: an object by its fields, a list whose things all have names of their own by these. */
function partsOf(value: Value): ReadonlyMap<string, Value> | undefined {
  if (isFields(value)) return new Map(Object.entries(value));
  return namedOf(value);
}

function namedOf(value: Value): ReadonlyMap<string, Value> | undefined {
  if (!Array.isArray(value)) return undefined;
  const named = new Map<string, Value>();
  for (const each of value) {
    const name = isFields(each) ? each.name : undefined;
    if (typeof name !== 'string' || named.has(name)) return undefined;
    named.set(name, each);
  }
  return named;
}

/** Whatever the order of fields; that of lists counts. */
export function isSame(one: Value, other: Value): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((each, index) => isSame(each, other[index]));
  if (!isFields(one) || !isFields(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => isSame(one[name], other[name]));
}

/** My changes since `base` on top of `theirs`. Where both changed one field, mine stands. */
export function merged(base: Value, mine: Value, theirs: Value): Value {
  if (isSame(base, mine)) return theirs;
  if (isSame(base, theirs)) return mine;
  if (isFields(mine) && isFields(theirs)) {
    const before = isFields(base) ? base : {};
    const names = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])];
    const found = names.map((name) => [name, merged(before[name], mine[name], theirs[name])] as const);
    return Object.fromEntries(found.filter(([, value]) => value !== undefined));
  }
  return mergedLists(base, mine, theirs) ?? mine;
}

/** In my order, with what they added behind. */
function mergedLists(base: Value, mine: Value, theirs: Value): Value {
  const own = namedOf(mine);
  const other = namedOf(theirs);
  const before = namedOf(base);
  if (!own || !other || !before) return undefined;
  const names = [...new Set([...own.keys(), ...other.keys()])];
  return names
    .map((name) => merged(before.get(name), own.get(name), other.get(name)))
    .filter((value) => value !== undefined);
}

/** Whether a form can show it: what it would show has the form that a plan has. */
export function fitsForm(draft: Value): draft is Fields {
  if (!isFields(draft) || !Array.isArray(draft.sources)) return false;
  const objects = ['schedule', 'retention', 'verification', 'notifications', 'targets'];
  const lists = [draft.vaults, at(draft, 'notifications.channels')];
  return (
    draft.sources.every(isFields) &&
    objects.every((name) => draft[name] === undefined || isFields(draft[name])) &&
    lists.every((list) => list === undefined || (Array.isArray(list) && list.every(isFields)))
  );
}
