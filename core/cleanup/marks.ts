/**
 * Marks for expiry on the objects of one backup, and taking them away again. The manifest comes last both ways, so
 * that as long as it is unmarked the backup is recognised, and once it is the rest is as well.
 */

import { eachAtATime } from '../at-a-time.ts';
import { HoldfastError, hasCode } from '../errors.ts';
import { attemptName, backupPrefix, manifestKey } from '../format/layout.ts';
import type { BackupRow, Needed } from '../ports/catalog.ts';
import type { ListedObject } from '../ports/vault.ts';
import { needsKey } from '../references.ts';
import { beginStep, checkTime, mostNamed, type Run, skip } from './context.ts';
import { marksAtATime } from './marks-at-a-time.ts';
import { lackingNeed, unmarkNeeded } from './needed-objects.ts';

type Address = Pick<BackupRow, 'planId' | 'backupId'>;

export interface Counted {
  readonly objects: number;
  readonly bytes: number;
  /** Objects that the vault refuses to mark. */
  readonly refused: number;
}

/** Everything of a backup: what was stored, what was reported about it. */
export function foldersOf({ planId, backupId }: Address): readonly string[] {
  return [`reports/${planId}/${backupId}/`, backupPrefix(planId, backupId)];
}

async function* objectsOf({ deps }: Run, address: Address): AsyncGenerator<ListedObject> {
  for (const folder of foldersOf(address)) yield* deps.vault.list(folder);
}

/**
 * Marks everything of an expired backup but what others need, then notes both on its row. False when the row is not
 * what it was any more: then what others need may be something else as well, and must be found out anew.
 *
 * @param mayBeMarked something of `kept` may carry a mark from before, which is taken away
 */
export async function markExpired(
  row: BackupRow,
  run: Run,
  kept: readonly Needed[],
  mayBeMarked = false,
): Promise<boolean> {
  const { deps, tally, now } = run;
  const { planId, backupId, expiry } = row;
  if (row.status !== 'expired' || !expiry) {
    throw new HoldfastError('INTERNAL', `Backup ${backupId} of ${planId} is ${row.status}, not expired`);
  }
  if (mayBeMarked && kept.length > 0) {
    await beginStep(run, 'unmark');
    await run.keepLease?.();
    await unmarkNeeded({ planId, needs: kept }, run);
  }
  await beginStep(run, 'mark-objects');
  const left = { objects: 0, bytes: 0 };
  const counted = await markObjects(row, run, ({ key, lengthBytes }) => {
    if (!needsKey(kept, key)) return true;
    left.objects += 1;
    left.bytes += lengthBytes;
    return false;
  });
  const count = () => {
    tally.marked.objects += counted.objects;
    tally.marked.bytes += counted.bytes;
    tally.needed.objects += left.objects;
    tally.needed.bytes += left.bytes;
  };
  // Not confirmed then: the next round tries again.
  if (counted.refused > 0) {
    count();
    return true;
  }
  await beginStep(run, 'note-marked');
  // What was marked before an interruption may lie behind delete markers by now: the larger count is the truth.
  const objects = Math.max(counted.objects, expiry.objects ?? 0);
  const bytes = Math.max(counted.bytes, expiry.bytes ?? 0);
  const { kept: _, ...decided } = expiry;
  const noted = await deps.catalog.noteMarked(planId, row, {
    ...decided,
    markedAt: now,
    objects,
    bytes,
    ...(kept.length > 0 && { kept }),
  });
  if (!noted) {
    await undoIfRevived(row, run);
    return false;
  }
  count();
  if (expiry.markedAt === undefined) tally.marked.backups += 1;
  deps.log.info('expired backup is marked', { planId, backupId, objects, bytes, needed: left.objects });
  return true;
}

/** Marks what `goes` picks of a backup's objects, the manifest last. */
export async function markObjects(
  address: Address,
  run: Run,
  goes: (object: ListedObject) => boolean,
): Promise<Counted> {
  const { options } = run;
  const manifest = manifestKey(address.planId, address.backupId);
  let objects = 0;
  let bytes = 0;
  let refused = 0;
  let last: ListedObject | undefined;
  const mark = async ({ key, lengthBytes }: ListedObject) => {
    checkTime(options);
    const outcome = await markOne(key, run);
    if (outcome === 'refused') refused += 1;
    if (outcome !== 'marked') return;
    objects += 1;
    bytes += lengthBytes;
  };
  // The first of each folder before the others of it: a marking that was cut short shows on it, also without a row.
  async function* afterFirsts(): AsyncGenerator<ListedObject> {
    let folder: string | undefined;
    for await (const object of objectsOf(run, address)) {
      if (!goes(object)) continue;
      if (object.key === manifest) {
        last = object;
        continue;
      }
      const itsFolder = object.key.split('/', 4).join('/');
      if (itsFolder === folder) yield object;
      else await mark(object);
      folder = itsFolder;
    }
  }
  await run.keepLease?.();
  await eachAtATime(afterFirsts(), marksAtATime, mark);
  if (last) {
    await beginStep(run, 'mark-manifest');
    await mark(last);
  }
  return { objects, bytes, refused };
}

