/**
 * The catalog's index of the audit trail out of its objects, of the last months: what a row says is what its objects say,
 * so that an entry which cannot be read is listed and has no row.
 */
import { type AuditDocument, entryOf } from '../audit/document.ts';
import { type AuditReading, readAudit } from '../audit/objects.ts';
import { hasCode } from '../errors.ts';
import { type AuditWriter, auditPrefix, auditWriters } from '../format/layout.ts';
import type { RecoveryDeps } from './plan.ts';
import type { Tally } from './tally.ts';
import { unreadable } from './unreadable.ts';

export interface TrailOptions {
  readonly dryRun: boolean;
  /** Back from now, the current one included. */
  readonly months: number;
}

/** A decade; more than that is no index that anybody looks through. */
export const mostMonths = 120;

/** Repeating it changes nothing. Throws what the stores and the key ring throw. */
export async function recoverTrail(
  counted: Tally,
  deps: Pick<RecoveryDeps, 'vault' | 'keyRing' | 'catalog' | 'clock'>,
  options: TrailOptions,
): Promise<void> {
  const { vault, keyRing } = deps;
  let reading: AuditReading | undefined;
  for (const month of monthsUntil(deps.clock.now(), Math.min(options.months, mostMonths))) {
    const known = await ended(month, deps);
    for (const writer of auditWriters) {
      for await (const keys of entries(writer, month, deps)) {
        if (known.has(idOf(keys[0] ?? ''))) {
          counted.entry('present');
          continue;
        }
        if (!reading) {
          const [privateKeys, { signers }] = await Promise.all([keyRing.privateKeys(), keyRing.publicKeys()]);
          reading = { vault, privateKeys, signers };
        }
        await adopt(keys, reading, counted, deps, options);
      }
    }
  }
}

/** The newest first: `2026-11`, `2026-10` … */
function monthsUntil(now: Date, count: number): string[] {
  return Array.from({ length: count }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7),
  );
}

/** Ids of the month's rows that say how it ended: nothing is to be added to them. */
async function ended(
  month: string,
  { catalog }: Pick<RecoveryDeps, 'catalog'>,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await catalog.listAudit(month, { limit: 200, cursor });
    for (const { id, result } of page.rows) if (result !== undefined) ids.add(id);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ids;
}

/** The keys of each entry: its intention, and its outcome where there is one. */
async function* entries(
  writer: AuditWriter,
  month: string,
  { vault }: Pick<RecoveryDeps, 'vault'>,
): AsyncGenerator<readonly string[]> {
  let keys: string[] = [];
  for await (const { key } of vault.list(auditPrefix(writer, month))) {
    if (keys[0] !== undefined && stemOf(keys[0]) !== stemOf(key)) {
      yield keys;
      keys = [];
    }
    keys.push(key);
  }
  if (keys.length > 0) yield keys;
}

const stemOf = (key: string) => key.slice(0, key.lastIndexOf('-'));
const idOf = (key: string) => stemOf(key).slice(stemOf(key).lastIndexOf('-') + 1);

async function adopt(
  keys: readonly string[],
  reading: AuditReading,
  counted: Tally,
  { catalog }: Pick<RecoveryDeps, 'catalog'>,
  { dryRun }: TrailOptions,
): Promise<void> {
  const documents: AuditDocument[] = [];
  for (const key of keys) {
    try {
      documents.push((await readAudit(key, reading)).document);
    } catch (thrown) {
      counted.problem(unreadable(key, thrown));
      return;
    }
  }
  const intent = documents.find((document) => document.part === 'intent');
  const outcome = documents.find((document) => document.part === 'outcome');
  if (!intent) {
    const why = 'the outcome of something that nobody said was begun';
    return counted.problem({ key: keys[0] ?? '', code: 'OBJECT_MISSING', why });
  }
  try {
    if (!dryRun) await catalog.appendAudit(entryOf(intent, outcome, keys));
    counted.entry('adopted');
  } catch (thrown) {
    // There is a row that says something else: `audit verify` tells what.
    if (!hasCode(thrown, 'CONFLICT')) throw thrown;
    counted.entry('present');
  }
}
