/**
 * A plan without a good backup, and one that was decided to go and is still there: it is taken back. It happens when
 * the last good one turns out to be damaged after older ones expired. What lies behind delete markers already needs
 * an operator's rights; then somebody is told.
 */
import { hasCode } from '../errors.ts';
import { backupPrefix } from '../format/layout.ts';
import { isGood } from '../good.ts';
import type { BackupRow } from '../ports/catalog.ts';
import type { ObjectVersion } from '../ports/keeping.ts';
import { beginStep, type Run } from './context.ts';
import { lacksNow, unmarkObjects, wholenessOf } from './marks.ts';
import { lackingNeed, noteNeededAgain } from './needed-objects.ts';
import { hasGone } from './plan.ts';

/** Expired backups that are tried, newest first. */
export const mostCandidates = 20;

/**
 * Would be good, were it not expired, and some of it may be left: those that are long gone must not take the places of
 * an older one that was kept by a pin and marked last night. `isStored`: its folder has current objects.
 */
export function isCandidate(
  row: BackupRow,
  isStored: boolean,
  { now, deps }: Pick<Run, 'now' | 'deps'>,
): boolean {
  if (row.status !== 'expired') return false;
  const marked = row.expiry?.markedAt;
  const isLeft = isStored || marked === undefined || !hasGone(marked, now, deps.undeleteDays);
  return isLeft && isGood({ ...row, status: 'completed' });
}

/** The row that was brought back; undefined when none could be. */
export async function reprieve(candidates: readonly BackupRow[], run: Run): Promise<BackupRow | undefined> {
  let hidden: BackupRow | undefined;
  for (const candidate of candidates) {
    if ((await lacksNow(candidate, run.deps)) === undefined) {
      const row = await bringBack(candidate, run);
      if (row) return row;
    } else if (!hidden && (await isRecoverable(candidate, run))) hidden = candidate;
  }
  if (hidden) run.tally.beyondReprieve.push({ planId: hidden.planId, backupId: hidden.backupId });
  return undefined;
}

async function bringBack(candidate: BackupRow, run: Run): Promise<BackupRow | undefined> {
  const { deps, now, tally } = run;
  const { planId, backupId } = candidate;
  // This very round may have gone on marking it since it was read.
  const row = await deps.catalog.getBackup(planId, backupId);
  if (row?.status !== 'expired') return undefined;
  await noteNeededAgain(row, deps.catalog);
  await unmarkObjects(row, run);
  await beginStep(run, 'revive');
  try {
    const revived = await deps.catalog.reviveBackup(planId, row, now);
    tally.reprieved.push(`${planId}/${backupId}`);
    deps.log.warn('no good backup was left: one that was to go is kept', { planId, backupId });
    return revived;
  } catch (thrown) {
    if (hasCode(thrown, 'CONFLICT')) return undefined;
    throw thrown;
  }
}

/** Everything of it, and all that it refers to, is there in some version. */
async function isRecoverable(row: BackupRow, { deps }: Run): Promise<boolean> {
  const wholeness = wholenessOf(row);
  for await (const version of newestData(backupPrefix(row.planId, row.backupId), deps))
    wholeness.count(version);
  if (wholeness.lacks() !== undefined) return false;
  return (await lackingNeed(row, (folder) => newestData(folder, deps))) === undefined;
}

/** Of each key the newest version that is no delete marker. */
async function* newestData(prefix: string, { keeping }: Run['deps']): AsyncGenerator<ObjectVersion> {
  let key: string | undefined;
  for await (const version of keeping.versions(prefix)) {
    if (version.deleteMarker || version.key === key) continue;
    key = version.key;
    yield version;
  }
}
