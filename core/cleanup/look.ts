/**
 * Whether completed backups still have their manifests, and carry no marks. Some calls each, so not everything is
 * looked at in every round: always those that justify that others go, those whose folder is gone, and those that lacked
 * it before; of the others each once in 30 days, however far apart the rounds are.
 */
import { hasCode } from '../errors.ts';
import { attemptName, backupPrefix, manifestKey } from '../format/layout.ts';
import type { BackupRow } from '../ports/catalog.ts';
import type { ObjectState } from '../ports/vault.ts';
import { keptMarked } from './alerts.ts';
import { eachAtATime, marksAtATime } from './at-a-time.ts';
import { beginStep, type Run } from './context.ts';
import { unmarkObjects } from './marks.ts';
import type { Window } from './windows.ts';

const dayMs = 86_400_000;
const rotationDays = 30;
/** Backups that carried marks and are told of one by one, of one run; the log has all. */
const mostTold = 10;

export type Look = (row: BackupRow, isNeeded: boolean) => Promise<BackupRow>;

/**
 * Looks at what must be looked at in this window; gives a function that tells each row as it is now.
 *
 * @param lastLook when the plan was gone through before; undefined when that is not known
 */
export async function lookAt(window: Window, run: Run, lastLook: string | undefined): Promise<Look> {
  const { deps } = run;
  const seen = new Map<string, ObjectState | undefined>();
  const head = async (row: BackupRow) => {
    if (!seen.has(row.backupId))
      seen.set(row.backupId, await deps.vault.head(manifestKey(row.planId, row.backupId)));
    return seen.get(row.backupId);
  };
  const turns = turnsSince(lastLook, run.now);
  const suspects = window.rows.filter((row) => row.status === 'completed' && isSuspect(row, window, turns));
  await eachAtATime(suspects, marksAtATime, async (row) => void (await head(row)));
  return async (row, isNeeded) => {
    if (row.status !== 'completed' || (!isNeeded && !seen.has(row.backupId))) return row;
    return compare(row, await head(row), run);
  };
}

function isSuspect(row: BackupRow, { stored }: Window, turns: ReadonlySet<number>): boolean {
  if (!stored.has(row.backupId) || row.missingSince !== undefined) return true;
  return turns.has(Number.parseInt(row.backupId.slice(-4), 16) % rotationDays);
}

/** Today's turn, and those of the days since the last look, on which there was no round. */
function turnsSince(lastLook: string | undefined, now: string): ReadonlySet<number> {
  const dayOf = (iso: string) => Math.floor(Date.parse(iso) / dayMs);
  const today = dayOf(now);
  const days = lastLook === undefined ? 1 : Math.min(Math.max(today - dayOf(lastLook), 1), rotationDays);
  return new Set(Array.from({ length: days }, (_, ago) => (today - ago) % rotationDays));
}

/** Notes on the row what was found, and returns the row as it then is. */
async function compare(row: BackupRow, manifest: ObjectState | undefined, run: Run): Promise<BackupRow> {
  const { deps, now, options } = run;
  const { planId, backupId } = row;
  if (manifest && (manifest.tags.expire === 'yes' || (await isFirstPartMarked(row, run)))) {
    // Pages of the catalog may lag behind: what expired a moment ago is rightly marked.
    const current = await deps.catalog.getBackup(planId, backupId);
    if (current?.status !== 'completed') return current ?? row;
    // Its row says that it is kept: marked by hand, or by a cleanup whose row was brought back.
    deps.log.warn('a completed backup carried marks for expiry', { planId, backupId });
    if (!options.dryRun) {
      await unmarkObjects(row, run);
      await tellMarked(row, run);
    }
  }
  const isMissing = manifest === undefined;
  if (isMissing === (row.missingSince !== undefined)) return row;
  const missingSince = isMissing ? now : undefined;
  deps.log.warn(isMissing ? 'a backup is missing from the vault' : 'a missing backup is back', {
    planId,
    backupId,
  });
  if (options.dryRun) return { ...row, missingSince };
  await beginStep(run, 'note-missing');
  try {
    await deps.catalog.noteMissing(planId, backupId, missingSince);
  } catch (thrown) {
    // Not completed any more: read below as what it is.
    if (!hasCode(thrown, 'CONFLICT')) throw thrown;
  }
  return (await deps.catalog.getBackup(planId, backupId)) ?? { ...row, missingSince };
}

/** Marking begins with the first object of a folder (marks.ts), so one that was cut short shows there. */
async function isFirstPartMarked({ planId, backupId, madeBy }: BackupRow, { deps }: Run): Promise<boolean> {
  // What other attempts left is rightly marked.
  const made = madeBy === undefined ? '' : `${attemptName(madeBy)}/`;
  for await (const { key } of deps.vault.list(`${backupPrefix(planId, backupId)}${made}`))
    return deps.keeping.isMarked(key);
  return false;
}

async function tellMarked(
  { planId, backupId }: BackupRow,
  { deps, options, tally, now }: Run,
): Promise<void> {
  tally.keptMarked += 1;
  if (tally.keptMarked > mostTold) return;
  await deps.alerts.publish(
    keptMarked({ planId, backupId }, { correlationId: options.correlationId, at: now }),
  );
}
