/** Facts about a plan and the time → what is wrong with it. Pure. */
import type { Condition } from '../alerts.ts';
import { isWhole } from '../good.ts';
import type { BackupRow } from '../ports/catalog.ts';
import { intervalSeconds, lastSlot } from '../schedule.ts';
import { targetsMissed } from './assess-targets.ts';
import { verificationError } from './assess-verification-error.ts';
import type { PlanFacts } from './facts.ts';
import { knownSince } from './gather-plan.ts';
import { isLongPause, isOverdue, isResting, withoutReminders } from './rest.ts';
import {
  dayMs,
  longestRunMs,
  mostUnprovenMs,
  mostUnseenMs,
  quotaWarnShare,
  replicationLagMs,
  settlingMs,
  stuckAfterMs,
  unverifiedAfterMs,
} from './settings.ts';
import { bytes, span } from './words.ts';

export interface Moment {
  readonly now: Date;
  /** Everything is paused. */
  readonly allPaused: boolean;
  /** When cleanup last told, by plan, that the last good one is beyond its own reach. */
  readonly toldOfReprieve?: ReadonlyMap<string, string>;
}

/** Every condition of the plan, in a fixed order. */
export function assessPlan(facts: PlanFacts, moment: Moment): Condition[] {
  const late = [failed(facts), missed(facts, moment)].filter((condition) => condition !== undefined);
  return [
    ...late,
    ...targetsMissed(facts, moment, late.length > 0),
    stuck(facts, moment),
    scheduleWrong(facts, moment),
    verificationFailed(facts),
    verificationError(facts, moment.now) ?? verificationOverdue(facts, moment),
    quota(facts, moment),
    replicationBehind(facts, moment),
    lastGoodMarked(facts, moment),
    noGoodBackup(facts, moment),
    paused(facts, moment),
  ]
    .filter((condition) => condition !== undefined)
    .map((condition) => (isResting(facts.row, moment.allPaused) ? withoutReminders(condition) : condition));
}

type Found = Omit<Condition, 'id' | 'planId'>;

function about({ row }: Pick<PlanFacts, 'row'>, found: Found): Condition {
  const planId = row.plan.id;
  return { ...found, id: `${found.kind}/${planId}`, planId };
}

/** The newest run failed; well again with the next that completes. The run told it itself. */
function failed(facts: PlanFacts): Condition | undefined {
  return facts.lastEnded?.status === 'failed' ? failureOf(facts.lastEnded, facts) : undefined;
}

/**
 * What began and ended since the last round: the run told that it failed, and no round saw it fail, so nobody would
 * hear that the next one went well.
 */
export function overSince(facts: PlanFacts, since: string): Condition[] {
  const { lastFailed, lastEnded } = facts;
  if (!lastFailed?.failedAt || lastEnded === lastFailed || lastFailed.failedAt <= since) return [];
  return [failureOf(lastFailed, facts)];
}

function failureOf(row: BackupRow, facts: PlanFacts): Condition {
  const { lastGood } = facts;
  const since = row.failedAt ?? row.startedAt ?? row.slot;
  const { code = 'INTERNAL', message = 'no reason was recorded' } = row.error ?? {};
  return about(facts, {
    kind: 'backup-failed',
    severity: 'critical',
    backupId: row.backupId,
    why: `the newest run failed: ${message}. The last good backup is ${lastGood ? `of ${lastGood.slot}` : 'none'}`,
    next: `Mend the cause (docs/troubleshooting.md#${code}), try it with holdfast plan test ${row.planId}, then holdfast backup ${row.planId}.`,
    since,
    toldAt: since,
    code,
  });
}

/**
 * No backup for the last time that the schedule should have fired, a grace ago. It does not look at whether the
 * schedule exists: one that was deleted or switched off by hand is missed like any other.
 */
