/** Which backups count: the one meaning of "good" that cleanup protects by and watch judges by. */
import type { BackupRow } from './ports/catalog.ts';

type Judged = Pick<BackupRow, 'status' | 'verification' | 'missingSince' | 'only'>;

/** Completed, not failed in verification, and not missing from the vault; an error of a verification says nothing. */
export function isSound(row: Omit<Judged, 'only'>): boolean {
  return (
    row.status === 'completed' && row.verification?.status !== 'failed' && row.missingSince === undefined
  );
}

/** Of every source of the plan: what only some went into is no recovery point of it, however sound it is. */
export function isWhole({ only }: Pick<Judged, 'only'>): boolean {
  return only === undefined;
}

export function isGood(row: Judged): boolean {
  return isSound(row) && isWhole(row);
}
