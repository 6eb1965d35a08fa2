/** Facts about the whole and the time → what is wrong with it. Pure. */
import type { Condition } from '../alerts.ts';
import type { Recipient } from '../ports/surroundings.ts';
import { raisedAlarms } from './assess-alarms.ts';
import { quotaFound } from './assess-plan.ts';
import type { HealthSettings, StackFacts } from './facts.ts';
import { isLongPause } from './rest.ts';
import {
  dayMs,
  firstCleanupMs,
  hourMs,
  keyGraceMs,
  unusualIsFreshMs,
  unusualRemindedMs,
} from './settings.ts';
import { bytes, span } from './words.ts';

/** Every condition of the stack, in a fixed order. What was not seen, or has no setting, is not judged. */
export function assessStack(facts: StackFacts, settings: HealthSettings, now: Date): Condition[] {
  return [
    unheard(facts, now),
    ...raisedAlarms(facts, now),
    paused(facts, now),
    cleanupStalled(facts, settings, now),
    cleanupFailed(facts),
    ...cleanupUnusual(facts, now),
    ...vaultIncomplete(facts),
    catalogIncomplete(facts, now),
    quota(facts, settings, now),
    keyUnproven(facts, now),
    keyOld(facts, settings, now),
    ...waiting(facts),
  ].filter((condition) => condition !== undefined);
}

function whole(found: Omit<Condition, 'id' | 'planId'>): Condition {
  return { ...found, id: `${found.kind}/-` };
}

function unheard({ recipients }: StackFacts, now: Date): Condition | undefined {
  if (!recipients || recipients.some(hearsAll)) return undefined;
  return whole({
    kind: 'alerts-unheard',
    severity: 'critical',
    why:
      recipients.length === 0
        ? 'nobody is subscribed to the alerts'
        : `none of the ${recipients.length} subscriptions is confirmed and without a filter`,
    next: 'Set alertEmail and deploy, or subscribe to the topic; then open the message from AWS and confirm. One must have no filter.',
    since: now.toISOString(),
  });
}

/** Alarms of CloudWatch have no attributes, so that no filter lets them pass. */
function hearsAll({ confirmed, filtered }: Recipient): boolean {
  return confirmed && !filtered;
}

function paused({ pause, overdue }: StackFacts, now: Date): Condition | undefined {
  if (!pause) return undefined;
  const late = overdue
    ? `; the newest good backup of ${overdue.plans} plans, like ${overdue.like}, is older than interval and grace`
    : '';
  return whole({
    kind: 'paused',
    severity: late !== '' || isLongPause(pause, now) ? 'critical' : 'warning',
    why: `everything is paused by ${pause.by}: ${pause.reason}${late}`,
    next: 'While it is paused no schedule makes a backup, and cleanup marks nothing. End it with holdfast resume.',
    since: pause.at,
  });
}

/** A round is due every so many days; one day more is room for a failed one and its repetition. */
function cleanupStalled(
  { cleanup, oldestPlanAt }: StackFacts,
  { cleanupEveryDays }: HealthSettings,
  now: Date,
): Condition | undefined {
  if (cleanupEveryDays === undefined) return undefined;
  const allowedMs = (cleanupEveryDays + 1) * dayMs;
  const recorded = cleanup?.completedAt;
  // A time to come was written by a clock that was wrong, and says nothing.
  const completedAt = recorded && Date.parse(recorded) <= now.getTime() + hourMs ? recorded : undefined;
  const since = completedAt ?? oldestPlanAt;
  const limitMs = completedAt ? allowedMs : Math.max(allowedMs, firstCleanupMs);
  if (since === undefined || now.getTime() - Date.parse(since) <= limitMs) return undefined;
  return whole({
    kind: 'cleanup-stalled',
    severity: 'critical',
    why: `${completedAt ? `the last whole round ended ${span(now.getTime() - Date.parse(since))} ago` : 'it never finished a round'}; nothing is lost, but nothing expires`,
    next: 'Start it by hand: holdfast cleanup. Then look at its schedule and its log: holdfast doctor.',
    since,
  });
}

function cleanupFailed({ cleanup }: StackFacts): Condition | undefined {
  if (!cleanup?.lastError) return undefined;
  return whole({
    kind: 'cleanup-failed',
    severity: 'critical',
    why: cleanup.lastError,
    next: 'Nothing was marked where it failed. Mend the cause, then holdfast cleanup.',
    since: cleanup.lastRunAt,
    // Each failed run tells it itself.
    toldAt: cleanup.lastRunAt,
  });
}

/** Until what was marked is gone for good; cleanup told it itself, unless it could not. */
function cleanupUnusual({ cleanup }: StackFacts, now: Date): Condition[] {
  const nowMs = now.getTime();
  return (cleanup?.unusual ?? [])
    .filter(({ until }) => Date.parse(until) > nowMs)
    .map(({ planId, expired, kept, at, until, toldAt }) => ({
      id: `cleanup-unusual/${planId ?? '-'}`,
      kind: 'cleanup-unusual',
      severity: nowMs - Date.parse(at) < unusualIsFreshMs ? 'critical' : 'warning',
      planId,
      why: `${expired} of ${expired + kept} backups expired in one round, by policy or on request, at ${at}`,
      next: `If that is not what was meant: holdfast pause${planId ? ` ${planId}` : ''}, correct the retention, and holdfast undelete BACKUP before ${until}.`,
      since: at,
      toldAt,
      once: nowMs - Date.parse(at) > unusualRemindedMs,
    }));
}