function missed(facts: PlanFacts, { now, allPaused }: Moment): Condition | undefined {
  const { row, lastMade, lastEnded } = facts;
  const { plan, createdAt, updatedAt } = row;
  if (!plan.enabled || row.paused || allPaused) return undefined;
  const graceMs = plan.graceMinutes * 60_000;
  const expected = lastSlot(plan.schedule, new Date(now.getTime() - graceMs), createdAt);
  const covered = lastMade?.slot ?? createdAt;
  if (Date.parse(covered) >= Date.parse(expected)) return undefined;
  // A plan that has just been changed may never have had that slot: then only the age of its newest backup counts.
  const isOwnSlot = Date.parse(expected) > Date.parse(updatedAt);
  const lateMs = intervalSeconds(plan.schedule) * 1000 + graceMs;
  if (!isOwnSlot && now.getTime() - Date.parse(covered) <= lateMs) return undefined;
  if (facts.unfinished.some((run) => isWhole(run) && livesFor(run, expected, now))) return undefined;
  const newest = lastMade ? `the newest is of ${lastMade.slot}` : `none was made since ${createdAt}`;
  const ran = lastEnded?.status === 'failed' && Date.parse(lastEnded.slot) >= Date.parse(expected);
  return about(facts, {
    kind: 'backup-missed',
    severity: 'critical',
    why: `there is no backup for ${expected}; ${newest}, ${span(now.getTime() - Date.parse(covered))} ago${ran ? '; the run for it failed' : ''}`,
    next: `Make one now: holdfast backup ${plan.id}. Then see why it did not run: holdfast status --plan ${plan.id}, holdfast doctor.`,
    since: expected,
  });
}

function livesFor(run: BackupRow, expected: string, now: Date): boolean {
  const began = Date.parse(run.startedAt ?? run.slot);
  return (
    Date.parse(run.slot) >= Date.parse(expected) &&
    Date.parse(run.leaseUntil ?? '') > now.getTime() &&
    now.getTime() - began < longestRunMs
  );
}

/** Says that it runs, and nobody behind it. Well again when it has ended or a newer one was made. */
function stuck(facts: PlanFacts, { now }: Moment): Condition | undefined {
  const run = facts.unfinished.find(
    ({ leaseUntil, startedAt, slot }) =>
      now.getTime() - Date.parse(leaseUntil ?? startedAt ?? slot) > stuckAfterMs,
  );
  if (!run) return undefined;
  const since = run.leaseUntil ?? run.startedAt ?? run.slot;
  return about(facts, {
    kind: 'run-stuck',
    severity: 'critical',
    backupId: run.backupId,
    why: `attempt ${run.attempt} stopped without an end: its lease ended at ${since}`,
    next: `Look at its log (correlation id ${run.correlationId}), then holdfast backup ${run.planId}.`,
    since,
  });
}

/** Put right where watch may; that it was wrong is told all the same, since somebody or something changed it. */
function scheduleWrong(facts: PlanFacts, { now, allPaused }: Moment): Condition | undefined {
  const { row, schedule, drift, mended, mendError } = facts;
  const { plan, updatedAt } = row;
  if (now.getTime() - Date.parse(updatedAt) < settlingMs) return undefined;
  const since = now.toISOString();
  if (drift !== undefined && mended) {
    return about(facts, {
      kind: 'schedule-wrong',
      severity: 'warning',
      why: `${drift.replace(' is ', ' was ')}; watch has put it right`,
      next: 'Nothing, if a change of the plan was interrupted. Otherwise see who changed it: schedules belong to their plans.',
      since,
      once: true,
    });
  }
  const isOff = schedule === 'absent' || schedule === 'disabled';
  if (!mendError && (!isOff || !plan.enabled || row.paused || allPaused)) return undefined;
  const why =
    schedule === 'absent'
      ? 'its schedule in EventBridge Scheduler is gone: it never runs'
      : schedule === 'disabled' && plan.enabled
        ? 'its schedule in EventBridge Scheduler is switched off, though the plan is on'
        : (drift ?? 'its schedule in EventBridge Scheduler is not what the plan says');
  return about(facts, {
    kind: 'schedule-wrong',
    severity: 'critical',
    why: mendError ? `${why}. Watch could not put it right: ${mendError.message}` : why,
    next:
      mendError?.next ??
      `Put it back: holdfast plan show ${plan.id} > plan.yaml && holdfast plan apply -f plan.yaml`,
    since,
    ...(mendError && { code: mendError.code }),
  });
}

