/**
 * Turns what was left out of a drill into lines for the report, and into excuses for objects that the comparison
 * will then not find. Pure.
 */
import type { NotProven } from '../comparison.ts';
import type { Explained } from './restore-explain.ts';
import { describe, type LeftOut } from './restore-select.ts';
import { decoded, type TocEntry } from './restore-toc.ts';

export interface Excuses {
  readonly lines: readonly NotProven[];
  /** Why a table or sequence is not there, by `schema.name`. */
  readonly relations: ReadonlyMap<string, string>;
  /** Why an object of the inventory is not there, or undefined when it should be. */
  excuse(kind: string, identity: string): string | undefined;
}

/** The comment of an extension comes with it: leaving it out of the archive is not worth a line. */
export function isSilent(left: LeftOut): boolean {
  return left.what.startsWith('COMMENT EXTENSION ');
}

export function excuses(
  leftOut: readonly LeftOut[],
  explained: readonly Explained[],
  entries: readonly TocEntry[],
): Excuses {
  const byId = new Map(entries.map((entry) => [entry.dumpId, entry]));
  const missing = [
    ...leftOut.flatMap((left) => {
      const entry = left.what.startsWith('data of ') ? undefined : byId.get(left.dumpId);
      return entry ? [{ entry, why: left.why }] : [];
    }),
    ...explained,
  ];
  const relations = new Map<string, string>();
  const names: { name: string; schema: string; why: string }[] = [];
  for (const { entry, why } of missing) {
    const [schema, name] = [decoded(entry.namespace), decoded(entry.tag)];
    if (/TABLE|SEQUENCE|VIEW/.test(entry.desc)) relations.set(`${schema}.${name}`, why);
    names.push({ schema, name: bareName(entry, byId), why });
  }
  return {
    lines: [
      ...leftOut.filter((left) => !isSilent(left)),
      ...explained.map(({ entry, why }) => ({ what: describe(entry), why })),
    ],
    relations,
    excuse: (_kind, identity) => names.find(({ name }) => mentions(identity, name))?.why,
  };
}

/** Tags of these are the table's name, a space, and their own. */
const ofTable = new Set([
  'POLICY',
  'TRIGGER',
  'RULE',
  'CONSTRAINT',
  'FK CONSTRAINT',
  'CHECK CONSTRAINT',
  'DEFAULT',
]);

/** `f(integer, text)` is f; `orders orders_pkey` is orders_pkey. */
function bareName(entry: TocEntry, byId: ReadonlyMap<number, TocEntry>): string {
  const tag = decoded(entry.tag);
  if (!ofTable.has(entry.desc)) return /^([^(]+)\(/.exec(tag)?.[1] ?? tag;
  const tables = entry.dependencies.map((id) => decoded(byId.get(Number(id))?.tag));
  const table = tables.find((name) => name !== '' && tag.startsWith(`${name} `));
  return table === undefined ? (tag.split(' ').at(-1) ?? tag) : tag.slice(table.length + 1);
}

/** The name stands in the identity as a whole word, quoted or not. */
function mentions(identity: string, name: string): boolean {
  if (identity === name) return true;
  const at = identity.indexOf(name);
  if (at < 0 || name === '') return false;
  const around = [identity[at - 1] ?? '.', identity[at + name.length] ?? '.'];
  return around.every((character) => !/[\w$]/.test(character));
}
