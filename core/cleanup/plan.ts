/**
 * What cleanup decides about the backups of one plan: pure, streaming, in memory that does not grow with their number.
 * Rows come newest first, so the first good one met is the last good one, and every row that may go is met after
 * those that justify it.
 *
 * Promises: what is younger than its policy says, the newest good backup, the newest one that a restore has proven, the
 * newest verified one, the newest one at all, what is pinned, held by a restore or by a run that builds upon it, and
 * everything while paused, is kept.
 * Nothing of a plan that was deleted expires by policy.
 * What the vault seems to lack is kept for 30 days more: it may have been the last good one, and may be found again.
 *
 * A person's wish that a backup goes stands for the end of its policy, and for nothing else: what justifies that others
 * went, is pinned, held or paused, stays whoever asks.
 *
 * Backups may need segments of older ones. A backup that expires leaves those behind that any row needs which protects
 * (it stays, runs, or failed and its leftovers are not marked); they go once the last such row does.
 */
import { HoldfastError } from '../errors.ts';
import { expiryLimits } from '../expiry-request.ts';
import { isGood } from '../good.ts';
import type { Retention } from '../plan.ts';
import type { BackupRow, Guarded, Needed, PlanUsage } from '../ports/catalog.ts';
import type { Tier } from '../ports/vault.ts';
import { boundNeeded, everything, subtractNeeded } from '../references.ts';
import { expiresAtFor } from '../retention.ts';
import { needsBelow } from './needs.ts';

const dayMs = 86_400_000;

/** Leftovers of what failed are left alone so long: somebody may look into it, or take the run over. */
export const leftoversAfterDays = 7;

/** S3 carries out a lifecycle rule within a day or two; after that it is late. */
const lifecycleDays = 2;

/** A backup whose manifest is not found is given so long to be found again, before its policy counts. */
export const missingDays = 30;

/** Victims of one transaction of the catalog. */
export const mostVictims = expiryLimits.maxVictims;

export interface PlannerInput {
  readonly planId: string;
  /** Absent when the plan has no row any more: each backup then goes when it was made to go. */
  readonly plan?: { readonly retention: Retention; readonly paused?: unknown; readonly deleted?: unknown };
  /** Backups that a person asked to let go, whatever their policy says. */
  readonly wishes?: ReadonlySet<string>;
  /** Everything is paused. */
  readonly pausedAll?: boolean;
  /** ISO 8601 UTC. */
  readonly now: string;
  /** Days for which an expired backup can be brought back. */
  readonly undeleteDays: number;
}

/** Why a completed backup stays; `policy` first, then the first of the others that applies. */
export const keepReasons = [
  'policy',
  'last good',
  'last proven',
  'last verified',
  'last completed',
  'pinned',
  'held',
  'missing',
  'paused',
  'plan deleted',
  'running',
] as const;
export type KeepReason = (typeof keepReasons)[number];

/**
 * - `keep`: nothing happens. `until`: what the policy says, or how long it is held; absent: for ever.
 * - `expire`: its policy has ended (at `endedAt`), or a person asked for it (`wished`), and nothing else keeps it.
 * - `leftovers`: of a run that did not complete, long ago: its objects go, unless there is a manifest among them.
 * - `finish`: it was decided to go, and that all its objects are marked is not confirmed.
 * - `adjust`: it went, and what others need of it is no longer what was left unmarked.
 * - `recheck`: everything of it should have gone by now.
 * - `none`: neither kept nor touched: gone (but for what others need), too recent to be leftovers, or paused.
 *
 * `kept`: what of it others need, and is not marked.
 */
export type Decision =
  | { readonly action: 'keep'; readonly why: KeepReason; readonly until?: string }
  | {
      readonly action: 'expire';
      readonly endedAt: string;
      readonly kept: readonly Needed[];
      readonly wished: boolean;
    }
  | { readonly action: 'leftovers' | 'finish' | 'adjust' | 'recheck'; readonly kept: readonly Needed[] }
  | { readonly action: 'none'; readonly why: 'needed'; readonly kept: readonly Needed[] }
  | { readonly action: 'none'; readonly why: 'gone' | 'recent' | 'paused' };

/** A row that is protected whatever its policy says, as it was when it was read. */
export type Keepers = Readonly<Partial<Record<'good' | 'proven' | 'verified', Guarded>>>;

export interface PlanCounts {
  /** Completed backups that stay, and their bytes. */
  readonly kept: number;
  readonly keptBytes: number;
  /** Decided by this planner to expire. */
  readonly expiring: number;
  readonly expiringBytes: number;
  readonly byReason: Readonly<Partial<Record<KeepReason, number>>>;
  /** Of those that stay. */
  readonly byTier: NonNullable<PlanUsage['byTier']>;
}

