/** Limits of time that watch and status go by. Each says where its number comes from. */
import type { Plan } from '../plan.ts';
import { drillPeriodMs, storedPeriodMs } from '../verification/cadence.ts';

const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** A lease is renewed every minute or so; one that ended this long ago has nobody behind it any more. */
export const stuckAfterMs = 15 * minuteMs;

/** A run that lives is not missed yet, for this long: no run lives longer on purpose. */
export const longestRunMs = dayMs;

/** The sweep verifies every quarter of an hour; a day is room for a night's worth of drills. */
export const unverifiedAfterMs = dayMs;

/** Each new backup is to be drilled, and none is by the calendar: drills may give way to reading for so long. */
const unprovenAfterMs = 14 * dayMs;

/** How long a plan may be without a backup that passed a drill; undefined: it asks for none. */
export function mostUnprovenMs(plan: Pick<Plan, 'verification'>): number | undefined {
  const periodMs = drillPeriodMs(plan);
  if (periodMs !== undefined) return periodMs + unverifiedAfterMs;
  return plan.verification.level === 'restored' ? unprovenAfterMs : undefined;
}

/** How long its kept backups may go without a look at all of them; undefined: it asks for none. */
export function mostUnseenMs(plan: Pick<Plan, 'verification'>): number | undefined {
  const periodMs = storedPeriodMs(plan);
  return periodMs === undefined ? undefined : periodMs + unverifiedAfterMs;
}

/** `plan apply` writes the plan first and its schedule next. */
export const settlingMs = 10 * minuteMs;

/** S3 replicates most objects within minutes; replication time control promises 15. */
export const replicationLagMs = hourMs;

/** Whoever pauses for a move or a migration is done by then. */
export const longPauseMs = 7 * dayMs;

/** Marking that was unusual is critical for the first day, and reminded of for three: 24, 48 and 72 hours after it. */
export const unusualIsFreshMs = dayMs;
export const unusualRemindedMs = 84 * hourMs;

/** Cleanup never ran: told once the stack is at least this old. */
export const firstCleanupMs = 2 * dayMs;

/** From the day of a key: time to export it and to prove the export. */
export const keyGraceMs = 7 * dayMs;

/** S3 expires what is marked within a day of midnight; then the versions live for the undelete window. */
export const expirySlackMs = 2 * dayMs;

/** Share of a quota at which it is told the first time. */
export const quotaWarnShare = 0.8;

/** While something lasts it is told again after this long. */
export const remindAfterMs = dayMs;
