/**
 * Which earlier backup a run of an incremental or differential source may build upon, component by component. Pure:
 * the rows, newest first, go in; what comes out still has to be held (base.ts).
 */
import { slotOf } from '../format/layout.ts';
import { isSound } from '../good.ts';
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

/** Takes rows until it knows; it keeps the one or two that it may choose, however many there are. */
export interface BaseChooser {
  /** Newest first, all of the plan or only those that completed. True: it knows, and needs no further ones. */
  offer(row: BackupRow): boolean;
  choice(): BaseChoice;
}

/**
 * `incremental`: the newest backup that is sound and has an index. `differential`: the one that this newest goes back
 * to. None when everything was read too long ago, or in too many pieces.
 */
export function baseChooser({ backupId, component, basis }: BaseQuestion): BaseChooser {
  let choice: BaseChoice | undefined;
  /** Of a differential run: the backup that everything was read in. */
  let fullBackupId: string | undefined;
  /** Chains of which a newer backup turned out to be damaged: what is damaged may be a pack that they share. */
  const damaged = new Map<string, string>();

  const usable = (row: BackupRow): ChosenBase | undefined => {
    const index = row.indexes?.[component];
    return index && row.backupId < backupId && isSound(row) ? { row, index } : undefined;
  };
  const tooOld = ({ index }: ChosenBase): BaseChoice | undefined => {
    const ageDays = (Date.parse(slotOf(backupId)) - Date.parse(slotOf(index.fullBackupId))) / dayMs;
    return ageDays < basis.fullEveryDays
      ? undefined
      : { full: `everything was read ${Math.floor(ageDays)} days ago, in ${index.fullBackupId}` };
  };
  const inTooMany = (base: ChosenBase): BaseChoice | undefined => {
    const backups = backupsIn(neededThrough(component, base)).length;
    return backups > mostBackupsOfBase ? { full: `the files lie in ${backups} backups by now` } : undefined;
  };
  const onDamaged = ({ index }: ChosenBase): BaseChoice | undefined => {
    const because = damaged.get(index.fullBackupId);
    return because === undefined
      ? undefined
      : { full: `${because}, which shares packs with it, failed its verification` };
  };
  const take = (base: ChosenBase): BaseChoice =>
    tooOld(base) ?? onDamaged(base) ?? inTooMany(base) ?? { base };
  const goneFull = (): BaseChoice => ({
    full: `the last one that read everything, ${fullBackupId}, cannot be built upon`,
  });

  return {
    offer(row) {
      if (choice) return true;
      const base = usable(row);
      const isDamaged = row.verification?.status === 'failed';
      const chain = row.indexes?.[component]?.fullBackupId;
      if (isDamaged && chain !== undefined && row.backupId < backupId) damaged.set(chain, row.backupId);
      if (fullBackupId === undefined) {
        if (!base) return false;
        if (basis.mode !== 'differential' || base.index.fullBackupId === row.backupId) choice = take(base);
        else {
          choice = tooOld(base);
          fullBackupId = base.index.fullBackupId;
        }
      } else if (row.backupId <= fullBackupId) {
        choice = base && row.backupId === fullBackupId ? take(base) : goneFull();
      }
      return choice !== undefined;
    },
    choice: () =>
      choice ?? (fullBackupId === undefined ? { full: 'no earlier backup to build upon' } : goneFull()),
  };
}

/** Of rows that are all at hand, newest first. */
export function chooseBase(question: BaseQuestion, newestFirst: readonly BackupRow[]): BaseChoice {
  const chooser = baseChooser(question);
  for (const row of newestFirst) if (chooser.offer(row)) break;
  return chooser.choice();
}

/** Earlier backups that this base cannot be restored without: it is as damaged as any of them. */
export function restsOn({ row }: ChosenBase): readonly string[] {
  return backupsIn(row.needs ?? []);
}

/** Everything that a run on this base may come to refer to. */
export function neededThrough(component: string, { row, index }: ChosenBase): Needed[] {
  const itself = { backupId: row.backupId, attempt: index.attempt, component, segments: everything };
  return mergeNeeded([itself], row.needs ?? []);
}
