/** Restores in memory. */
import { HoldfastError } from '../../../core/errors.ts';
import type { Catalog, RestoreRow } from '../../../core/ports/catalog.ts';
import { backupAt, byName, copy, instant, type Rows } from './rows.ts';

type Restores = Pick<
  Catalog,
  | 'createRestore'
  | 'getRestore'
  | 'startRestore'
  | 'waitRestore'
  | 'listWaitingRestores'
  | 'progressRestore'
  | 'finishRestore'
  | 'requestCancel'
>;

export function restoresOf({ restores, backups }: Rows): Restores {
  const get = (restoreId: string): RestoreRow => {
    const row = restores.get(restoreId);
    if (row) return row;
    throw new HoldfastError('RESTORE_NOT_FOUND', `There is no restore ${restoreId}`);
  };
  const change = (row: RestoreRow, changed: Partial<RestoreRow>) =>
    restores.set(row.restoreId, copy({ ...row, ...changed }));
  const hasEnded = ({ status }: RestoreRow) =>
    status === 'completed' || status === 'failed' || status === 'cancelled';
  return {
    async createRestore(row, holdUntil) {
      if (restores.has(row.restoreId)) {
        throw new HoldfastError('CONFLICT', `There is a restore ${row.restoreId} already`);
      }
      const backup = backups.get(backupAt(row));
      if (backup?.row.status !== 'completed') {
        throw new HoldfastError(
          'BACKUP_NOT_RESTORABLE',
          `Backup ${row.backupId} of plan ${row.planId} ${backup ? `is ${backup.row.status}` : 'has no row'}`,
        );
      }
      const { heldUntil = '', guard } = backup.row;
      const wanted = instant(holdUntil);
      backup.row = { ...backup.row, heldUntil: heldUntil > wanted ? heldUntil : wanted, guard: guard + 1 };
      restores.set(row.restoreId, copy(row));
    },
    async getRestore(restoreId) {
      const row = restores.get(restoreId);
      return row && copy(row);
    },
    async startRestore(restoreId, at) {
      const row = get(restoreId);
      if (row.status !== 'pending' && row.status !== 'waiting') return false;
      change(row, { status: 'running', startedAt: instant(at), waitingFor: undefined });
      return true;
    },
    async waitRestore(restoreId, waitingFor) {
      const row = get(restoreId);
      if (row.status !== 'running') {
        throw new HoldfastError('CONFLICT', `Restore ${restoreId} is ${row.status}, not running`);
      }
      if (row.cancelRequested) {
        throw new HoldfastError('CONFLICT', `Restore ${restoreId} is to be cancelled`);
      }
      change(row, { status: 'waiting', waitingFor });
    },
    async listWaitingRestores() {
      return byName(restores).flatMap(([, row]) => (row.status === 'waiting' ? [copy(row)] : []));
    },
    async progressRestore(restoreId, progress, steps) {
      const row = get(restoreId);
      if (row.status === 'running') change(row, { progress, ...(steps && { steps }) });
      return { cancelRequested: row.cancelRequested === true };
    },
    async finishRestore(restoreId, { status, result, error, completedAt, steps }) {
      const row = get(restoreId);
      if (hasEnded(row)) return;
      change(row, {
        status,
        result,
        error,
        completedAt: completedAt && instant(completedAt),
        waitingFor: undefined,
        ...(steps && { steps }),
      });
    },
    async requestCancel(restoreId) {
      const row = get(restoreId);
      if (hasEnded(row)) {
        throw new HoldfastError(
          'CONFLICT',
          `Restore ${restoreId} is ${row.status}: there is nothing to cancel`,
        );
      }
      change(row, { cancelRequested: true });
    },
  };
}