/** Of the newest that was verified; a newer one that waits for its verification says nothing yet. */
function verificationFailed(facts: PlanFacts): Condition | undefined {
  const { lastVerified: row } = facts;
  if (row?.verification?.status !== 'failed') return undefined;
  const { verifiedAt, level, detail } = row.verification;
  return about(facts, {
    kind: 'verification-failed',
    severity: 'critical',
    backupId: row.backupId,
    why: `the newest verified backup failed at level ${level}: ${detail}`,
    next: `Make another one now (holdfast backup ${row.planId}) and prove it: holdfast verify --latest ${row.planId}.`,
    since: verifiedAt,
    toldAt: verifiedAt,
  });
}

/** A new backup that nobody has verified, drills that do not come about, or kept backups that nobody looks at. */
function verificationOverdue(facts: PlanFacts, moment: Moment): Condition | undefined {
  const found = waitsUnverified(facts, moment) ?? drillOverdue(facts, moment) ?? lookOverdue(facts, moment);
  if (!found) return undefined;
  const next = `Prove one now: holdfast verify --latest ${facts.row.plan.id}. Then look at the verify function: holdfast doctor.`;
  return about(facts, { kind: 'verification-overdue', severity: 'warning', next, ...found });
}

type Overdue = Pick<Found, 'why' | 'since' | 'backupId'>;

function waitsUnverified({ longestUnverified }: PlanFacts, { now }: Moment): Overdue | undefined {
  const since = longestUnverified && knownSince(longestUnverified);
  if (!since || now.getTime() - Date.parse(since) <= unverifiedAfterMs) return undefined;
  const { verification, backupId } = longestUnverified;
  const tried = verification ? `; tried at ${verification.verifiedAt}: ${verification.detail}` : '';
  const why = `completed ${span(now.getTime() - Date.parse(since))} ago and not verified${tried}`;
  return { backupId, why, since };
}

/** They fail, give way to reading time after time, or are never begun: verified perhaps, but nothing was restored. */
function drillOverdue(facts: PlanFacts, { now, allPaused }: Moment): Overdue | undefined {
  const { row, lastGood, lastProvenAt, oldestUnprovenAt } = facts;
  const mostMs = mostUnprovenMs(row.plan);
  const since = lastProvenAt ?? oldestUnprovenAt;
  if (mostMs === undefined || !lastGood || !since || now.getTime() - Date.parse(since) <= mostMs)
    return undefined;
  // With nothing new, only the calendar asks for another one, and not of a plan that rests.
  const byCalendar = row.plan.verification.drill !== 'never' && !isResting(row, allPaused);
  if (!oldestUnprovenAt && !byCalendar) return undefined;
  // One that is new has time for its drill.
  if (oldestUnprovenAt && now.getTime() - Date.parse(oldestUnprovenAt) <= unverifiedAfterMs) return undefined;
  const why = `no backup passed a restore drill for ${span(now.getTime() - Date.parse(since))}, though the plan asks for one`;
  return { why, since };
}

function lookOverdue({ row, lastGood, oldestGoodAt }: PlanFacts, { now }: Moment): Overdue | undefined {
  const mostMs = mostUnseenMs(row.plan);
  const { storedAt, storedError } = row.proof ?? {};
  const since = storedAt ?? oldestGoodAt;
  if (mostMs === undefined || !lastGood || !since || now.getTime() - Date.parse(since) <= mostMs)
    return undefined;
  const kept = storedError
    ? `; ${storedError.backupId}: ${storedError.message} (${storedError.code}, docs/troubleshooting.md#${storedError.code})`
    : '';
  const why = `for ${span(now.getTime() - Date.parse(since))} nobody has looked whether all kept backups are stored as they were${kept}`;
  return { ...(storedError && { backupId: storedError.backupId }), why, since };
}

