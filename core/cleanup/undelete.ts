/**
 * Brings an expired backup back while its versions exist: marks are taken away, delete markers removed, and only when
 * every object is current again does its row become `completed`. It holds the lease of cleanup meanwhile, so that
 * nobody marks what it brings back. It is pinned in the same moment: its policy has ended, and the next cleanup would
 * mark it again. Repeating an interrupted one finishes it.
 *
 * What it needs of older backups comes back with it, and no more of them than that; their rows stay what they are.
 *
 * A completed backup gets the same: whatever somebody hid or marked by hand is current again. Its row stays as it is,
 * but for the pin, where its policy has ended.
 */
import { randomBytes } from 'node:crypto';
import { eachAtATime } from '../at-a-time.ts';
import { HoldfastError } from '../errors.ts';
import { attemptName, backupPrefix, manifestKey } from '../format/layout.ts';
import type { BackupRow, Pin } from '../ports/catalog.ts';
import type { ObjectVersion } from '../ports/keeping.ts';
import { needsKey } from '../references.ts';
import type { CleanupDeps } from './context.ts';
import { giveBackLease, keepLease, leaseMinutes, takeLease } from './lease.ts';
import { foldersOf, lacksNow, wholenessOf } from './marks.ts';
import { marksAtATime } from './marks-at-a-time.ts';
import { folderOf, lackingNeed, noteNeededAgain } from './needed-objects.ts';
import { policyEnd } from './plan.ts';

/** Between two looks at a lease that another one holds, seconds. */
const pollSeconds = 5;
const reason = 'brought back by undelete; its policy has ended';
/** The lease is taken anew after so long, well before it ends. */
const renewAfterMs = 4 * 60_000;

export type UndeleteDeps = Pick<CleanupDeps, 'catalog' | 'vault' | 'keeping' | 'clock' | 'log'> & {
  /** Called before each step; tests stop it there. */
  readonly onStep?: (step: UndeleteStep) => Promise<void>;
};

export const undeleteSteps = ['note-needed', 'bring-back', 'manifest', 'check', 'revive', 'end'] as const;
export type UndeleteStep = (typeof undeleteSteps)[number];

export interface UndeleteOptions {
  readonly backupId: string;
  /** Who asks. */
  readonly by: string;
  readonly correlationId: string;
  readonly signal: AbortSignal;
  /** A cleanup holds the lease: it is waited for. Called once. */
  readonly onWait?: () => void;
}

export interface Undeleted {
  readonly row: BackupRow;
  readonly objects: number;
  readonly bytes: number;
  /** How many of them lay behind delete markers. */
  readonly hidden: number;
}

/**
 * Throws BACKUP_NOT_FOUND; CONFLICT when it is neither expired nor completed; UNDELETE_TOO_LATE when versions are gone; CLEANUP_RUNNING
 * when the lease was held for longer than it can be; VAULT_REFUSED without the rights of an operator.
 */
export async function undelete(deps: UndeleteDeps, options: UndeleteOptions): Promise<Undeleted> {
  const found = await deps.catalog.findBackup(options.backupId);
  if (!found) throw new HoldfastError('BACKUP_NOT_FOUND', `There is no backup ${options.backupId}`);
  const owner = `undelete/${options.correlationId}/${randomBytes(4).toString('hex')}`;
  await waitForLease(deps, options, owner);
  try {
    return await bringBack(found.planId, owner, deps, options);
  } finally {
    await giveBackLease(deps, owner);
  }
}

async function waitForLease(deps: UndeleteDeps, options: UndeleteOptions, owner: string): Promise<void> {
  const until = deps.clock.now().getTime() + leaseMinutes * 60_000;
  for (let looks = 0; !(await takeLease(deps, owner)); looks += 1) {
    if (looks === 0) options.onWait?.();
    if (deps.clock.now().getTime() > until) {
      throw new HoldfastError(
        'CLEANUP_RUNNING',
        `Cleanup held its lease for more than ${leaseMinutes} minutes`,
      );
    }
    await deps.clock.sleep(pollSeconds * 1000, options.signal);
  }
}

async function bringBack(
  planId: string,
  owner: string,
  deps: UndeleteDeps,
  { backupId, by, signal }: UndeleteOptions,
): Promise<Undeleted> {
  const row = await deps.catalog.getBackup(planId, backupId);
  if (row?.status !== 'expired' && row?.status !== 'completed') {
    throw new HoldfastError(
      'CONFLICT',
      `Backup ${backupId} is ${row?.status ?? 'gone'}, neither expired nor completed`,
      { next: 'Only what was once completed can be brought back; `holdfast show` tells what it is.' },
    );
  }
  await requireVersions(row, deps);
  const hold = leaseHolder(owner, deps);
  const manifest = manifestKey(planId, backupId);
  const sum = { objects: 0, bytes: 0, hidden: 0 };
  const restore = async (stack: Stack) => {
    signal.throwIfAborted();
    await hold();
    await uncover(stack, deps);
    sum.objects += 1;
    sum.bytes += stack.data.lengthBytes;
    if (stack.markers.length > 0) sum.hidden += 1;
  };
  await deps.onStep?.('note-needed');
  await noteNeededAgain(row, deps.catalog);
  await deps.onStep?.('bring-back');
  let last: Stack | undefined;
  await eachAtATime(stacksOf(row, deps), marksAtATime, async (stack) => {
    if (stack.data.key === manifest) last = stack;
    else await restore(stack);
  });
  await deps.onStep?.('manifest');
  if (last) await restore(last);
  await deps.onStep?.('check');
  // A version may have gone for good between the first look and now.
  const lacking = await lacksNow(row, deps);
  if (lacking !== undefined) throw tooLate(row, lacking);
  const at = deps.clock.now().toISOString();
  const after =
    row.status === 'expired'
      ? await revive(row, { at, by, reason }, hold, deps)
      : await foundAgain(row, { at, by, reason }, deps);
  await deps.onStep?.('end');
  deps.log.info('a backup was brought back', { planId, backupId, ...sum });
  return { row: after, ...sum };
}

