/**
 * What must hold whatever happens, written down a second time and without cleanup's own code: which backups are
 * protected, what may go, and by when. Every breach is an error that says what and which backup.
 */
import { slotOf } from '../../core/format/layout.ts';
import type { BackupRow, Catalog } from '../../core/ports/catalog.ts';
import { expiresAtFor } from '../../core/retention.ts';
import type { BucketEvents, Version } from './bucket.ts';
import { dayMs, iso } from './clock.ts';
import { holdDays, lacksParts, latestDays, planId, type Truth, type World } from './world.ts';

export class Broken extends Error {}

function breach(what: string): never {
  throw new Broken(what);
}

/** What is missing may be found again; see core/cleanup/plan.ts. */
const missingMs = 30 * dayMs;

/** Good as far as the catalog knows. */
export function isKnownGood(row: BackupRow): boolean {
  return (
    row.status === 'completed' &&
    row.missingSince === undefined &&
    row.verification?.status !== 'failed' &&
    !row.only
  );
}

/** Of a plan's rows in any order, those that may never go. */
export function protectedOf(rows: readonly BackupRow[]): Set<string> {
  const newest = (found: readonly BackupRow[]) =>
    found.map((row) => row.backupId).reduce((one, other) => (one > other ? one : other), '');
  const good = rows.filter(isKnownGood);
  return new Set([
    newest(good),
    newest(good.filter((row) => row.verification?.provenAt !== undefined)),
    newest(good.filter((row) => row.verification?.status === 'passed')),
  ]);
}

/**
 * At the moment of each decision: nothing protected is among the victims. Breaches are handed to `report`, since
 * cleanup would take an error for a failure of the catalog and go on.
 */
