/**
 * Restoring some schemas or tables (`only`): which entries belong to them. Pure. Chosen are the objects themselves,
 * what hangs on them (defaults, indexes, triggers, grants…), and the definitions they need; rows only of what was
 * asked for. A foreign key to a table that does not come along is left out, and said.
 *
 * An archive of one section lists no dependencies on other sections: what an index, a trigger or a policy hangs on and
 * needs is read from its name and its statement, in which pg_dump qualifies every name.
 */
import type { PostgresRestoreOptions } from './restore-options.ts';
import { decoded, type TocEntry } from './restore-toc.ts';

export type Only = NonNullable<PostgresRestoreOptions['only']>;

/** They hang on a chosen object, and what else they need is pulled in. */
const attached = new Set([
  ...[
    'DEFAULT',
    'INDEX',
    'CONSTRAINT',
    'CHECK CONSTRAINT',
    'TRIGGER',
    'RULE',
    'POLICY',
    'ROW SECURITY',
    'STATISTICS',
  ],
  ...[
    'SEQUENCE OWNED BY',
    'SEQUENCE',
    'COMMENT',
    'ACL',
    'SECURITY LABEL',
    'MATERIALIZED VIEW DATA',
    'DEFAULT ACL',
  ],
]);
/** They join two objects: both must be chosen. */
const joining = new Set(['FK CONSTRAINT', 'TABLE ATTACH', 'INDEX ATTACH', 'PUBLICATION TABLE']);

export interface OnlySelection {
  readonly dumpIds: ReadonlySet<number>;
  /** Tables and sequences whose rows and values were asked for, as `schema.name`. */
  readonly data: ReadonlySet<string>;
  /** Why something is left out that hangs on what was asked for, by dump id. */
  readonly lacking: ReadonlyMap<number, string>;
}

/** True when the request names this object. */
function isAsked(entry: TocEntry, only: Only): boolean {
  const [schema, name] = [decoded(entry.namespace), decoded(entry.tag)];
  if (entry.desc === 'SCHEMA') return only.schemas.includes(name);
  if (only.schemas.includes(schema)) return true;
  return (
    ['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'FOREIGN TABLE', 'SEQUENCE'].includes(entry.desc) &&
    only.tables.some((table) => table.schema === schema && table.table === name)
  );
}

export function selectOnly(entries: readonly TocEntry[], only: Only): OnlySelection {
  const byId = new Map(entries.map((entry) => [entry.dumpId, entry]));
  const schemas = new Map(
    entries.filter((entry) => entry.desc === 'SCHEMA').map((entry) => [entry.tag, entry]),
  );
  const chosen = new Set<number>();
  const choose = (entry: TocEntry): void => {
    if (chosen.has(entry.dumpId)) return;
    chosen.add(entry.dumpId);
    const schema = schemas.get(entry.namespace ?? '');
    if (schema) choose(schema);
    for (const id of entry.dependencies) {
      const needed = byId.get(Number(id));
      if (needed && !joining.has(needed.desc)) choose(needed);
    }
  };
  const names = new Names(entries);
  const lacking = new Map<number, string>();
  const asked = entries.filter((entry) => isAsked(entry, only) && !joining.has(entry.desc));
  for (const entry of asked) choose(entry);
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size;
    for (const entry of entries) {
      if (chosen.has(entry.dumpId) || lacking.has(entry.dumpId) || !attached.has(entry.desc)) continue;
      const table = names.tableOf(entry);
      if (table !== undefined ? !chosen.has(table.dumpId) : !hangsOn(entry, chosen, byId)) continue;
      const needs = table === undefined ? { entries: [] } : names.neededBy(entry);
      if ('unknown' in needs) lacking.set(entry.dumpId, `it needs ${needs.unknown}, which was not asked for`);
      else for (const each of [...needs.entries, entry]) choose(each);
    }
  }
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size;
    for (const entry of entries) {
      const known = entry.dependencies.map(Number).filter((id) => byId.has(id));
      const table = entry.desc === 'FK CONSTRAINT' ? names.tableOf(entry) : undefined;
      if (table !== undefined && !chosen.has(table.dumpId)) continue;
      if (joining.has(entry.desc) && known.length > 0 && known.every((id) => chosen.has(id)))
        chosen.add(entry.dumpId);
    }
  }
  const data = new Set(
    [...asked, ...entries.filter((entry) => entry.desc === 'SEQUENCE' && chosen.has(entry.dumpId))].map(
      (entry) => `${decoded(entry.namespace)}.${decoded(entry.tag)}`,
    ),
  );
  return { dumpIds: chosen, data, lacking };
}

