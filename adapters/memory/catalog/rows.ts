/** What the catalog in memory holds, and how rows go in and out of it: as copies, in the order of their names. */
import { InvalidInput } from '../../../core/errors.ts';
import type {
  AlertRow,
  AuditEntry,
  BackupRow,
  DayRow,
  DrillRow,
  OnceResponse,
  Page,
  PlanRow,
  RestoreRow,
  TaskRow,
} from '../../../core/ports/catalog.ts';

export interface StoredBackup {
  row: BackupRow;
  /** Since when it waits for a verification; undefined when it does not. */
  unverifiedSince?: string;
}

export interface StoredOnce {
  readonly fingerprint: string;
  readonly until: string;
  readonly response?: OnceResponse;
}

export interface Rows {
  readonly plans: Map<string, PlanRow>;
  readonly backups: Map<string, StoredBackup>;
  readonly leases: Map<string, { owner: string; until: string }>;
  readonly restores: Map<string, RestoreRow>;
  readonly alerts: Map<string, AlertRow>;
  readonly audit: Map<string, AuditEntry>;
  readonly tasks: Map<string, TaskRow>;
  /** By plan and day. */
  readonly days: Map<string, DayRow>;
  /** By plan, end and backup. */
  readonly drills: Map<string, DrillRow>;
  readonly once: Map<string, StoredOnce>;
  readonly counts: Map<string, { readonly count: number; readonly until: string }>;
  /** The value as JSON: a copy of it goes in and out. */
  readonly states: Map<string, { readonly json: string; readonly revision: number }>;
}

/** With milliseconds always, so that times compare as text. */
export const instant = (isoTime: string) => new Date(isoTime).toISOString();

export const backupAt = ({ planId, backupId }: { planId: string; backupId: string }) =>
  `${planId}/${backupId}`;

/** What came out of `copy`, and its parts: frozen, so that everybody may hold the same ones. */
const copies = new WeakSet<object>();

/** A copy of plain data without fields that are undefined, as a store would return it; nobody can change it. */
export function copy<T>(value: T): T {
  if (value === null || typeof value !== 'object' || copies.has(value)) return value;
  const made = Array.isArray(value) ? value.map((each) => copy(each)) : copyOfFields(value);
  copies.add(Object.freeze(made));
  return made as T;
}

function copyOfFields(value: object): object {
  const made: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value)) if (each !== undefined) made[name] = copy(each);
  return made;
}

/** Rows are in the order of their names; a cursor is the name of the last row of a page. */
export function page<T>(
  all: readonly (readonly [string, T])[],
  options: { limit?: number; cursor?: string } = {},
): Page<T> {
  const { limit = 100, cursor } = options;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 1000)) {
    throw new InvalidInput('page', [
      { field: 'limit', value: String(limit), allowed: 'a whole number from 1 to 1000' },
    ]);
  }
  const last = cursor === undefined ? undefined : decode(cursor);
  const after = cursor === undefined ? -1 : all.findIndex(([name]) => name === last);
  if (cursor !== undefined && after < 0) {
    throw new InvalidInput('page', [{ field: 'cursor', allowed: 'a cursor that an earlier page returned' }]);
  }
  const rows = all.slice(after + 1, after + 1 + limit);
  const end = rows.at(-1);
  const more = end !== undefined && after + 1 + rows.length < all.length;
  return { rows: rows.map(([, row]) => copy(row)), ...(more && { cursor: encode(end[0]) }) };
}

const encode = (name: string) => Buffer.from(name).toString('base64url');
const decode = (cursor: string) => Buffer.from(cursor, 'base64url').toString();

export function byName<T>(entries: Iterable<readonly [string, T]>): (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