/** One condition a plan: its oldest find stands for the others. */
function vaultIncomplete({ cleanup }: StackFacts): Condition[] {
  const byPlan = Map.groupBy(cleanup?.missing ?? [], ({ planId }) => planId);
  return [...byPlan].map(([planId, found]) => {
    const [oldest] = [...found].sort((a, b) => (a.since < b.since ? -1 : 1));
    const more = found.length > 1 ? ` (and of ${found.length - 1} more of this plan)` : '';
    return {
      id: `vault-incomplete/${planId}`,
      kind: 'vault-incomplete',
      severity: 'critical',
      planId,
      backupId: oldest?.backupId,
      why: `the manifest of ${oldest?.backupId}${more} is not in the vault: it cannot be restored`,
      next: `Somebody deleted it: holdfast undelete ${oldest?.backupId} brings it back within the window; then holdfast cleanup.`,
      since: oldest?.since ?? '',
    };
  });
}

function catalogIncomplete({ cleanup }: StackFacts, now: Date): Condition | undefined {
  const unlisted = cleanup?.unlisted ?? [];
  const [first] = unlisted;
  if (!first) return undefined;
  return whole({
    kind: 'catalog-incomplete',
    severity: 'critical',
    why: `the vault holds ${unlisted.length}${unlisted.length >= 100 ? ' or more' : ''} backups that the catalog does not list, like ${first.backupId} of ${first.planId}`,
    next: 'They are adopted by themselves; if this lasts, holdfast catalog rebuild lists what cannot be read.',
    since: cleanup?.lastRunAt ?? now.toISOString(),
  });
}

function quota(
  { storedBytes }: StackFacts,
  { quotaBytes }: HealthSettings,
  now: Date,
): Condition | undefined {
  const found = quotaBytes === undefined ? undefined : quotaFound(storedBytes, quotaBytes, now);
  return found && whole(found);
}

/** A key's id carries the day it was made: `wk-20261121-3f9a1c22`, `sk-backup-20261121-3f9a1c22`. */
export function dayOfKey(keyId: string): string | undefined {
  const [, year, month, day] = /^(?:wk|sk-[a-z]+)-(\d{4})(\d\d)(\d\d)-/.exec(keyId) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}T00:00:00.000Z`;
}

function keyUnproven(
  { currentKeyId, keys, unprovenSigners = [] }: StackFacts,
  now: Date,
): Condition | undefined {
  const madeAt = currentKeyId === undefined ? undefined : dayOfKey(currentKeyId);
  if (currentKeyId === undefined || madeAt === undefined) return undefined;
  const { exportedAt, provenAt } = keys?.keys[currentKeyId] ?? {};
  if (exportedAt && provenAt) return signersUnproven(unprovenSigners, now);
  if (now.getTime() - Date.parse(madeAt) <= keyGraceMs) return undefined;
  return whole({
    kind: 'key-unproven',
    severity: 'warning',
    why: exportedAt
      ? `key ${currentKeyId} was exported, but nobody has proven that the export opens a backup`
      : `key ${currentKeyId} is nowhere but in this account: with the account every backup is lost`,
    next: exportedAt
      ? 'Prove it: holdfast keys prove.'
      : 'Export it under a passphrase, keep the file elsewhere, and prove it: holdfast keys export, holdfast keys prove.',
    since: madeAt,
  });
}

/** The export opens what there is; what the new signing keys sign, it refuses. */
function signersUnproven(ids: readonly string[], now: Date): Condition | undefined {
  const madeAt = ids.map((id) => dayOfKey(id) ?? '').sort()[0];
  if (!madeAt || now.getTime() - Date.parse(madeAt) <= keyGraceMs) return undefined;
  return whole({
    kind: 'key-unproven',
    severity: 'warning',
    why: `no proven export knows the signing keys ${ids.join(', ')}: with what you keep outside the account, new backups are refused`,
    next: 'Export and prove again: holdfast keys export, holdfast keys prove.',
    since: madeAt,
  });
}

function keyOld(
  { currentKeyId }: StackFacts,
  { keyAgeDays }: HealthSettings,
  now: Date,
): Condition | undefined {
  const madeAt = currentKeyId === undefined ? undefined : dayOfKey(currentKeyId);
  if (madeAt === undefined || keyAgeDays === undefined) return undefined;
  const ageMs = now.getTime() - Date.parse(madeAt);
  if (ageMs <= keyAgeDays * dayMs) return undefined;
  return whole({
    kind: 'key-old',
    severity: 'warning',
    why: `key ${currentKeyId} is ${span(ageMs)} old; the limit is ${keyAgeDays} days`,
    next: 'Add a new one: holdfast keys rotate, then export and prove it. Older backups stay readable with the old key.',
    since: new Date(Date.parse(madeAt) + keyAgeDays * dayMs).toISOString(),
  });
}

/** For information: told when a restore begins to wait, and when it waits no longer. */
function waiting({ waiting }: StackFacts): Condition[] {
  return (waiting ?? []).map((row) => {
    const { waitingFor } = row;
    const size = waitingFor
      ? `${waitingFor.objects} objects (${bytes(waitingFor.bytes)}), expected by ${waitingFor.expectedAt}`
      : 'archived objects';
    return {
      id: `restore-waiting/${row.planId}/${row.restoreId}`,
      kind: 'restore-waiting',
      severity: 'warning',
      planId: row.planId,
      backupId: row.backupId,
      why: `restore ${row.restoreId} waits for ${size}`,
      next: `Nothing: it goes on by itself. holdfast restore show ${row.restoreId}`,
      since: waitingFor?.requestedAt ?? row.createdAt,
      // The restore told it itself.
      toldAt: waitingFor?.requestedAt,
      once: true,
    };
  });
}
