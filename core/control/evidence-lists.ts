/**
 * What happened in a period, over all plans or of one: drills, restores, alerts, and what was deleted on request. Each
 * list is read to its end or to a bound, so that it can be counted; who asks shows the first of it.
 */
import type {
  AlertRow,
  AuditEntry,
  Catalog,
  DrillRow,
  Page,
  RestoreRow,
  TimelineOptions,
} from '../ports/catalog.ts';
import { listAuditEntries } from './audit-list.ts';

/** Rows of each list that are looked at. */
const mostRows = 5_000;
const rowsAPage = 500;
/** Each with all that came of it, up to 150 KB. */
const restoresAPage = 100;
/** A page may be empty and have a cursor. */
const mostPages = 60;
/** Of the trail: what is deleted on request is rare. */
const mostAuditPages = 20;

export interface Period {
  /** Inclusive, and exclusive; ISO 8601 UTC with milliseconds. */
  readonly from: string;
  readonly to: string;
  readonly planId?: string | undefined;
}

export interface Listed<T> {
  readonly rows: readonly T[];
  /** False: there are more, which nobody looked at. */
  readonly whole: boolean;
}

/** What is kept of a restore: what came of thousands of them would not have room. */
export interface ShortRestore
  extends Pick<
    RestoreRow,
    'restoreId' | 'planId' | 'backupId' | 'status' | 'createdBy' | 'createdAt' | 'completedAt'
  > {
  /** What was compared with the evidence, by its name. */
  readonly compared?: Readonly<Record<string, number>> | undefined;
}

export interface PeriodLists {
  readonly drills: Listed<DrillRow>;
  readonly restores: Listed<ShortRestore>;
  readonly alerts: Listed<AlertRow>;
}

export type ListsCatalog = Pick<Catalog, 'listDrills' | 'listRestores' | 'listAlerts' | 'listOpenAlerts'>;

/** Newest first. */
export async function periodLists(
  catalog: ListsCatalog,
  period: Period,
  isLate: () => boolean,
): Promise<PeriodLists> {
  const { from, to, planId } = period;
  const ofPlan = planId === undefined ? {} : { planId };
  const [drills, restores, alerts, open] = await Promise.all([
    gathered((options) => catalog.listDrills({ ...ofPlan, from, to }, options), always, isLate),
    gathered(
      async (options) => {
        const { rows, ...page } = await catalog.listRestores(ofPlan, { ...options, limit: restoresAPage });
        return { rows: rows.map(shortRestore), ...page };
      },
      ({ createdAt }) => placeIn(period, createdAt),
      isLate,
    ),
    gathered(
      (options) => catalog.listAlerts(ofPlan, options),
      ({ since }) => placeIn(period, since),
      isLate,
    ),
    catalog.listOpenAlerts(),
  ]);
  // What began before the period and is open still was open in it, too.
  const older = open.filter(
    (row) => instant(row.since) < from && (planId === undefined || row.planId === planId),
  );
  return { drills, restores, alerts: { rows: [...alerts.rows, ...older], whole: alerts.whole } };
}

function shortRestore(row: RestoreRow): ShortRestore {
  const { restoreId, planId, backupId, status, createdBy, createdAt, completedAt } = row;
  return {
    ...{ restoreId, planId, backupId, status, createdBy, createdAt, completedAt },
    compared: comparedIn(row),
  };
}

/** What a restore compared with the evidence, all components together; its result is the kind's own. */
function comparedIn({ result }: RestoreRow): ShortRestore['compared'] {
  const { comparison } = (result ?? {}) as { readonly comparison?: { readonly compared?: unknown } };
  const compared = comparison?.compared;
  if (typeof compared !== 'object' || compared === null) return undefined;
  const numbers = Object.entries(compared).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return Object.fromEntries(numbers);
}

type Placed = 'newer' | 'inside' | 'older';
const always = (): Placed => 'inside';
const instant = (time: string) => new Date(time).toISOString();

function placeIn({ from, to }: Period, time: string): Placed {
  const at = instant(time);
  if (at >= to) return 'newer';
  return at < from ? 'older' : 'inside';
}

async function gathered<T>(
  list: (options: TimelineOptions) => Promise<Page<T>>,
  place: (row: T) => Placed,
  isLate: () => boolean,
): Promise<Listed<T>> {
  const rows: T[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < mostPages && rows.length < mostRows; pages += 1) {
    const page = await list({ limit: rowsAPage, ...(cursor !== undefined && { cursor }) });
    for (const row of page.rows) if (place(row) === 'inside') rows.push(row);
    cursor = page.cursor;
    const oldest = page.rows.at(-1);
    if (cursor === undefined || (oldest && place(oldest) === 'older')) return { rows, whole: true };
    if (isLate()) break;
  }
  return { rows, whole: false };
}

const deletions = ['backup.delete', 'plan.delete'] as const;

/** Newest first. */
export async function deletionsIn(
  catalog: Pick<Catalog, 'listAudit'>,
  { from, to, planId }: Period,
  isLate: () => boolean,
): Promise<Listed<AuditEntry>> {
  const rows: AuditEntry[] = [];
  let whole = true;
  for (const action of deletions) {
    let start: Parameters<typeof listAuditEntries>[2]['start'];
    for (let pages = 0; ; pages += 1) {
      const page = await listAuditEntries(
        catalog,
        { from, to, action },
        { limit: rowsAPage, ...(start && { start }) },
      );
      rows.push(...page.entries.filter((entry) => planId === undefined || isAbout(entry, planId)));
      start = page.next;
      if (start === undefined) break;
      if (pages < mostAuditPages && !isLate()) continue;
      whole = false;
      break;
    }
  }
  return { rows: rows.sort((a, b) => (a.at < b.at ? 1 : -1)), whole };
}

/** The trail knows a deleted backup by its id; of which plan it was, the entry says in what it was before. */
function isAbout({ target, before }: AuditEntry, planId: string): boolean {
  const was = before as { readonly planId?: unknown } | null | undefined;
  return target === `plan/${planId}` || was?.planId === planId;
}