export interface CleanupPlanner {
  /** Newest first, each row once; INTERNAL when the order is broken. */
  decide(row: BackupRow): Decision;
  /** True when this row, were it good, would be one of the keepers: then it is worth looking whether it is there. */
  wouldKeep(row: BackupRow): boolean;
  /** Notes what a row needs that was met elsewhere than on a page: it is newer than that. */
  protect(row: BackupRow): void;
  /** There is a backup without a row, and nobody knows what it needs of older ones until it is adopted. */
  meetUnknown(backupId: string): void;
  /** Whether such a one is newer than that backup: then all of it that could be needed stays as it is. */
  mayBeNeededByUnknown(backupId: string): boolean;
  /** What rows that protect need of that backup. */
  neededOf(backupId: string): readonly Needed[];
  /** That backup and all newer ones have been dealt with. */
  forgetFrom(backupId: string): void;
  /** On what all decisions so far rest: an expiry holds while each of these is completed and at its guard. */
  keepers(): Keepers;
  counts(): PlanCounts;
}

/** Until when the policy keeps it; undefined when nothing says so, and then it is kept. */
export function policyEnd(
  row: Pick<BackupRow, 'tier' | 'slot' | 'expiresAt' | 'keepDays'>,
  plan: PlannerInput['plan'],
): string | undefined {
  return plan ? expiresAtFor(row.tier, row.slot, plan.retention, row.keepDays) : row.expiresAt;
}

/**
 * Whether what a row needs must stay. One that expired gives it up, with the same days to come back as it has itself;
 * a run that died may be taken over, and complete with what it held, until its leftovers are marked.
 */
function protects(row: BackupRow, decision: Decision): boolean {
  if (row.status === 'completed') return decision.action === 'keep';
  if (row.status === 'expired') return false;
  return row.expiry?.markedAt === undefined;
}

/** Everything of a backup that another one could refer to; nothing of one that wrote no index. */
function everythingOf({ backupId, madeBy, attempt, indexes = {} }: BackupRow): readonly Needed[] {
  return Object.keys(indexes).map((component) => ({
    backupId,
    attempt: madeBy ?? attempt,
    component,
    segments: everything,
  }));
}

/** Whether what was marked then should have gone for good by now. */
export function hasGone(markedAt: string, now: string, undeleteDays: number): boolean {
  return Date.parse(markedAt) + (undeleteDays + lifecycleDays) * dayMs <= Date.parse(now);
}

const after = (iso: string, days: number) => new Date(Date.parse(iso) + days * dayMs).toISOString();