async function revive(
  row: BackupRow,
  pin: Pin,
  hold: (when: 'now') => Promise<void>,
  deps: UndeleteDeps,
): Promise<BackupRow> {
  await deps.onStep?.('revive');
  await hold('now');
  return deps.catalog.reviveBackup(row.planId, row, pin.at, pin);
}

/** It was never decided to go: only what cleanup noted about it is out of date. */
async function foundAgain(row: BackupRow, pin: Pin, { catalog }: UndeleteDeps): Promise<BackupRow> {
  const { planId, backupId } = row;
  if (row.missingSince !== undefined) await catalog.noteMissing(planId, backupId, undefined);
  const { missingSince: _, ...found } = row;
  const plan = (await catalog.getPlan(planId))?.plan;
  const isDue = (policyEnd(row, plan) ?? pin.at) < pin.at;
  return isDue && !row.pin ? catalog.setPin(planId, backupId, pin) : found;
}

/** Takes the lease anew when it grows old; without it somebody may be marking. */
function leaseHolder(owner: string, deps: UndeleteDeps): (when?: 'now') => Promise<void> {
  let takenAt = deps.clock.now().getTime();
  return async (when) => {
    const now = deps.clock.now().getTime();
    if (when !== 'now' && now - takenAt < renewAfterMs) return;
    takenAt = now;
    await keepLease(deps, owner);
  };
}

/** The newest data of a key, and the delete markers over it. */
interface Stack {
  readonly data: ObjectVersion;
  readonly markers: readonly ObjectVersion[];
}

/** Everything of the backup that has data, and what it needs of others; of attempts that lost, nothing. */
async function* stacksOf(row: BackupRow, deps: UndeleteDeps): AsyncGenerator<Stack> {
  const { planId, needs = [] } = row;
  for (const needed of needs)
    yield* stacksBelow(folderOf(planId, needed), deps, (key) => needsKey([needed], key));
  for (const folder of foldersOf(row)) yield* stacksBelow(folder, deps, (key) => !isOfLoser(key, row));
}

async function* stacksBelow(
  folder: string,
  { keeping }: UndeleteDeps,
  comesBack: (key: string) => boolean,
): AsyncGenerator<Stack> {
  let key: string | undefined;
  let markers: ObjectVersion[] = [];
  let isDone = false;
  for await (const version of keeping.versions(folder)) {
    if (version.key !== key) {
      key = version.key;
      markers = [];
      isDone = !comesBack(key);
    }
    if (isDone) continue;
    if (version.deleteMarker) markers.push(version);
    else {
      isDone = true;
      yield { data: version, markers };
    }
  }
}

function isOfLoser(key: string, { planId, backupId, madeBy }: BackupRow): boolean {
  if (madeBy === undefined) return false;
  const folder = backupPrefix(planId, backupId);
  const [name = ''] = key.startsWith(folder) ? key.slice(folder.length).split('/') : [];
  return /^a\d{2,3}$/.test(name) && name !== attemptName(madeBy);
}

/** First the mark goes, then what covers it: an object that is current again is never marked, not for a moment. */
async function uncover({ data, markers }: Stack, { keeping }: UndeleteDeps): Promise<void> {
  const before = await keeping.unmark(data.key, data.versionId);
  // The oldest marker first: the key stays hidden until its last one is gone.
  for (const marker of markers.toReversed()) await keeping.removeDeleteMarker(marker.key, marker.versionId);
  // A store that shows no tags of what is hidden.
  if (before === 'absent') await keeping.unmark(data.key, data.versionId);
}

/** Nothing is touched unless all of it can come back. */
async function requireVersions(row: BackupRow, deps: UndeleteDeps): Promise<void> {
  const wholeness = wholenessOf(row);
  for await (const { data } of stacksOf(row, deps)) wholeness.count(data);
  const dataBelow = async function* (folder: string) {
    for await (const { data } of stacksBelow(folder, deps, () => true)) yield data;
  };
  const lacking = wholeness.lacks() ?? (await lackingNeed(row, dataBelow));
  if (lacking !== undefined) throw tooLate(row, lacking);
}

function tooLate({ planId, backupId }: BackupRow, lacking: string): HoldfastError {
  return new HoldfastError(
    'UNDELETE_TOO_LATE',
    `Backup ${backupId} of plan ${planId} cannot come back: ${lacking} is gone for good`,
    { details: { planId, backupId } },
  );
}
