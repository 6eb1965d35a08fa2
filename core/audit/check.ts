/**
 * Compares the catalog's index of the audit trail with the objects in the vault, of a span of time: rows whose objects are
 * gone or say something else, objects that no row knows, intentions whose end nobody wrote. With an operator's rights and
 * private keys; it changes nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import { listAuditEntries } from '../control/audit-list.ts';
import { asHoldfastError, HoldfastError } from '../errors.ts';
import { auditPrefix, auditWriters, compactTime } from '../format/layout.ts';
import type { AuditEntry, Catalog } from '../ports/catalog.ts';
import type { Vault } from '../ports/vault.ts';
import { type AuditDocument, entryOf, type Intent, type Outcome } from './document.ts';
import { type AuditReading, readAudit } from './objects.ts';

/** What is wrong with an entry, by what kind of wrong. */
export type AuditFault =
  /** The row names an object that is not there. */
  | 'missing'
  /** An object does not open, is not signed as it must be, or says something else than the row. */
  | 'altered'
  /** There are objects, and no row: the catalog lost it, or was never told. */
  | 'unlisted'
  /** The row has an outcome whose object was never written, or names none at all. */
  | 'unwritten';

export interface AuditProblem {
  readonly fault: AuditFault;
  /** The key of the object, or `at id` of the row. */
  readonly what: string;
  readonly why: string;
}

export interface AuditCheck {
  readonly entries: number;
  readonly objects: number;
  /** Begun, and nobody knows how they ended: no fault by itself. */
  readonly open: number;
  readonly problems: { readonly count: number; readonly named: readonly AuditProblem[] };
}

export interface AuditCheckDeps extends Omit<AuditReading, 'vault'> {
  readonly catalog: Pick<Catalog, 'listAudit'>;
  readonly vault: Pick<Vault, 'read' | 'list'>;
}

export interface AuditSpan {
  /** Instants: from (inclusive) and to (exclusive), ISO 8601 UTC; at most 366 days. */
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
  readonly onDay?: (day: string, sofar: AuditCheck) => void;
}

const mostDays = 366;
/** Entries of one day, held in memory; a day with more than that is checked in part, and says so. */
const mostOfADay = 20_000;
const mostNamed = 1000;
const dayMs = 86_400_000;

/** Throws when a store does not answer; what is wrong with one entry is counted. INVALID_INPUT for too long a span. */
export async function checkAudit(deps: AuditCheckDeps, span: AuditSpan): Promise<AuditCheck> {
  const found = { entries: 0, objects: 0, open: 0, problems: { count: 0, named: [] as AuditProblem[] } };
  const problem = (fault: AuditFault, what: string, why: string) => {
    found.problems.count += 1;
    if (found.problems.named.length < mostNamed) found.problems.named.push({ fault, what, why });
  };
  for (const day of daysOf(span)) {
    span.signal.throwIfAborted();
    const { keys, cut } = await keysOf(day, deps, span);
    const rows = await rowsOf(day, deps, span);
    if (cut || rows.length >= mostOfADay) {
      problem('unlisted', day, `more than ${mostOfADay} entries on one day: not all of them were compared`);
    }
    found.objects += keys.size;
    found.entries += rows.length;
    for (const row of rows) {
      span.signal.throwIfAborted();
      if (row.result === undefined) found.open += 1;
      await checkRow(row, keys, deps, problem);
    }
    // A day that was not read whole cannot tell what no row knows.
    if (rows.length < mostOfADay) {
      for (const key of keys) problem('unlisted', key, 'no row of the catalog names it');
    }
    span.onDay?.(day, found);
  }
  return found;
}

function daysOf({ from, to }: AuditSpan): string[] {
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  const days = Math.ceil((end - begin) / dayMs);
  if (!(days >= 1 && days <= mostDays)) {
    throw new HoldfastError('INVALID_INPUT', `the span from ${from} to ${to} must be 1 to ${mostDays} days`);
  }
  const names: string[] = [];
  for (let at = Math.floor(begin / dayMs) * dayMs; at < end; at += dayMs)
    names.push(new Date(at).toISOString().slice(0, 10));
  return names;
}