export function cleanupPlanner(input: PlannerInput): CleanupPlanner {
  const nowMs = Date.parse(input.now);
  const paused = input.pausedAll === true || input.plan?.paused !== undefined;
  const recheckAfterMs = (input.undeleteDays + lifecycleDays) * dayMs;
  const keepers: { good?: Guarded; proven?: Guarded; verified?: Guarded } = {};
  const byReason: Partial<Record<KeepReason, number>> = {};
  const counts = { kept: 0, keptBytes: 0, expiring: 0, expiringBytes: 0 };
  const byTier: Partial<Record<Tier, { readonly backups: number; readonly storedBytes: number }>> = {};
  const below = needsBelow();
  let newestUnknown = '';
  let previousId: string | undefined;
  let hasNewest = false;
  let hasNewestOfAll = false;

  const isPast = (iso: string, afterMs = 0) => Date.parse(iso) + afterMs <= nowMs;

  /** Notes the row as the keeper of what it is the newest of, and says the first of these. */
  function protection(row: BackupRow): KeepReason | undefined {
    let why: KeepReason | undefined;
    const note = (name: keyof Keepers, reason: KeepReason) => {
      if (keepers[name]) return;
      keepers[name] = { backupId: row.backupId, guard: row.guard };
      why ??= reason;
    };
    if (isGood(row)) {
      note('good', 'last good');
      if (row.verification?.provenAt !== undefined) note('proven', 'last proven');
      if (row.verification?.status === 'passed') note('verified', 'last verified');
    }
    // Where nothing is good, the newest one is the best there is: of the whole plan, and of some sources.
    if (row.missingSince === undefined) {
      if (!hasNewestOfAll || (!hasNewest && row.only === undefined)) why ??= 'last completed';
      hasNewestOfAll = true;
      if (row.only === undefined) hasNewest = true;
    }
    return why;
  }

  /** What must not be marked of a backup that goes. */
  function keptOf(row: BackupRow): readonly Needed[] {
    const needed = below.of(row.backupId);
    return row.backupId < newestUnknown ? boundNeeded([...needed, ...everythingOf(row)]) : needed;
  }

  /** Of one whose marks are confirmed. */
  function decideMarked(row: BackupRow, marked: string): Decision {
    const before = row.expiry?.kept ?? [];
    const needed = below.of(row.backupId);
    if (before.length + needed.length > 0) {
      const kept = row.backupId < newestUnknown ? boundNeeded([...before, ...needed]) : needed;
      const isSame = subtractNeeded(kept, before).length === 0 && subtractNeeded(before, kept).length === 0;
      return isSame ? { action: 'none', why: 'needed', kept } : { action: 'adjust', kept };
    }
    // Where nothing was found to mark, what comes up later is nothing that was decided about.
    const isDue = isPast(marked, recheckAfterMs) && row.expiry?.objects !== 0;
    return isDue ? { action: 'recheck', kept: [] } : { action: 'none', why: 'gone' };
  }

  function decideCompleted(row: BackupRow): Decision {
    const protectedAs = protection(row);
    const policy = policyEnd(row, input.plan);
    const wished = input.wishes?.has(row.backupId) ?? false;
    const end = wished ? input.now : policy;
    if (end === undefined || !isPast(end)) return { action: 'keep', why: 'policy', until: policy };
    if (!wished && input.plan?.deleted !== undefined) return { action: 'keep', why: 'plan deleted' };
    if (protectedAs) return { action: 'keep', why: protectedAs };
    if (row.pin) return { action: 'keep', why: 'pinned' };
    // While a chain grows each run holds its base anew, often before each round. That ends: no run builds upon what goes
    // back to a backup that read everything `fullEveryDays` ago (core/backup/base-choice.ts), and a hold lasts a day.
    const held = [row.heldUntil ?? '', row.basedOnUntil ?? ''].sort()[1];
    if (held && !isPast(held)) return { action: 'keep', why: 'held', until: held };
    if (!wished && row.missingSince !== undefined && !isPast(row.missingSince, missingDays * dayMs))
      return { action: 'keep', why: 'missing', until: after(row.missingSince, missingDays) };
    if (paused) return { action: 'keep', why: 'paused' };
    return { action: 'expire', endedAt: end, kept: keptOf(row), wished };
  }

  function decideOther(row: BackupRow): Decision {
    const marked = row.expiry?.markedAt;
    if (row.status === 'expired') {
      if (paused) return { action: 'none', why: 'paused' };
      return marked === undefined ? { action: 'finish', kept: keptOf(row) } : decideMarked(row, marked);
    }
    // A run that claims an old row begins its lease anew: what counts is when it was last alive.
    const lastAlive =
      row.status === 'failed'
        ? (row.failedAt ?? row.startedAt ?? row.slot)
        : (row.leaseUntil ?? row.startedAt ?? row.slot);
    if (row.status !== 'failed' && !isPast(lastAlive, leftoversAfterDays * dayMs))
      return { action: 'keep', why: 'running' };
    if (!isPast(lastAlive, leftoversAfterDays * dayMs)) return { action: 'none', why: 'recent' };
    if (paused) return { action: 'none', why: 'paused' };
    // Marked before: they should have gone since then.
    if (marked !== undefined && !isPast(marked, recheckAfterMs)) return { action: 'none', why: 'gone' };
    return { action: 'leftovers', kept: below.of(row.backupId) };
  }

  function count(row: BackupRow, decision: Decision): void {
    const bytes = row.storedBytes ?? 0;
    if (decision.action === 'expire') {
      counts.expiring += 1;
      counts.expiringBytes += bytes;
    } else if (decision.action === 'keep') {
      byReason[decision.why] = (byReason[decision.why] ?? 0) + 1;
      if (row.status !== 'completed') return;
      counts.kept += 1;
      counts.keptBytes += bytes;
      const { backups = 0, storedBytes = 0 } = byTier[row.tier] ?? {};
      byTier[row.tier] = { backups: backups + 1, storedBytes: storedBytes + bytes };
    }
  }

  return {
    decide(row) {
      if (previousId !== undefined && row.backupId >= previousId) {
        throw new HoldfastError(
          'INTERNAL',
          `Cleanup of ${input.planId} needs its backups newest first, but ${row.backupId} came after ${previousId}`,
        );
      }
      previousId = row.backupId;
      const decision = row.status === 'completed' ? decideCompleted(row) : decideOther(row);
      count(row, decision);
      if (row.needs && protects(row, decision)) below.add(row.needs);
      return decision;
    },
    protect(row) {
      if (row.needs && row.status !== 'expired') below.add(row.needs);
    },
    meetUnknown(backupId) {
      if (backupId > newestUnknown) newestUnknown = backupId;
    },
    mayBeNeededByUnknown: (backupId) => backupId < newestUnknown,
    neededOf: (backupId) => below.of(backupId),
    forgetFrom: (backupId) => below.forgetFrom(backupId),
    wouldKeep(row) {
      if (!isGood(row)) return false;
      return (
        !keepers.good ||
        (!keepers.proven && row.verification?.provenAt !== undefined) ||
        (!keepers.verified && row.verification?.status === 'passed')
      );
    },
    keepers: () => ({ ...keepers }),
    counts: () => ({ ...counts, byReason: { ...byReason }, byTier: { ...byTier } }),
  };
}

/** The keepers for one transaction: each row once. */
export function guardedKeepers(keepers: Keepers): Guarded[] {
  const each = [keepers.good, keepers.proven, keepers.verified].filter((keeper) => keeper !== undefined);
  return [...new Map(each.map((keeper) => [keeper.backupId, keeper])).values()];
}

/** So many backups of so many going at once is worth a person's look: a policy was shortened, or a clock is wrong. */
export function isUnusual(expired: number, kept: number): boolean {
  return expired > 10 && expired > (expired + kept) / 4;
}
