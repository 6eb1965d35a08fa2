/**
 * Reads what is to be known about one plan: usually one query of its newest rows. More are asked only where these do
 * not tell (no good backup among them, no restore drill), and never more than a fixed number, so that a round over
 * 10,000 plans is 10,000 queries.
 */
import { asHoldfastError, type HoldfastError, hasCode } from '../errors.ts';
import { isGood, isWhole } from '../good.ts';
import type { BackupRow, Catalog, PlanRow } from '../ports/catalog.ts';
import type { Vault } from '../ports/vault.ts';
import { provenAt } from '../verification/cadence.ts';
import { copiesOf } from './copies.ts';
import type { PlanFacts } from './facts.ts';
import { expirySlackMs, mostUnprovenMs } from './settings.ts';
import { refusals } from './unseen.ts';

/** Rows of the first look: a plan that runs every half an hour shows a day of them. */
const firstLook = 50;
/** Rows of each further look. */
const furtherLook = 200;
/** Further looks: two weeks of half-hourly runs, for the last restore drill. */
const mostFurtherLooks = 4;

export interface GatherPlanDeps {
  readonly catalog: Pick<Catalog, 'listBackups'>;
  /** The vault that is copied, when there is a second copy. */
  readonly copied?: Pick<Vault, 'head' | 'list'>;
  /** Told when whoever asks may not look at the second copies; without it that is thrown. */
  readonly onCopiesRefused?: (error: HoldfastError) => void;
  readonly undeleteDays: number;
}

/** What was gathered, with the rows that it was gathered from. */
export interface GatheredPlan extends PlanFacts {
  /** Newest first; drop them with the facts. */
  readonly newest: NewestRows;
}

export interface NewestRows {
  readonly rows: readonly BackupRow[];
  /** From this slot on there is none besides these; absent: there are no others at all. */
  readonly wholeSince?: string;
}

/** Throws what the catalog or the vault throws: nothing is said about a plan that was half seen. */
export async function gatherPlan(
  row: PlanRow,
  schedule: PlanFacts['schedule'],
  deps: GatherPlanDeps,
  now: Date,
): Promise<GatheredPlan> {
  const planId = row.plan.id;
  const newest = await newestRows(row, deps.catalog, now);
  const { rows } = newest;
  const completed = rows.filter(({ status }) => status === 'completed');
  const lastGood = completed.find(isGood);
  const expired = lastGood ? [] : await newestExpired(planId, deps);
  // A backup of some sources stands for none of the plan's runs: it neither makes up for one nor says how it went.
  const whole = rows.filter(isWhole);
  const lastMade = whole.find(wasMade) ?? expired.find(isWhole);
  const lastProvenAt = provenAt(row, completed);
  const good = completed.filter(isGood);
  return {
    row,
    schedule,
    newest,
    lastEnded: whole.find((each) => wasMade(each) || each.status === 'failed'),
    lastFailed: whole.find(({ status }) => status === 'failed'),
    lastMade,
    lastGood,
    lastVerified: completed.find(
      (each) => isWhole(each) && each.verification && each.verification.status !== 'error',
    ),
    lastProvenAt,
    lastDrilled: completed.find(
      ({ verification }) => verification?.status === 'passed' && verification.level === 'restored',
    ),
    oldestUnprovenAt: earliest(
      good.flatMap((each) => knownSince(each) ?? []).filter((at) => at > (lastProvenAt ?? '')),
    ),
    oldestGoodAt: earliest(good.flatMap((each) => knownSince(each) ?? [])),
    unfinished: rows
      .filter(({ status, slot }) => isUnfinished(status) && slot > (lastMade?.slot ?? ''))
      .slice(0, firstLook),
    longestUnverified: longestUnverified(completed),
    bytesSinceCounted: bytesSince(completed, row.usage?.countedAt),
    recoverable: newestRecoverable(expired, deps, now),
    copies: await copiesSeen(good, deps, now),
  };
}

/** Since when this row can be expected to be verified. */
export function knownSince({ completedAt, adoptedAt }: BackupRow): string | undefined {
  return adoptedAt ?? completedAt;
}

function wasMade({ status }: BackupRow): boolean {
  return status === 'completed' || status === 'expired';
}

function isUnfinished(status: BackupRow['status']): boolean {
  return status === 'pending' || status === 'running';
}

/** Newest first: the first look, and more while it lacks a good one, or a drill that must have been. */
async function newestRows(row: PlanRow, catalog: GatherPlanDeps['catalog'], now: Date): Promise<NewestRows> {
  const { plan } = row;
  let page = await catalog.listBackups(plan.id, { limit: firstLook });
  const rows = [...page.rows];
  const unprovenMs = mostUnprovenMs(plan);
  const longAgo = new Date(now.getTime() - (unprovenMs ?? 0)).toISOString();
  for (let looks = 0; page.cursor !== undefined && looks < mostFurtherLooks; looks += 1) {
    const proofSeen = (provenAt(row, rows) ?? '') >= longAgo;
    const reachesBack = (rows.at(-1)?.slot ?? '') < longAgo;
    if (rows.some(isGood) && (unprovenMs === undefined || proofSeen || reachesBack)) break;
    page = await catalog.listBackups(plan.id, { limit: furtherLook, cursor: page.cursor });
    rows.push(...page.rows);
  }
  // A good one far back, behind thousands of failures.
  if (page.cursor === undefined) return { rows };
  const wholeSince = rows.at(-1)?.slot;
  if (rows.some(isGood)) return { rows, wholeSince };
  const { rows: good } = await catalog.listBackups(plan.id, { limit: firstLook, status: 'completed' });
  const seen = new Set(rows.map(({ backupId }) => backupId));
  return { rows: [...rows, ...good.filter(({ backupId }) => !seen.has(backupId))], wholeSince };
}

function longestUnverified(completed: readonly BackupRow[]): BackupRow | undefined {
  return completed
    .filter((row) => row.missingSince === undefined)
    .filter(({ verification }) => verification === undefined || verification.status === 'error')
    .sort((a, b) => ((knownSince(a) ?? '') < (knownSince(b) ?? '') ? -1 : 1))[0];
}

function bytesSince(completed: readonly BackupRow[], countedAt = ''): number {
  return completed
    .filter(({ completedAt = '' }) => completedAt > countedAt)
    .reduce((sum, { storedBytes = 0 }) => sum + storedBytes, 0);
}

async function newestExpired(planId: string, { catalog }: GatherPlanDeps): Promise<readonly BackupRow[]> {
  return (await catalog.listBackups(planId, { limit: firstLook, status: 'expired' })).rows;
}

function newestRecoverable(
  expired: readonly BackupRow[],
  { undeleteDays }: GatherPlanDeps,
  now: Date,
): BackupRow | undefined {
  const since = new Date(now.getTime() - undeleteDays * 86_400_000 - expirySlackMs).toISOString();
  return expired.find(
    (row) =>
      (row.expiry?.markedAt ?? row.expiry?.decidedAt ?? '') > since &&
      isGood({ ...row, status: 'completed' }),
  );
}

async function copiesSeen(
  good: readonly BackupRow[],
  { copied, onCopiesRefused }: GatherPlanDeps,
  now: Date,
): Promise<PlanFacts['copies']> {
  if (!copied) return undefined;
  try {
    return await copiesOf(good, copied, now);
  } catch (thrown) {
    if (!onCopiesRefused || !hasCode(thrown, ...refusals)) throw thrown;
    onCopiesRefused(asHoldfastError(thrown));
    return undefined;
  }
}

function earliest(times: readonly string[]): string | undefined {
  return [...times].sort()[0];
}
