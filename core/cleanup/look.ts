/**
 * Whether completed backups still have their manifests and something of each part of others that they refer to, and
 * whether that carries no marks. Some calls each, so not everything is looked at in every round: always those that
 * justify that others go, those whose folder is gone, and those that lacked it before; of the others each once in 30
 * days, however far apart the rounds are.
 */

import { eachAtATime } from '../at-a-time.ts';
import { hasCode } from '../errors.ts';
import { attemptName, backupPrefix, manifestKey } from '../format/layout.ts';
import type { BackupRow, Needed } from '../ports/catalog.ts';
import type { ObjectState, Vault } from '../ports/vault.ts';
import { keptMarked } from './alerts.ts';
import { beginStep, type Run } from './context.ts';
import { unmarkObjects } from './marks.ts';
import { marksAtATime } from './marks-at-a-time.ts';
import { folderOf } from './needed-objects.ts';
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
  const others = new Map<string, Promise<Found>>();
  const found = (planId: string, needed: Needed) => {
    const prefix = firstOf(planId, needed);
    const known = others.get(prefix) ?? foundBelow(prefix, run);
    others.set(prefix, known);
    return known;
  };
  const turns = turnsSince(lastLook, run.now);
  const suspects = window.rows.filter((row) => row.status === 'completed' && isSuspect(row, window, turns));
  await eachAtATime(suspects, marksAtATime, async (row) => void (await head(row)));
  return async (row, isNeeded) => {
    if (row.status !== 'completed' || (!isNeeded && !seen.has(row.backupId))) return row;
    const worst = await worstOf(row, found);
    // They are unmarked now, or another row's.
    if (worst === 'marked') others.clear();
    return compare(row, { manifest: await head(row), others: worst }, run);
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

type Found = 'there' | 'marked' | 'gone';

/** Marking begins with the first object of what is not needed, and S3 hides all of it in one night. */
function firstOf(planId: string, needed: Needed): string {
  const [first] = /^\d+/.exec(needed.segments) ?? [];
  const folder = folderOf(planId, needed);
  return first === undefined ? folder : `${folder}${first.padStart(4, '0')}-`;
}

async function foundBelow(prefix: string, { deps }: Run): Promise<Found> {
  for await (const { key } of deps.vault.list(prefix))
    return (await deps.keeping.isMarked(key)) ? 'marked' : 'there';
  return 'gone';
}

/** Of everything that the row needs of others. */
async function worstOf(
  { planId, needs = [] }: BackupRow,
  find: (planId: string, needed: Needed) => Promise<Found>,
): Promise<Found> {
  let worst: Found = 'there';
  await eachAtATime(needs, marksAtATime, async (needed) => {
    const found = await find(planId, needed);
    if (found === 'gone' || worst === 'there') worst = found;
  });
  return worst;
}

interface Seen {
  readonly manifest: ObjectState | undefined;
  readonly others: Found;
}

/** Notes on the row what was found, and returns the row as it then is. */
async function compare(row: BackupRow, { manifest, others }: Seen, run: Run): Promise<BackupRow> {
  const { deps, now, options } = run;
  const { planId, backupId } = row;
  const isMarked = async () =>
    manifest?.tags.expire === 'yes' || others === 'marked' || (await isFirstPartMarked(row, run));
  if (manifest && (await isMarked())) {
    // Pages of the catalog may lag behind: what expired a moment ago is rightly marked.
    const current = await deps.catalog.getBackup(planId, backupId);
    if (current?.status !== 'completed') return current ?? row;
    // Its row says that it is kept: marked by hand, or by a cleanup whose row was brought back.
    deps.log.warn('a completed backup carried marks for expiry', { planId, backupId });
    if (!options.dryRun) {
      await unmarkObjects(current, run);
      await tellMarked(row, run);
    }
  }
  const isMissing = manifest === undefined || others === 'gone';
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

/** Marking begins with the first object of each folder (marks.ts), so one that was cut short shows there. */
async function isFirstPartMarked(row: BackupRow, { deps }: Run): Promise<boolean> {
  const { planId, backupId, madeBy, indexes } = row;
  const folder = backupPrefix(planId, backupId);
  // What other attempts left is rightly marked.
  const made = madeBy === undefined ? folder : `${folder}${attemptName(madeBy)}/`;
  // What others need of a component may have been left out: then it shows on the next one.
  const firsts = indexes && madeBy !== undefined ? componentsBelow(made, deps.vault) : [made];
  for await (const first of firsts)
    for await (const { key } of deps.vault.list(first)) {
      if (await deps.keeping.isMarked(key)) return true;
      break;
    }
  return false;
}

async function* componentsBelow(folder: string, vault: Vault): AsyncGenerator<string> {
  for await (const name of vault.folders(folder)) yield `${folder}${name}/`;
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