/**
 * An object that the vault refuses to mark (somebody gave it a tag of their own, and the role may set no others) keeps
 * no other one waiting; many of them are no exception, and end it.
 */
async function markOne(key: string, run: Run): Promise<'marked' | 'absent' | 'refused'> {
  const { refused } = run.tally;
  try {
    return await run.deps.keeping.mark(key);
  } catch (thrown) {
    if (!hasCode(thrown, 'VAULT_REFUSED') || refused.length >= mostNamed) throw thrown;
    if (!refused.includes(key)) {
      refused.push(key);
      skip(run, key, 'the vault refuses its mark');
    }
    return 'refused';
  }
}

/** Told when all else of the plan is done. */
export function throwRefused(planId: string, { tally }: Run): void {
  const keys = tally.refused.filter((key) => key.split('/')[1] === planId);
  if (keys.length === 0) return;
  throw new HoldfastError(
    'VAULT_REFUSED',
    `${keys.length} objects of plan ${planId} could not be marked: ${keys.slice(0, 3).join(', ')}${keys.length > 3 ? ' …' : ''}`,
    {
      next: 'Take tags away from them that are not Holdfast’s (role, tier, plan, expire): cleanup may set no others. All else of the plan was done.',
    },
  );
}

/** Takes the marks of everything current of a backup away, and of what it needs of others; the manifest's last. */
export async function unmarkObjects(address: Address & Pick<BackupRow, 'needs'>, run: Run): Promise<void> {
  const { deps } = run;
  const manifest = manifestKey(address.planId, address.backupId);
  await beginStep(run, 'unmark');
  await run.keepLease?.();
  await unmarkNeeded(address, run);
  await eachAtATime(objectsOf(run, address), marksAtATime, async ({ key }) => {
    if (key !== manifest) await deps.keeping.unmark(key);
  });
  await deps.keeping.unmark(manifest);
}

/** Somebody brought it back while it was being marked: then the marks are wrong, and go at once. */
async function undoIfRevived({ planId, backupId }: Address, run: Run): Promise<void> {
  const now = await run.deps.catalog.getBackup(planId, backupId);
  run.deps.log.warn('a backup changed while it was marked', { planId, backupId, status: now?.status });
  if (now?.status === 'completed') await unmarkObjects(now, run);
}

/**
 * Whether a backup's own objects are all there (needed-objects.ts has the others), by what its row says of them: the
 * manifest's length, and the bytes of the attempt that made it (of all attempts, where that is not known).
 */
export interface Wholeness {
  count(object: Pick<ListedObject, 'key' | 'lengthBytes'>): void;
  /** What is lacking, or undefined. */
  lacks(): string | undefined;
}

export function wholenessOf(row: BackupRow): Wholeness {
  const manifest = manifestKey(row.planId, row.backupId);
  const folder = backupPrefix(row.planId, row.backupId);
  const attempts = row.madeBy === undefined ? `${folder}a` : `${folder}${attemptName(row.madeBy)}/`;
  let manifestBytes: number | undefined;
  let bytes = 0;
  let objects = 0;
  return {
    count({ key, lengthBytes }) {
      if (key.startsWith(folder)) objects += 1;
      if (key === manifest) manifestBytes = lengthBytes;
      if (key === manifest || key.startsWith(attempts)) bytes += lengthBytes;
    },
    lacks() {
      if (manifestBytes === undefined) return 'its manifest';
      if (row.manifest && row.manifest.lengthBytes !== manifestBytes)
        return `its manifest of ${row.manifest.lengthBytes} bytes (there is one of ${manifestBytes})`;
      if (row.storedBytes !== undefined)
        return bytes < row.storedBytes
          ? `${row.storedBytes - bytes} of its ${row.storedBytes} bytes`
          : undefined;
      const wanted = row.expiry?.objects ?? 0;
      return objects < wanted ? `${wanted - objects} of its ${wanted} objects` : undefined;
    },
  };
}

/** What a backup lacks among the vault's current objects, its own and those it refers to; undefined: nothing. */
export async function lacksNow(
  row: BackupRow,
  { vault }: Pick<Run['deps'], 'vault'>,
): Promise<string | undefined> {
  const wholeness = wholenessOf(row);
  for await (const object of vault.list(backupPrefix(row.planId, row.backupId))) wholeness.count(object);
  return wholeness.lacks() ?? (await lackingNeed(row, (folder) => vault.list(folder)));
}
