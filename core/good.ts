/** Which backups count: the one meaning of "good" that cleanup protects by and watch judges by. */
import type { BackupRow } from './ports/catalog.ts';

/**
 * Completed, not failed in verification, not missing from the vault, and of the whole plan. An error of a verification
 * says nothing; a backup of some sources only (`only`) is no recovery point of the plan, however sound it is.
 */
export function isGood(row: Pick<BackupRow, 'status' | 'verification' | 'missingSince' | 'only'>): boolean {
  return (
    row.status === 'completed' &&
    row.verification?.status !== 'failed' &&
    row.missingSince === undefined &&
    row.only === undefined
  );
}
