/**
 * Which earlier backup a run of an incremental or differential source may build upon, component by component. Pure:
 * the rows, newest first, go in; what comes out still has to be held (base.ts).
 */
import { slotOf } from '../format/layout.ts';
import type { BackupRow, IndexNote, Needed } from '../ports/catalog.ts';
import type { Basis } from '../ports/source.ts';
import { backupsIn, everything, mergeNeeded } from '../references.ts';

/** Below the limit of the catalog's rows (references.ts), with room for a day of further runs. */
export const mostBackupsOfBase = 400;

export interface ChosenBase {
  readonly row: BackupRow;
  readonly index: IndexNote;
}

/** A base, or why there is none: in words for the log. */
export type BaseChoice = { readonly base: ChosenBase } | { readonly full: string };

export interface BaseQuestion {
  /** Of the run itself: a base is always of a smaller id. */
  readonly backupId: string;
  readonly component: string;
  readonly basis: Basis;
}

const dayMs = 86_400_000;

/** Nothing can be found in rows of this slot or older ones. ISO 8601 UTC. */
export function oldestUseful({ backupId, basis }: Pick<BaseQuestion, 'backupId' | 'basis'>): string {
  return new Date(Date.parse(slotOf(backupId)) - basis.fullEveryDays * dayMs).toISOString();
}

/**
 * `incremental`: the newest backup that is good and has an index. `differential`: the one that this newest goes back
 * to. None when everything was read too long ago, or in too many pieces.
 */
export function chooseBase(question: BaseQuestion, newestFirst: readonly BackupRow[]): BaseChoice {
  const { backupId, component, basis } = question;
  const usable = (row: BackupRow): ChosenBase | undefined => {
    const index = row.indexes?.[component];
    return index && row.backupId < backupId && isSound(row) ? { row, index } : undefined;
  };
  let base: ChosenBase | undefined;
  for (const row of newestFirst) {
    base = usable(row);
    if (base) break;
  }
  if (!base) return { full: 'no earlier backup to build upon' };
  if (basis.mode === 'differential') {
    const { fullBackupId } = base.index;
    const first = newestFirst.find((row) => row.backupId === fullBackupId);
    base = first && usable(first);
    if (!base) return { full: `the last one that read everything, ${fullBackupId}, cannot be built upon` };
  }
  const ageDays = (Date.parse(slotOf(backupId)) - Date.parse(slotOf(base.index.fullBackupId))) / dayMs;
  if (ageDays >= basis.fullEveryDays) {
    return { full: `everything was read ${Math.floor(ageDays)} days ago, in ${base.index.fullBackupId}` };
  }
  const backups = backupsIn(neededThrough(component, base)).length;
  if (backups > mostBackupsOfBase) return { full: `the files lie in ${backups} backups by now` };
  return { base };
}

/** A backup that was not found to be damaged, and is all there as far as anybody knows. */
function isSound(row: BackupRow): boolean {
  return (
    row.status === 'completed' && row.verification?.status !== 'failed' && row.missingSince === undefined
  );
}

/** Everything that a run on this base may come to refer to. */
export function neededThrough(component: string, { row, index }: ChosenBase): Needed[] {
  const itself = { backupId: row.backupId, attempt: index.attempt, component, segments: everything };
  return mergeNeeded([itself], row.needs ?? []);
}
