/**
 * What is to be proven again, by the calendar: the newest backup of each plan by a drill, every kept one by a look at what
 * is stored. Pure: rows and the time → what is due. Watch judges by the same periods whether it was done.
 */
import { isGood } from '../good.ts';
import type { Plan } from '../plan.ts';
import type { BackupRow, PlanRow } from '../ports/catalog.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const drillPeriods = { daily: dayMs, weekly: 7 * dayMs, monthly: 30 * dayMs, never: undefined } as const;
const storedPeriods = { daily: dayMs, weekly: 7 * dayMs, never: undefined } as const;

/** Begun so much before the period is over: otherwise each would be a sweep later than the one before. */
const earlyMs = hourMs;
/** A drill that failed, or could not be carried out, is tried again after so long, or after the plan's period. */
const retryDrillMs = dayMs;
/** A look at what is stored that could not come to its end. */
const retryStoredMs = 6 * hourMs;

/** Undefined: never. */
export function drillPeriodMs({ verification }: Pick<Plan, 'verification'>): number | undefined {
  return drillPeriods[verification.drill];
}

/** Undefined: never. */
export function storedPeriodMs({ verification }: Pick<Plan, 'verification'>): number | undefined {
  return storedPeriods[verification.stored];
}

/** When a backup of the plan last passed a drill, as far as these know. */
export function provenAt(
  row: Pick<PlanRow, 'proof'>,
  backups: readonly Pick<BackupRow, 'verification' | 'only'>[],
): string | undefined {
  const byCalendar = row.proof?.drill?.result === 'proven' ? [row.proof.drill.at] : [];
  const byBackup = backups
    .filter(({ only }) => only === undefined)
    .flatMap(({ verification }) => verification?.provenAt ?? []);
  return [...byCalendar, ...byBackup].sort().at(-1);
}

/** What the plan's row alone can tell, so that a round over 10,000 plans asks for the backups of few. */
export function mayNeedDrill({ plan, proof, deleted }: PlanRow, now: Date): boolean {
  const periodMs = drillPeriodMs(plan);
  if (periodMs === undefined || deleted) return false;
  if (!proof?.drill) return true;
  const { at, result } = proof.drill;
  const waitMs = result === 'proven' || result === 'less' ? periodMs : Math.min(periodMs, retryDrillMs);
  return isOver(at, waitMs, now);
}

/**
 * The backup that is to be drilled now.
 *
 * @param completed the newest completed backups of the plan, newest first
 */
export function drillDue(row: PlanRow, completed: readonly BackupRow[], now: Date): BackupRow | undefined {
  const { plan, paused } = row;
  const periodMs = drillPeriodMs(plan);
  if (periodMs === undefined || !mayNeedDrill(row, now)) return undefined;
  const newest = completed.find(isGood);
  if (!newest) return undefined;
  const { verification } = newest;
  const isNew = verification === undefined || verification.status === 'error';
  // It waits for the drill that every new one of this plan gets.
  if (plan.verification.level === 'restored' && isNew) return undefined;
  // Nothing new comes of a plan that rests: its newest one is proven once and for all.
  if ((!plan.enabled || paused) && verification?.provenAt !== undefined) return undefined;
  const proven = provenAt(row, completed);
  return proven === undefined || isOver(proven, periodMs, now) ? newest : undefined;
}

/** The kept backups of the plan are to be looked at now. */
export function lookDue({ plan, proof }: PlanRow, now: Date): boolean {
  const periodMs = storedPeriodMs(plan);
  if (periodMs === undefined) return false;
  if (proof?.storedError && !isOver(proof.storedError.at, Math.min(periodMs, retryStoredMs), now))
    return false;
  return proof?.storedAt === undefined || isOver(proof.storedAt, periodMs, now);
}

/**
 * Whether a look that began at `startedAt` has this one before it. One that was interrupted, or is repeated since it could
 * not see everything, leaves out what was seen half a period ago or less. What is known to be missing was told.
 */
export function needsLook(
  { plan }: Pick<PlanRow, 'plan'>,
  backup: Pick<BackupRow, 'status' | 'missingSince' | 'storedAt'>,
  startedAt: string,
): boolean {
  if (backup.status !== 'completed' || backup.missingSince !== undefined) return false;
  const since = Date.parse(startedAt) - (storedPeriodMs(plan) ?? 0) / 2;
  return backup.storedAt === undefined || Date.parse(backup.storedAt) < since;
}

function isOver(at: string, periodMs: number, now: Date): boolean {
  return now.getTime() - Date.parse(at) >= periodMs - earlyMs;
}
