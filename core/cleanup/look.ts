/**
 * Whether completed backups still have their manifests. One call each, so not everything is looked at in every round:
 * always those that justify that others go, those whose folder is gone, and those that lacked it before; of the others
 * each once in 30 days.
 */
import { hasCode } from '../errors.ts';
import { manifestKey } from '../format/layout.ts';
import type { BackupRow } from '../ports/catalog.ts';
import type { ObjectState } from '../ports/vault.ts';
import { eachAtATime, marksAtATime } from './at-a-time.ts';
import { beginStep, type Run } from './context.ts';
import { unmarkObjects } from './marks.ts';
import type { Window } from './windows.ts';

const rotationDays = 30;

export type Look = (row: BackupRow, isNeeded: boolean) => Promise<BackupRow>;

/** Looks at what must be looked at in this window; gives a function that tells each row as it is now. */
export async function lookAt(window: Window, run: Run): Promise<Look> {
  const { deps } = run;
  const seen = new Map<string, ObjectState | undefined>();
  const head = async (row: BackupRow) => {
    if (!seen.has(row.backupId))
      seen.set(row.backupId, await deps.vault.head(manifestKey(row.planId, row.backupId)));
    return seen.get(row.backupId);
  };
  const suspects = window.rows.filter((row) => row.status === 'completed' && isSuspect(row, window, run));
  await eachAtATime(suspects, marksAtATime, async (row) => void (await head(row)));
  return async (row, isNeeded) => {
    if (row.status !== 'completed' || (!isNeeded && !seen.has(row.backupId))) return row;
    return compare(row, await head(row), run);
  };
}

function isSuspect(row: BackupRow, { stored }: Window, { now }: Run): boolean {
  if (!stored.has(row.backupId) || row.missingSince !== undefined) return true;
  const turn = Number.parseInt(row.backupId.slice(-4), 16) % rotationDays;
  return turn === Math.floor(Date.parse(now) / 86_400_000) % rotationDays;
}

/** Notes on the row what was found, and returns the row as it then is. */
async function compare(row: BackupRow, manifest: ObjectState | undefined, run: Run): Promise<BackupRow> {
  const { deps, now, options } = run;
  const { planId, backupId } = row;
  if (manifest?.tags.expire === 'yes') {
    // Pages of the catalog may lag behind: what expired a moment ago is rightly marked.
    const current = await deps.catalog.getBackup(planId, backupId);
    if (current?.status !== 'completed') return current ?? row;
    // Its row says that it is kept: marked by hand, or by a cleanup whose row was brought back.
    deps.log.warn('a completed backup carried marks for expiry', { planId, backupId });
    if (!options.dryRun) await unmarkObjects(row, run);
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