function quota(facts: PlanFacts, { now }: Moment): Condition | undefined {
  const { plan, usage } = facts.row;
  if (plan.quotaBytes === undefined) return undefined;
  const used = (usage?.storedBytes ?? 0) + facts.bytesSinceCounted;
  const found = quotaFound(used, plan.quotaBytes, now);
  return found && about(facts, found);
}

/** Also for the whole. */
export function quotaFound(usedBytes: number, quotaBytes: number, now: Date): Found | undefined {
  if (usedBytes < quotaBytes * quotaWarnShare) return undefined;
  const isFull = usedBytes >= quotaBytes;
  return {
    kind: 'quota-near',
    severity: isFull ? 'critical' : 'warning',
    why: `${bytes(usedBytes)} of ${bytes(quotaBytes)} are stored (${Math.floor((usedBytes / quotaBytes) * 100)} %)${isFull ? '; nothing is refused or expired because of it' : ''}`,
    next: 'Raise quotaBytes, keep less (holdfast retention preview), or exclude what need not be backed up.',
    since: now.toISOString(),
  };
}

/** A newest one that is still on its way does not hide that the one before it never arrived. */
function replicationBehind({ row, copies = [] }: PlanFacts, { now }: Moment): Condition | undefined {
  for (const { backupId, completedAt, state } of copies) {
    if (state === 'completed') return undefined;
    const ageMs = now.getTime() - Date.parse(completedAt);
    const allowedMs = state === 'pending' ? replicationLagMs : settlingMs;
    if (state !== 'failed' && ageMs <= allowedMs) continue;
    const why = {
      failed: `S3 could not copy the good backup of ${completedAt}`,
      pending: `the good backup of ${completedAt} is not copied after ${span(ageMs)}`,
      none: `no replication rule took the good backup of ${completedAt}`,
    }[state];
    return about(
      { row },
      {
        kind: 'replication-behind',
        severity: state === 'failed' ? 'critical' : 'warning',
        backupId,
        why,
        next: 'Look at the replication rule of the vault bucket, its role and the bucket in the other region: holdfast doctor.',
        since: completedAt,
      },
    );
  }
  return undefined;
}

function lastGoodMarked(facts: PlanFacts, { toldOfReprieve }: Moment): Condition | undefined {
  const { recoverable: row } = facts;
  if (!row?.expiry) return undefined;
  return about(facts, {
    kind: 'last-good-marked',
    severity: 'critical',
    backupId: row.backupId,
    why: 'no good backup is left, and the newest that could be one is marked to go',
    next: `Bring it back while that is possible: holdfast undelete ${row.backupId}`,
    since: row.expiry.decidedAt,
    toldAt: toldOfReprieve?.get(row.planId),
  });
}

/**
 * Nothing that could be restored, and nothing that could be brought back: whatever was made is lost. A plan of less than
 * a day may still be on its way to its first good one.
 */
function noGoodBackup(facts: PlanFacts, { now }: Moment): Condition | undefined {
  const { row, lastGood, lastMade, recoverable } = facts;
  if (lastGood || recoverable || !lastMade) return undefined;
  if (now.getTime() - Date.parse(row.createdAt) <= dayMs) return undefined;
  return about(facts, {
    kind: 'no-good-backup',
    severity: 'critical',
    why: `no good backup is left: the newest that was made is of ${lastMade.slot}, and it cannot be relied on`,
    next: `Make one now: holdfast backup ${row.plan.id}, then holdfast verify --latest ${row.plan.id}. Then see what became of the others: holdfast list ${row.plan.id}.`,
    since: now.toISOString(),
  });
}

function paused(facts: PlanFacts, { now }: Moment): Condition | undefined {
  const { plan, paused } = facts.row;
  if (!paused) return undefined;
  const overdue = isOverdue(facts, now)
    ? '; its newest good backup is older than its interval and grace'
    : '';
  return about(facts, {
    kind: 'paused',
    severity: overdue !== '' || isLongPause(paused, now) ? 'critical' : 'warning',
    why: `paused by ${paused.by}: ${paused.reason}${overdue}`,
    next: `While it is paused no schedule makes a backup. End it with holdfast resume ${plan.id}.`,
    since: paused.at,
  });
}
