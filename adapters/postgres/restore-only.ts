/**
 * Restoring some schemas or tables (`only`): which entries belong to them. Pure. Chosen are the objects themselves,
 * what hangs on them (defaults, indexes, triggers, grants…), and the definitions they need; rows only of what was
 * asked for. A foreign key to a table that does not come along is left out, and said.
 */
import type { RestoreRequest } from '../../core/ports/recovery.ts';
import { decoded, type TocEntry } from './restore-toc.ts';

export type Only = NonNullable<RestoreRequest['only']>;

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
  const asked = entries.filter((entry) => isAsked(entry, only) && !joining.has(entry.desc));
  for (const entry of asked) choose(entry);
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size;
    for (const entry of entries) {
      if (attached.has(entry.desc) && hangsOn(entry, chosen, byId)) choose(entry);
    }
  }
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size;
    for (const entry of entries) {
      const known = entry.dependencies.map(Number).filter((id) => byId.has(id));
      if (joining.has(entry.desc) && known.length > 0 && known.every((id) => chosen.has(id)))
        chosen.add(entry.dumpId);
    }
  }
  const data = new Set(
    [...asked, ...entries.filter((entry) => entry.desc === 'SEQUENCE' && chosen.has(entry.dumpId))].map(
      (entry) => `${decoded(entry.namespace)}.${decoded(entry.tag)}`,
    ),
  );
  return { dumpIds: chosen, data };
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
