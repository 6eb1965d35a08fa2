/**
 * Conditions and updates as values with names, so that the adapters read as rules and not as expression syntax.
 * Every attribute goes through a placeholder: DynamoDB reserves some 570 words, `status` and `plan` among them.
 */

/** Collects names and values while an expression is written. */
class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, unknown> = {};

  name(attribute: string): string {
    // A placeholder has letters, digits and _ only; attributes that carry a name may have a dash.
    const placeholder = `#${attribute.replaceAll('-', '_')}`;
    this.names[placeholder] = attribute;
    return placeholder;
  }

  value(value: unknown): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }
}

export type Condition = (at: Placeholders) => string;

export const exists =
  (attribute: string): Condition =>
  (at) =>
    `attribute_exists(${at.name(attribute)})`;

export const absent =
  (attribute: string): Condition =>
  (at) =>
    `attribute_not_exists(${at.name(attribute)})`;

export const equals =
  (attribute: string, value: unknown): Condition =>
  (at) =>
    `${at.name(attribute)} = ${at.value(value)}`;

export const differs =
  (attribute: string, value: unknown): Condition =>
  (at) =>
    `${at.name(attribute)} <> ${at.value(value)}`;

export const atMost =
  (attribute: string, value: string | number): Condition =>
  (at) =>
    `${at.name(attribute)} <= ${at.value(value)}`;

export const moreThan =
  (attribute: string, value: string | number): Condition =>
  (at) =>
    `${at.name(attribute)} > ${at.value(value)}`;

/** An entry of a map that is there. */
export const existsIn =
  (map: string, entry: string): Condition =>
  (at) =>
    `attribute_exists(${at.name(map)}.${at.name(entry)})`;

/** A map that has fewer entries. */
export const hasFewerThan =
  (map: string, entries: number): Condition =>
  (at) =>
    `size(${at.name(map)}) < ${at.value(entries)}`;

/** Both included. */
export const between =
  (attribute: string, from: string, to: string): Condition =>
  (at) =>
    `${at.name(attribute)} BETWEEN ${at.value(from)} AND ${at.value(to)}`;

export const startsWith =
  (attribute: string, prefix: string): Condition =>
  (at) =>
    `begins_with(${at.name(attribute)}, ${at.value(prefix)})`;

export const all =
  (...conditions: Condition[]): Condition =>
  (at) =>
    conditions.map((condition) => `(${condition(at)})`).join(' AND ');

export const any =
  (...conditions: Condition[]): Condition =>
  (at) =>
    conditions.map((condition) => `(${condition(at)})`).join(' OR ');

export interface Change {
  /** An undefined value removes the attribute. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Entries of maps that are there already: of what others write at the same time nothing is lost. */
  readonly setIn?: { readonly map: string; readonly entry: string; readonly value: unknown };
  /** Set where there is none yet; undefined values are passed over. */
  readonly setOnce?: Readonly<Record<string, unknown>>;
  /** Attribute → the attribute whose value it takes. */
  readonly copy?: Readonly<Record<string, string>>;
  /** One more than before; 1 where there is none yet. */
  readonly increment?: string;
  readonly remove?: readonly string[];
}

export interface Expression {
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** Without a condition it replaces whatever is there. */
export function writeUpdate(
  change: Change,
  condition?: Condition,
): Expression & { UpdateExpression: string; ConditionExpression?: string } {
  const at = new Placeholders();
  const sets: string[] = [];
  const removes = (change.remove ?? []).map((attribute) => at.name(attribute));
  for (const [attribute, value] of Object.entries(change.set ?? {})) {
    if (value === undefined) removes.push(at.name(attribute));
    else sets.push(`${at.name(attribute)} = ${at.value(value)}`);
  }
  if (change.setIn) {
    const { map, entry, value } = change.setIn;
    sets.push(`${at.name(map)}.${at.name(entry)} = ${at.value(value)}`);
  }
  for (const [attribute, value] of Object.entries(change.setOnce ?? {})) {
    if (value === undefined) continue;
    const name = at.name(attribute);
    sets.push(`${name} = if_not_exists(${name}, ${at.value(value)})`);
  }
  for (const [attribute, from] of Object.entries(change.copy ?? {})) {
    sets.push(`${at.name(attribute)} = ${at.name(from)}`);
  }
  if (change.increment) {
    const name = at.name(change.increment);
    sets.push(`${name} = if_not_exists(${name}, ${at.value(0)}) + ${at.value(1)}`);
  }
  const clauses = [
    sets.length > 0 && `SET ${sets.join(', ')}`,
    removes.length > 0 && `REMOVE ${removes.join(', ')}`,
  ];
  return {
    UpdateExpression: clauses.filter(Boolean).join(' '),
    ...(condition && { ConditionExpression: condition(at) }),
    ...collected(at),
  };
}

export function writeCondition(condition: Condition): Expression & { ConditionExpression: string } {
  const at = new Placeholders();
  return { ConditionExpression: condition(at), ...collected(at) };
}

export function writeQuery(
  key: Condition,
  filter?: Condition,
  columns?: readonly string[],
): Expression & {
  KeyConditionExpression: string;
  FilterExpression?: string;
  ProjectionExpression?: string;
} {
  const at = new Placeholders();
  const KeyConditionExpression = key(at);
  const FilterExpression = filter?.(at);
  const ProjectionExpression = columns?.map((column) => at.name(column)).join(', ');
  return {
    KeyConditionExpression,
    ...(FilterExpression && { FilterExpression }),
    ...(ProjectionExpression && { ProjectionExpression }),
    ...collected(at),
  };
}

/** DynamoDB refuses an empty map of values. */
function collected(at: Placeholders): Expression {
  return {
    ExpressionAttributeNames: at.names,
    ...(Object.keys(at.values).length > 0 && { ExpressionAttributeValues: at.values }),
  };
}
