/** Which backups count: the one meaning of "good" that cleanup protects by and watch judges by. */
import type { BackupRow } from './ports/catalog.ts';

/** Completed, not failed in verification, and not missing from the vault. An error of a verification says nothing. */
export function isGood(row: Pick<BackupRow, 'status' | 'verification' | 'missingSince'>): boolean {
  return (
    row.status === 'completed' && row.verification?.status !== 'failed' && row.missingSince === undefined
  );
}