const relations = new Set(['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'FOREIGN TABLE']);
/** Their tags are `table name`, or the table alone. */
const taggedByTable = new Set([
  ...['CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT', 'TRIGGER', 'RULE', 'POLICY', 'ROW SECURITY'],
]);
const identifier = `(?:"(?:[^"]|"")*"|[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*)`;
const qualified = new RegExp(`(${identifier})\\.(${identifier})`, 'g');
const indexed = new RegExp(` ON (?:ONLY )?(${identifier})\\.(${identifier}) USING `);
const measured = new RegExp(` FROM (${identifier})\\.(${identifier});`);

function unquoted(name = ''): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** What entries of other sections are called. */
class Names {
  /** Definitions by `schema.name`, functions without their arguments. */
  readonly #byName = new Map<string, TocEntry[]>();
  readonly #schemas = new Set(['public']);

  constructor(entries: readonly TocEntry[]) {
    for (const entry of entries) {
      if (entry.desc === 'SCHEMA') this.#schemas.add(decoded(entry.tag));
      if (['COMMENT', 'ACL', 'DEFAULT ACL', 'SECURITY LABEL'].includes(entry.desc)) continue;
      const key = `${decoded(entry.namespace)}.${decoded(entry.tag).replace(/\(.*$/s, '')}`;
      this.#byName.set(key, [...(this.#byName.get(key) ?? []), entry]);
    }
  }

  /** The table that it is a part of; undefined for kinds whose dependencies say it. */
  tableOf(entry: TocEntry): TocEntry | undefined {
    if (taggedByTable.has(entry.desc)) {
      const tag = decoded(entry.tag);
      // The longest name that fits: a name may hold spaces.
      for (let end = tag.length; end > 0; end = tag.lastIndexOf(' ', end - 1)) {
        const found = this.#relation(decoded(entry.namespace), tag.slice(0, end));
        if (found !== undefined) return found;
      }
      return undefined;
    }
    const form = entry.desc === 'INDEX' ? indexed : entry.desc === 'STATISTICS' ? measured : undefined;
    const match = form?.exec(decoded(entry.defn));
    return match ? this.#relation(unquoted(match[1]), unquoted(match[2])) : undefined;
  }

  #relation(schema: string, name: string): TocEntry | undefined {
    return this.#byName.get(`${schema}.${name}`)?.find((entry) => relations.has(entry.desc));
  }

  /** What the statement names, or the name of something that no entry defines: an extension's, mostly. */
  neededBy(entry: TocEntry): { readonly entries: readonly TocEntry[] } | { readonly unknown: string } {
    const needed: TocEntry[] = [];
    for (const [, schema, name] of decoded(entry.defn).matchAll(qualified)) {
      if (!this.#schemas.has(unquoted(schema))) continue;
      const found = this.#byName.get(`${unquoted(schema)}.${unquoted(name)}`);
      if (found === undefined) return { unknown: `${schema}.${name}` };
      needed.push(...found.filter((each) => !attached.has(each.desc) || each.desc === 'SEQUENCE'));
    }
    return { entries: needed };
  }
}

/** The first thing that an attached entry depends on is what it hangs on; schemas and extensions hold everything. */
function hangsOn(entry: TocEntry, chosen: ReadonlySet<number>, byId: ReadonlyMap<number, TocEntry>): boolean {
  return entry.dependencies.some((id) => {
    const on = byId.get(Number(id));
    if (on === undefined || !chosen.has(on.dumpId)) return false;
    if (entry.desc === 'SEQUENCE') return on.desc === 'TABLE' && ownsByName(entry, on);
    if (entry.desc === 'DEFAULT ACL') return on.desc === 'SCHEMA';
    if (['COMMENT', 'ACL', 'SECURITY LABEL'].includes(entry.desc)) return true;
    return [
      'TABLE',
      'VIEW',
      'MATERIALIZED VIEW',
      'FOREIGN TABLE',
      'SEQUENCE',
      'CONSTRAINT',
      'INDEX',
    ].includes(on.desc);
  });
}

/** Identity sequences are made with their table's columns and depend on it. */
function ownsByName(sequence: TocEntry, table: TocEntry): boolean {
  return sequence.namespace === table.namespace;
}

/** Tables that were asked for and are in no table of contents. */
export function unknownNames(entries: readonly TocEntry[], only: Only): readonly string[] {
  const names = new Set(entries.map((entry) => `${decoded(entry.namespace)}.${decoded(entry.tag)}`));
  const schemas = new Set(
    entries.flatMap((entry) => (entry.desc === 'SCHEMA' ? [decoded(entry.tag)] : [decoded(entry.namespace)])),
  );
  return [
    ...only.schemas.filter((schema) => !schemas.has(schema)).map((schema) => `schema ${schema}`),
    ...only.tables
      .filter(({ schema, table }) => !names.has(`${schema}.${table}`))
      .map(({ schema, table }) => `table ${schema}.${table}`),
  ];
}
