/** A backup as people name one: by its id, or as `PLAN@LABEL`. */
import { HoldfastError, InvalidInput } from '../errors.ts';
import { backupIdSchema, planIdSchema } from '../format/layout.ts';
import type { BackupRow, Catalog } from '../ports/catalog.ts';
import { findLabelled } from './labels.ts';

const names = 'a backup id like 20261121T020000Z-3f9a1c22, or PLAN@LABEL';

/** BACKUP_NOT_FOUND; INVALID_INPUT for what is no name, or a label that several completed ones have. */
export async function findBackup(catalog: Catalog, name: string): Promise<BackupRow> {
  const [, planId, label] = /^([^@]+)@(.+)$/s.exec(name) ?? [];
  if (planId !== undefined && label !== undefined && planIdSchema.safeParse(planId).success) {
    return findLabelled(catalog, label, planId);
  }
  if (!backupIdSchema.safeParse(name).success) {
    throw new InvalidInput('backup', [
      { field: 'backupId', value: JSON.stringify(name).slice(0, 100), allowed: names },
    ]);
  }
  const row = await catalog.findBackup(name);
  if (row) return row;
  throw new HoldfastError('BACKUP_NOT_FOUND', `there is no backup ${name}`, { details: { backupId: name } });
}

/** Refuses anything but a completed backup, and says what it is instead. */
export function requireCompleted(row: BackupRow): BackupRow {
  const { backupId, status, error } = row;
  if (status === 'completed') return row;
  const why = error ? `: ${error.message} (${error.code})` : '';
  throw new HoldfastError('BACKUP_NOT_RESTORABLE', `backup ${backupId} is ${status}${why}`, {
    details: { backupId, status },
    next:
      status === 'expired'
        ? 'Bring it back first (undelete), then repeat.'
        : 'Choose a completed backup of the plan.',
  });
}