/** Of all writers, that began in the span. Those that a row names are taken out as they are compared. */
async function keysOf(day: string, { vault }: AuditCheckDeps, { from, to }: AuditSpan) {
  const keys = new Set<string>();
  for (const writer of auditWriters) {
    for await (const { key } of vault.list(auditPrefix(writer, day))) {
      // Names have whole seconds.
      const began = key.slice(auditPrefix(writer, day).length).slice(0, 16);
      if (began < compactTime(from) || began >= compactTime(to)) continue;
      if (keys.size >= 2 * mostOfADay) return { keys, cut: true };
      keys.add(key);
    }
  }
  return { keys, cut: false };
}

async function rowsOf(
  day: string,
  { catalog }: AuditCheckDeps,
  { from, to }: AuditSpan,
): Promise<readonly AuditEntry[]> {
  const begin = `${day}T00:00:00.000Z`;
  const end = new Date(Date.parse(begin) + dayMs).toISOString();
  const filter = { from: begin > from ? begin : wholeSecond(from), to: end < to ? end : wholeSecond(to) };
  const rows: AuditEntry[] = [];
  let start: Parameters<typeof listAuditEntries>[2]['start'];
  do {
    const page = await listAuditEntries(catalog, filter, { limit: 200, start });
    rows.push(...page.entries);
    start = page.next;
  } while (start !== undefined && rows.length < mostOfADay);
  return rows;
}

const wholeSecond = (at: string) => new Date(Math.floor(Date.parse(at) / 1000) * 1000).toISOString();

async function checkRow(
  row: AuditEntry,
  keys: Set<string>,
  deps: AuditCheckDeps,
  problem: (fault: AuditFault, what: string, why: string) => void,
): Promise<void> {
  const { objects = [], at, id, result } = row;
  const name = `${at} ${id}`;
  if (objects.length === 0) return problem('unwritten', name, 'the row names no object: nothing proves it');
  const documents: AuditDocument[] = [];
  const hashes = new Map<AuditDocument, string>();
  for (const key of objects) {
    keys.delete(key);
    try {
      const { document, sha256 } = await readAudit(key, deps);
      documents.push(document);
      hashes.set(document, sha256);
    } catch (thrown) {
      const { code, message } = asHoldfastError(thrown);
      if (code === 'OBJECT_MISSING') problem('missing', key, message);
      else if (
        code.startsWith('INTEGRITY_') ||
        ['FORMAT_UNKNOWN', 'KEY_MISSING', 'INVALID_INPUT'].includes(code)
      )
        problem('altered', key, `${message} (${code})`);
      else throw thrown;
    }
  }
  const intent = documents.find((document): document is Intent => document.part === 'intent');
  const outcome = documents.find((document): document is Outcome => document.part === 'outcome');
  if (result !== undefined && objects.length < 2)
    return problem('unwritten', name, 'the row has an outcome, and no object says so');
  // What could not be read is told already.
  if (!intent || documents.length < objects.length) return;
  if (outcome && outcome.intentSha256 !== hashes.get(intent))
    return problem('altered', name, 'the intention is not the object that its outcome was written for');
  const said = withoutAbsent(entryOf(intent, outcome, objects));
  const differing = Object.keys({ ...said, ...withoutAbsent(row) }).filter(
    (field) => !isDeepStrictEqual(said[field], withoutAbsent(row)[field]),
  );
  if (differing.length > 0) problem('altered', name, `row and objects differ in ${differing.join(', ')}`);
}

/** As JSON brings it back: what is undefined is not there. */
const withoutAbsent = (entry: AuditEntry): Record<string, unknown> => JSON.parse(JSON.stringify(entry));
