/**
 * What runs left that did not complete, or that another attempt overtook: objects that no manifest names. Only what is
 * older than a week, so that nothing goes that a run still writes.
 */
import { attemptName, backupPrefix, manifestKey } from '../format/layout.ts';
import type { BackupRow, Needed } from '../ports/catalog.ts';
import type { ListedObject } from '../ports/vault.ts';
import { needsKey } from '../references.ts';
import { beginStep, type Run, skip } from './context.ts';
import { type Counted, markObjects } from './marks.ts';
import { leftoversAfterDays } from './plan.ts';

const dayMs = 86_400_000;

export function isLeftover({ lastModifiedAt }: Pick<ListedObject, 'lastModifiedAt'>, { now }: Run): boolean {
  return Date.parse(lastModifiedAt) + leftoversAfterDays * dayMs <= Date.parse(now);
}

/** Marks what is old enough, `goes` picks and nobody needs. */
export async function markLeftovers(
  address: Pick<BackupRow, 'planId' | 'backupId'>,
  run: Run,
  needed: readonly Needed[],
  goes: (object: ListedObject) => boolean = () => true,
): Promise<Counted> {
  await beginStep(run, 'mark-leftovers');
  const counted = await markObjects(
    address,
    run,
    (object) => isLeftover(object, run) && !needsKey(needed, object.key) && goes(object),
  );
  run.tally.leftovers.objects += counted.objects;
  run.tally.leftovers.bytes += counted.bytes;
  if (counted.objects > 0)
    run.deps.log.info('leftovers are marked', {
      planId: address.planId,
      backupId: address.backupId,
      ...counted,
    });
  return counted;
}

/** Of a run that failed, or died. One whose manifest was written is a backup, whatever its row says. */
export async function clearFailed(
  row: BackupRow,
  run: Run,
  needed: readonly Needed[],
  adopt: (address: Pick<BackupRow, 'planId' | 'backupId'>) => Promise<void>,
): Promise<void> {
  const { deps, now, options } = run;
  const { planId, backupId } = row;
  const manifest = await deps.vault.head(manifestKey(planId, backupId));
  if (manifest && manifest.tags.expire !== 'yes') return adopt({ planId, backupId });
  if (!manifest && (await hasManifestVersion(row, run)))
    return skip(
      run,
      `${planId}/${backupId}`,
      `is ${row.status}, and its manifest lies behind a delete marker`,
    );
  const failed = row.status === 'failed' ? row : await failDead(row, run);
  if (failed?.status !== 'failed') return;
  const { objects, bytes, refused } = await markLeftovers(failed, run, needed);
  if (refused > 0) return;
  await beginStep(run, 'note-marked');
  // False when a new attempt has begun meanwhile: what was marked was not its own.
  await deps.catalog.noteMarked(planId, failed, {
    reason: 'failed',
    decidedAt: now,
    by: options.by,
    markedAt: now,
    objects,
    bytes,
  });
}

/** Somebody hid it, and may show it again: it was a whole backup once. */
export async function hasManifestVersion(
  { planId, backupId }: Pick<BackupRow, 'planId' | 'backupId'>,
  { deps }: Run,
): Promise<boolean> {
  for await (const version of deps.keeping.versions(manifestKey(planId, backupId)))
    if (!version.deleteMarker) return true;
  return false;
}

/**
 * A run that has been dead for a week is failed before anything of it is marked: should it be alive after all (a clock
 * was wrong), it loses its row and cannot complete with objects that are going.
 */
async function failDead(row: BackupRow, { deps, now }: Run): Promise<BackupRow | undefined> {
  const { planId, backupId, attempt, status } = row;
  if (status !== 'running') return undefined;
  const error = {
    code: 'CRASHED',
    message: 'The run died without a word, and nothing has been heard of it since',
  };
  return deps.catalog.failRun({ planId, backupId, attempt }, error, now);
}

/**
 * Of attempts that another one of the same run overtook. Asked once a round in the second to ninth week after the
 * completion, so that an outage of cleanup leaves none; no call at all where there was one attempt only. Of how many
 * there were the manifest does not know: one that was adopted is asked about in the weeks after that.
 */
export async function clearLosers(row: BackupRow, run: Run, needed: readonly Needed[]): Promise<void> {
  const { madeBy, attempt, completedAt, adoptedAt, planId, backupId } = row;
  const since = adoptedAt ?? completedAt;
  if (madeBy === undefined || since === undefined || (attempt < 2 && adoptedAt === undefined)) return;
  const days = (Date.parse(run.now) - Date.parse(since)) / dayMs;
  if (days < leftoversAfterDays || days > leftoversAfterDays + 56) return;
  const folder = backupPrefix(planId, backupId);
  const losers: string[] = [];
  for await (const name of run.deps.vault.folders(folder))
    if (/^a\d{2,3}$/.test(name) && name !== attemptName(madeBy)) losers.push(`${folder}${name}/`);
  if (losers.length === 0) return;
  await markLeftovers(row, run, needed, ({ key }) => losers.some((prefix) => key.startsWith(prefix)));
}
