/**
 * Which entries of a table of contents are restored, and what is left out because of what. Pure. An entry whose
 * dependency is left out is left out too, and both are named: nothing disappears silently.
 */
import { decoded, type TocEntry } from './restore-toc.ts';

export interface LeftOut {
  readonly dumpId: number;
  readonly what: string;
  readonly why: string;
}

export interface Selection {
  readonly kept: readonly TocEntry[];
  readonly leftOut: readonly LeftOut[];
}

/** Entries that are about the archive itself. */
const special = new Set(['ENCODING', 'STDSTRINGS', 'SEARCHPATH']);
/** Restored in the passes after the data, as pg_restore itself does (RESTORE_PASS_ACL, RESTORE_PASS_POST_ACL). */
const aclKinds = new Set(['ACL', 'ACL LANGUAGE', 'DEFAULT ACL']);
const afterAclKinds = new Set(['EVENT TRIGGER', 'MATERIALIZED VIEW DATA']);

export type Pass = 'schemas' | 'main' | 'acl' | 'after-acl';

/** When an entry of pre-data or post-data is restored. */
export function passOf(entry: TocEntry): Pass | 'every' {
  if (special.has(entry.desc)) return 'every';
  if (entry.desc === 'SCHEMA') return 'schemas';
  // Comments and labels of event triggers come with what they are about.
  if (aclKinds.has(entry.desc)) return 'acl';
  if (afterAclKinds.has(entry.desc) || isAbout(entry, 'EVENT TRIGGER')) return 'after-acl';
  return 'main';
}

export function entriesOf(entries: readonly TocEntry[], pass: Pass): readonly TocEntry[] {
  return entries.filter((entry) => [pass, 'every'].includes(passOf(entry)));
}

/** True when there is nothing to do but set the encoding. */
export function isIdle(entries: readonly TocEntry[]): boolean {
  return entries.every((entry) => special.has(entry.desc));
}

/**
 * Leaves out what `reason` gives a reason for, and everything that depends on it.
 * `alreadyOut`: dump ids that an earlier section of the same dump left out (ids are shared between sections).
 */
export function select(
  entries: readonly TocEntry[],
  reason: (entry: TocEntry) => string | undefined,
  alreadyOut: ReadonlyMap<number, string> = new Map(),
): Selection {
  const out = new Map<number, string>(alreadyOut);
  const leftOut: LeftOut[] = [];
  const dependents = dependentsOf(entries);
  const queue: { entry: TocEntry; why: string }[] = [];
  for (const entry of entries) {
    if (special.has(entry.desc)) continue;
    const own = reason(entry);
    const because = entry.dependencies
      .map((id) => alreadyOut.get(Number(id)))
      .find((what) => what !== undefined);
    if (own !== undefined) queue.push({ entry, why: own });
    else if (because !== undefined) queue.push({ entry, why: `it needs ${because}` });
  }
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { entry, why } = next;
    if (out.has(entry.dumpId)) continue;
    const what = describe(entry);
    out.set(entry.dumpId, what);
    leftOut.push({ dumpId: entry.dumpId, what, why });
    for (const dependent of dependents.get(entry.dumpId) ?? [])
      queue.push({ entry: dependent, why: `it needs ${what}` });
  }
  return { kept: entries.filter((entry) => !out.has(entry.dumpId) || special.has(entry.desc)), leftOut };
}

function dependentsOf(entries: readonly TocEntry[]): ReadonlyMap<number, readonly TocEntry[]> {
  const map = new Map<number, TocEntry[]>();
  for (const entry of entries) {
    for (const id of entry.dependencies) {
      const list = map.get(Number(id));
      if (list) list.push(entry);
      else map.set(Number(id), [entry]);
    }
  }
  return map;
}

/** `TABLE public.orders`, for people. */
export function describe(entry: TocEntry): string {
  const name = [entry.namespace, entry.tag].filter((part) => part !== undefined && part !== '').map(decoded);
  return `${entry.desc} ${name.join('.')}`;
}

/** True for the comment, label or grant of an object of this kind. */
export function isAbout(entry: TocEntry, kind: string): boolean {
  return (
    ['COMMENT', 'SECURITY LABEL', 'ACL'].includes(entry.desc) && (entry.tag ?? '').startsWith(`${kind} `)
  );
}

/** The database itself, its comment, grants, settings: kept as facts, and applied under the new name. */
export function isOfDatabase(entry: TocEntry): boolean {
  return entry.desc === 'DATABASE' || entry.desc === 'DATABASE PROPERTIES' || isAbout(entry, 'DATABASE');
}

/** What is never created, whoever restores (rule 8 of docs/format.md: a copy must not start to replicate). */
export function neverRestored(entry: TocEntry): string | undefined {
  if (entry.desc.startsWith('SUBSCRIPTION'))
    return 'subscriptions are never created: the copy would take the place of the source';
  return undefined;
}

const superuserKinds: Readonly<Record<string, string>> = {
  'EVENT TRIGGER': 'event triggers need a superuser',
  'FOREIGN DATA WRAPPER': 'foreign data wrappers need a superuser',
  'PROCEDURAL LANGUAGE': 'languages need a superuser',
  'ACCESS METHOD': 'access methods need a superuser',
  'OPERATOR CLASS': 'operator classes need a superuser',
  'OPERATOR FAMILY': 'operator families need a superuser',
  'TEXT SEARCH PARSER': 'text search parsers need a superuser',
  'TEXT SEARCH TEMPLATE': 'text search templates need a superuser',
  TRANSFORM: 'transforms need a superuser',
  'SHELL TYPE': 'base types need a superuser',
  'PUBLICATION TABLES IN SCHEMA': 'publications of whole schemas need a superuser',
  'SECURITY LABEL': 'security labels need a superuser',
};

/** Why this entry needs a superuser, or undefined. */
export function needsSuperuser(entry: TocEntry): string | undefined {
  const byKind = superuserKinds[entry.desc];
  if (byKind) return byKind;
  const text = entry.defn ?? '';
  switch (entry.desc) {
    case 'PUBLICATION':
      return /\sFOR ALL TABLES\b/.test(text) ? 'FOR ALL TABLES needs a superuser' : undefined;
    case 'FUNCTION':
    case 'PROCEDURE':
      if (/\n\s*LANGUAGE (?:c|internal)\b/.test(text)) return 'functions in C need a superuser';
      return /\n\s*LANGUAGE [^\n]*\bLEAKPROOF\b/.test(text)
        ? 'leakproof functions need a superuser'
        : undefined;
    case 'AGGREGATE':
      return /\bSTYPE = internal\b/.test(text)
        ? 'aggregates with internal state need a superuser'
        : undefined;
    case 'CAST':
      return /WITHOUT FUNCTION/.test(text) ? 'casts without a function need a superuser' : undefined;
    case 'TYPE':
      return /^CREATE TYPE [^;]*\(\n\s*INTERNALLENGTH/.test(text) ? 'base types need a superuser' : undefined;
    case 'COMMENT':
      return (entry.tag ?? '').startsWith('EXTENSION ')
        ? 'the comment of an extension belongs to its owner'
        : undefined;
    default:
      return undefined;
  }
}
