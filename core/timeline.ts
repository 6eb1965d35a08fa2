/**
 * Lists over all plans by time: where a row stands in them, what narrows them, and the cursor of a page. Rows stand in
 * a partition for each month, so that a page costs the same whatever the number of rows; the rules here are the same
 * for every catalog (core/ports/catalog.ts).
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { InvalidInput } from './errors.ts';
import { planIdSchema } from './format/layout.ts';
import { parse } from './parse.ts';
import type {
  BackupFilter,
  BackupRow,
  DrillFilter,
  ListedBackup,
  TimelineOptions,
  VerificationLevel,
  VerificationState,
} from './ports/catalog.ts';

/** Nothing was made before: the first backup of any vault is younger. Lists without `from` end here. */
export const earliestMonth = '2026-01';

export type TimelineName = 'BACKUP' | 'RESTORE' | 'ALERT' | 'DRILL';

/** Where a row stands: `<instant>#<planId>/<id>`; planId is empty where there is none. Sorts by time. */
export interface Place {
  readonly at: string;
  readonly planId: string;
  readonly id: string;
}

export function positionOf({ at, planId, id }: Place): string {
  return `${new Date(at).toISOString()}#${planId}/${id}`;
}

const positionPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)#([a-z0-9-]{0,40})\/(.{1,700})$/s;

export function placeOf(position: string): Place | undefined {
  const [, at, planId, id] = positionPattern.exec(position) ?? [];
  if (at === undefined || planId === undefined || id === undefined || Number.isNaN(Date.parse(at)))
    return undefined;
  return { at, planId, id };
}

/** Of a position, an instant or a month. */
export function monthOf(position: string): string {
  return position.slice(0, 7);
}

export type Order = NonNullable<TimelineOptions['order']>;

export function monthAfter(month: string, order: Order): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  const next = new Date(Date.UTC(year, number - 1 + (order === 'asc' ? 1 : -1), 1));
  return monthOf(next.toISOString());
}

/** Slots from (inclusive) to (exclusive), ISO 8601 UTC with milliseconds. */
export interface Span {
  readonly from?: string;
  readonly to?: string;
}

const isoTime = z.iso.datetime({ offset: false, error: 'a time such as 2026-11-21T02:00:00Z' });
const backupFilter = z.object({
  planId: planIdSchema.optional(),
  status: z.string().optional(),
  kind: z.string().optional(),
  tier: z.string().optional(),
  verified: z.string().optional(),
  from: isoTime.optional(),
  to: isoTime.optional(),
});

/** The span of a filter, its times of one form. INVALID_INPUT for what is no time or no plan id. */
export function spanOf(filter: BackupFilter): Span {
  const { from, to } = parse(backupFilter, filter, 'filter');
  const span = {
    ...(from !== undefined && { from: new Date(from).toISOString() }),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
  };
  if (span.from !== undefined && span.to !== undefined && span.from >= span.to) {
    throw new InvalidInput('filter', [
      { field: 'to', value: JSON.stringify(to), allowed: 'a time after from' },
    ]);
  }
  return span;
}

const drillFilter = backupFilter.pick({ planId: true, status: true, from: true, to: true });

/** The same of a filter of drills, whose times are those of their ends. */
export function drillSpan(filter: DrillFilter): Span {
  return spanOf(parse(drillFilter, filter, 'filter') as BackupFilter);
}

const levels: readonly VerificationLevel[] = ['stored', 'readable', 'restored'];

type Filtered = Pick<BackupRow, 'planId' | 'status' | 'kind' | 'tier' | 'slot' | 'verification'>;

export function isWanted(filter: BackupFilter, span: Span): (row: Filtered) => boolean {
  const { planId, status, kind, tier, verified } = filter;
  return (row) => {
    const slot = new Date(row.slot).toISOString();
    return (
      (planId === undefined || row.planId === planId) &&
      (status === undefined || row.status === status) &&
      (kind === undefined || row.kind === kind) &&
      (tier === undefined || row.tier === tier) &&
      (verified === undefined || isVerified(row.verification, verified)) &&
      (span.from === undefined || slot >= span.from) &&
      (span.to === undefined || slot < span.to)
    );
  };
}

function isVerified(
  state: VerificationState | undefined,
  wanted: NonNullable<BackupFilter['verified']>,
): boolean {
  // One that could not be carried out says nothing about the backup.
  if (state === undefined || state.status === 'error') return wanted === 'none';
  if (wanted === 'none' || wanted === 'passed' || wanted === 'failed') return state.status === wanted;
  // A later check at a lower level takes no earlier proof away; one that failed does.
  if (state.status === 'failed') return false;
  return state.provenAt !== undefined || levels.indexOf(state.level) >= levels.indexOf(wanted);
}

export function asListed(row: BackupRow): ListedBackup {
  const { verification, ...rest } = row;
  const {
    leaseUntil: _leaseUntil,
    progress: _progress,
    steps: _steps,
    compressionRatio: _compressionRatio,
    locations: _locations,
    tools: _tools,
    warnings: _warnings,
    manifest: _manifest,
    versions: _versions,
    storedAt: _storedAt,
    madeBy: _madeBy,
    heldUntil: _heldUntil,
    basedOnUntil: _basedOnUntil,
    expiry: _expiry,
    adoptedAt: _adoptedAt,
    needs: _needs,
    indexes: _indexes,
    copies: _copies,
    ...listed
  } = rest;
  if (!verification) return listed;
  const { reportKey: _r, seconds: _s, counted: _c, differences: _d, ...found } = verification;
  return { ...listed, verification: found };
}

/** What a list was asked for; a cursor is good for the same only. */
export interface Asked {
  readonly list: TimelineName;
  readonly order: Order;
  readonly filter: Readonly<Record<string, string | undefined>>;
}

const mark = ({ list, order, filter }: Asked): string => {
  const named = Object.entries(filter).filter(([, value]) => value !== undefined);
  const canonical = JSON.stringify([list, order, named.sort(([a], [b]) => (a < b ? -1 : 1))]);
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 16);
};

const monthPattern = /^\d{4}-(0[1-9]|1[0-2])$/;

/** `position`: of the last row given, or a month that is to be begun. */
export function writeCursor(asked: Asked, position: string): string {
  return Buffer.from(`${mark(asked)}${position}`).toString('base64url');
}

/** INVALID_INPUT for a cursor that is none, or of another list, order or filter. */
export function readCursor(asked: Asked, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const position = text.slice(16);
  const isOurs = text.slice(0, 16) === mark(asked);
  if (isOurs && (monthPattern.test(position) || placeOf(position))) return position;
  throw new InvalidInput('page', [
    { field: 'cursor', allowed: 'a cursor that an earlier page of the same list returned' },
  ]);
}