export function watchedCatalog(
  catalog: Catalog,
  nowMs: () => number,
  report: (what: string) => void,
): Catalog {
  return {
    ...catalog,
    async expireBackups(request) {
      const before: BackupRow[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await catalog.listBackups(planId, { limit: 1000, cursor });
        before.push(...page.rows);
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      const plan = await catalog.getPlan(planId);
      const isDone = await catalog.expireBackups(request);
      if (!isDone) return false;
      const kept = protectedOf(before);
      // A pause that comes between the last look at it and the transaction holds from the next decision on.
      if (plan?.paused && Date.parse(plan.paused.at) < nowMs())
        report('a backup of a paused plan was decided to go');
      for (const { backupId } of request.victims) {
        const row = before.find((each) => each.backupId === backupId);
        if (row?.status !== 'completed') {
          report(`${backupId} was decided to go and is not completed`);
          continue;
        }
        if (kept.has(backupId))
          report(`${backupId} was decided to go and is the last good, proven or verified one`);
        if (row.pin) report(`${backupId} was decided to go and is pinned`);
        if (
          row.missingSince &&
          Date.parse(request.expiry.decidedAt) - Date.parse(row.missingSince) < missingMs
        )
          report(`${backupId} was decided to go and has been missing for less than 30 days`);
        if ((row.heldUntil ?? '') > request.expiry.decidedAt)
          report(`${backupId} was decided to go and is held`);
        if ((row.basedOnUntil ?? '') > request.expiry.decidedAt)
          report(`${backupId} was decided to go and a run builds upon it`);
        if (
          plan &&
          expiresAtFor(row.tier, row.slot, plan.plan.retention, row.keepDays) > request.expiry.decidedAt
        )
          report(`${backupId} was decided to go before its policy ended`);
      }
      return true;
    },
  };
}

/** At each act of S3. `undeleteMs`: nothing goes for good sooner after its mark. */
export function watchedBucket(
  nowMs: () => number,
  undeleteMs: number,
  found: (version: Version, how: 'marked' | 'expired' | 'removed') => void,
): BucketEvents {
  return {
    marked: (version) => found(version, 'marked'),
    expired(version) {
      if (version.markedMs === undefined) breach(`S3 hid ${version.key}, which nobody had marked`);
      found(version, 'expired');
    },
    removed(version) {
      if (version.markedMs === undefined || nowMs() - version.markedMs < undeleteMs)
        breach(`${version.key} went for good within the undelete window`);
      if (version.lockUntilMs > nowMs()) breach(`${version.key} went for good under its lock`);
      found(version, 'removed');
    },
  };
}

/** Everything that the manifest names, of whatever backup, is current, unmarked, and so is the manifest. */
export function isWhole(world: World, truth: Truth): boolean {
  return [...truth.keys, ...truth.refs].every((key) => {
    const version = world.bucket.current(key);
    return version !== undefined && version.tags.expire !== 'yes';
  });
}

/** What a person brought back stays, wherever that was interrupted before: its policy has ended, so it is pinned. */
export function checkBroughtBack(row: BackupRow | undefined, backupId: string): void {
  if (row?.status !== 'completed') breach(`${backupId} was brought back and is ${row?.status}`);
  if (!row.pin) breach(`${backupId} was brought back and is not pinned`);
}

/** Nothing half-done is listed as good. */
export function checkListed(world: World, rows: readonly BackupRow[]): void {
  for (const row of rows) {
    if (row.status !== 'completed') continue;
    const truth = world.truths.get(row.backupId);
    if (!truth) breach(`${row.backupId} is listed as completed, and nothing is left of it`);
    // Found half marked and half hidden when the catalog was rebuilt: listed, and never as good.
    if (truth.touched || row.verification?.detail === lacksParts) continue;
    if (row.missingSince !== undefined) breach(`${row.backupId} is noted as missing, and is not`);
    if (isWhole(world, truth)) continue;
    const all = [...truth.keys, ...truth.refs];
    const lost = all.filter((key) => world.bucket.current(key)?.tags.expire !== undefined);
    const gone = all.filter((key) => !world.bucket.current(key));
    breach(`${row.backupId} is listed as completed, but ${lost} are marked and ${gone} are gone`);
  }
}

/** It stays, runs, or may still be taken over and complete: what it needs of others must stay. */
function isNeeding({ status, expiry }: BackupRow): boolean {
  return status === 'completed' || (status !== 'expired' && expiry?.markedAt === undefined);
}

/** What a run may come to refer to is there as long as it may end well. */
export function checkHeld(world: World, rows: readonly BackupRow[]): void {
  for (const row of rows.filter(isNeeding)) {
    const truth = world.truths.get(row.backupId);
    // What a run that was touched builds upon may have been lost before it began.
    for (const key of truth?.touched ? [] : (truth?.held ?? [])) {
      const version = world.bucket.current(key);
      if (world.damaged.has(key)) continue;
      if (!version || version.tags.expire === 'yes')
        breach(`${row.backupId} (${row.status}) holds ${key}, which is ${version ? 'marked' : 'gone'}`);
    }
  }
}

/** A whole backup is marked only after its row says that it goes; one without a row is adopted instead. */
export function checkMarked(world: World, rows: readonly BackupRow[]): void {
  const byId = new Map(rows.map((row) => [row.backupId, row]));
  for (const truth of world.truths.values()) {
    if (truth.completedMs === undefined || truth.touched || truth.isForgotten) continue;
    const status = byId.get(truth.backupId)?.status;
    if (status === 'expired' || status === 'completed') continue;
    if (
      truth.keys.some((key) => world.bucket.versionsOf(key).some((version) => version.markedMs !== undefined))
    )
      breach(`${truth.backupId} is marked, and its row is ${status ?? 'not there'}`);
  }
}

/**
 * A plan without a good backup lost it by verification or by hand, never by cleanup; and what was expired and is still
 * whole has been brought back, once cleanup has been through.
 */
export function checkLastGood(world: World, rows: readonly BackupRow[], hasCleaned: boolean): void {
  if (rows.some(isKnownGood)) return;
  for (const row of rows) {
    if (row.status !== 'expired' || row.verification?.status === 'failed' || row.only) continue;
    const truth = world.truths.get(row.backupId);
    if (!truth || truth.touched) continue;
    const isThere = [...truth.keys, ...truth.refs].every((key) => world.bucket.current(key) !== undefined);
    if (isThere && hasCleaned) breach(`no good backup is left, and ${row.backupId} was not brought back`);
  }
}

/**
 * What a run builds upon is held for a day by each such run, also when its policy has ended: a chain in use stays whole.
 * That ends by itself. No run builds upon what goes back to a backup that read everything `fullEveryDays` before the
 * run's slot, so none is held longer than a day after the last run that could be made for such a slot.
 */
export function checkBases({ basis }: World, rows: readonly BackupRow[]): void {
  if (!basis) return;
  for (const { backupId, basedOnUntil, indexes } of rows) {
    const full = indexes?.main?.fullBackupId;
    if (basedOnUntil === undefined || full === undefined) continue;
    const heldDays = (Date.parse(basedOnUntil) - Date.parse(slotOf(full))) / dayMs;
    if (heldDays >= basis.fullEveryDays + latestDays + holdDays)
      breach(`${backupId} is held until ${basedOnUntil}, ${heldDays} days after everything was read`);
  }
}

export interface Justification {
  /** Cleanup has been through this plan today, by a right clock, and S3 has done its round. */
  readonly isHealthy: boolean;
  readonly everyDays: number;
}

/** Leftovers are left alone for this long; see core/cleanup/plan.ts. */
const leftoversMs = 7 * dayMs;

/** Every version that is left of it, hidden or not. */
function dataOf({ bucket }: World, { keys, others }: Truth): readonly Version[] {
  const found: Version[] = [];
  for (const each of [keys, others])
    for (const key of each)
      for (const version of bucket.versionsOf(key)) if (!version.deleteMarker) found.push(version);
  return found;
}

/**
 * While cleanup is healthy nothing stays longer than its policy, the days between rounds, a day and the window: the
 * clock starts anew whenever something justified it (policy, pin, hold, pause, lock, protection, an outage, the need of
 * another backup).
 *
 * Of increments as well, one round is enough. A backup that goes gives up what it needs in that very round, since what
 * is older comes after it. A run that died needs what it held until its leftovers are marked, and what a backup
 * without a row may need is known once it is adopted: for either the clock starts anew then, and the next round acts.
 */
export function checkNothingStays(
  world: World,
  rows: readonly BackupRow[],
  { isHealthy, everyDays }: Justification,
): void {
  const nowMs = world.time.nowMs;
  const kept = protectedOf(rows);
  // Where nothing is good, the newest completed one is the best there is.
  const newest = rows.find((row) => row.status === 'completed' && row.missingSince === undefined);
  if (newest) kept.add(newest.backupId);
  const newestOfAll = rows.find((row) => row.status === 'completed' && !row.missingSince && !row.only);
  if (newestOfAll) kept.add(newestOfAll.backupId);
  const byId = new Map(rows.map((row) => [row.backupId, row]));
  const plan = world.plan();
  const now = iso(nowMs);
  for (const row of rows.filter(isNeeding))
    for (const key of world.truths.get(row.backupId)?.held ?? []) world.neededMs.set(key, nowMs);
  for (const truth of world.truths.values()) {
    const left = dataOf(world, truth);
    const row = byId.get(truth.backupId);
    if (left.length === 0) {
      // A run that died before it wrote anything still holds what it noted.
      if (!row || !isNeeding(row)) world.truths.delete(truth.backupId);
      continue;
    }
    const isLocked = left.some((version) => version.lockUntilMs > nowMs);
    const isYoung = nowMs - truth.startedMs < leftoversMs;
    const isKept =
      row?.status === 'completed' &&
      (kept.has(row.backupId) ||
        row.missingSince !== undefined ||
        row.pin !== undefined ||
        (row.heldUntil ?? '') > now ||
        (row.basedOnUntil ?? '') > now ||
        Date.parse(expiresAtFor(row.tier, row.slot, plan.plan.retention, row.keepDays)) > nowMs);
    // Also where a hold ended between two midnights: the round in between found it held.
    for (const until of [row?.heldUntil, row?.basedOnUntil])
      if (until !== undefined)
        truth.justifiedMs = Math.max(truth.justifiedMs, Math.min(Date.parse(until), nowMs));
    if (!isHealthy || isLocked || isYoung || isKept || plan.paused || truth.touched) {
      truth.justifiedMs = nowMs;
      continue;
    }
    // Without a row nothing more of it is marked before its manifest has gone for good.
    const unlistedDays = row ? 0 : world.undeleteDays + 1;
    for (const { key } of left) {
      const neededMs = world.neededMs.get(key) ?? 0;
      const days = (nowMs - Math.max(truth.justifiedMs, neededMs)) / dayMs;
      if (days > everyDays + 1 + world.undeleteDays + unlistedDays)
        breach(
          `${key} (${row?.status ?? 'no row'}) is still there ${days} days after nothing kept it any more`,
        );
    }
  }
}
