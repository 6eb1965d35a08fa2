/** In memory: what decides whether a backup is kept (expiry, marks, pins), its way back, and its adoption. */
import { HoldfastError } from '../../../core/errors.ts';
import { checkExpiryRequest } from '../../../core/expiry-request.ts';
import { parse } from '../../../core/parse.ts';
import { sourceNameSchema } from '../../../core/plan.ts';
import type { BackupRow, Catalog, Guarded, VerificationState } from '../../../core/ports/catalog.ts';
import { backupAt, copy, instant, type Rows, type StoredBackup } from './rows.ts';
import { isFree } from './runs.ts';

type Keeping = Pick<
  Catalog,
  'expireBackups' | 'noteMarked' | 'reviveBackup' | 'noteMissing' | 'noteCopy' | 'setPin' | 'adoptBackup'
>;

export function keepingOf({ backups }: Rows): Keeping {
  const at = (planId: string, backupId: string) => backups.get(backupAt({ planId, backupId }));
  const change = (stored: StoredBackup, changed: Partial<BackupRow>): BackupRow => {
    stored.row = copy({ ...stored.row, ...changed, guard: stored.row.guard + 1 });
    return copy(stored.row);
  };
  const isAsDecided = (stored: StoredBackup | undefined, { guard }: Guarded): stored is StoredBackup =>
    stored?.row.status === 'completed' && stored.row.guard === guard;

  return {
    async expireBackups({ planId, victims, keepers, expiry }) {
      checkExpiryRequest(victims, keepers);
      const decidedAt = instant(expiry.decidedAt);
      const going = victims.flatMap((victim) => {
        const stored = at(planId, victim.backupId);
        if (!isAsDecided(stored, victim) || stored.row.pin) return [];
        const { heldUntil = '', basedOnUntil = '' } = stored.row;
        return heldUntil > decidedAt || basedOnUntil > decidedAt ? [] : [stored];
      });
      if (going.length < victims.length) return false;
      if (!keepers.every((keeper) => isAsDecided(at(planId, keeper.backupId), keeper))) return false;
      const { reason, by } = expiry;
      for (const stored of going) {
        change(stored, { status: 'expired', expiry: { reason, decidedAt, by } });
        stored.unverifiedSince = undefined;
      }
      return true;
    },

    async noteMarked(planId, { backupId, guard }, expiry) {
      const stored = at(planId, backupId);
      const { status } = stored?.row ?? {};
      if (!stored || stored.row.guard !== guard || (status !== 'expired' && status !== 'failed'))
        return false;
      change(stored, {
        expiry: {
          ...expiry,
          decidedAt: instant(expiry.decidedAt),
          markedAt: expiry.markedAt && instant(expiry.markedAt),
        },
        // A later attempt must not take for its own what is going.
        ...(status === 'failed' && {
          manifest: undefined,
          versions: undefined,
          madeBy: undefined,
          needs: undefined,
          indexes: undefined,
        }),
      });
      return true;
    },

    async reviveBackup(planId, { backupId, guard }, time, pin) {
      const stored = at(planId, backupId);
      if (stored?.row.status !== 'expired' || stored.row.guard !== guard) {
        throw new HoldfastError(
          'CONFLICT',
          `Backup ${backupId} of plan ${planId} is not expired at ${guard}`,
        );
      }
      const row = change(stored, {
        status: 'completed',
        expiry: undefined,
        missingSince: undefined,
        ...(pin && { pin: { ...pin, at: instant(pin.at) } }),
      });
      const waits = row.needs !== undefined || !isDecided(row.verification);
      stored.unverifiedSince = waits ? instant(time) : undefined;
      return row;
    },

    async noteMissing(planId, backupId, since) {
      const stored = at(planId, backupId);
      if (stored?.row.status !== 'completed') throw notCompleted(planId, backupId);
      change(stored, { missingSince: since && instant(since) });
    },

    async noteCopy(planId, backupId, vault, note) {
      const name = parse(sourceNameSchema, vault, 'name of a vault');
      const stored = at(planId, backupId);
      if (!stored) throw notFound(planId, backupId);
      if (stored.row.status !== 'completed') throw notCompleted(planId, backupId);
      const copies = { ...stored.row.copies, [name]: { ...note, at: instant(note.at) } };
      stored.row = copy({ ...stored.row, copies });
    },

    async setPin(planId, backupId, pin) {
      const stored = at(planId, backupId);
      if (!stored) throw notFound(planId, backupId);
      if (stored.row.status !== 'completed') throw notCompleted(planId, backupId);
      return change(stored, { pin: pin && { ...pin, at: instant(pin.at) } });
    },

    async adoptBackup(row, now) {
      const before = backups.get(backupAt(row));
      if (!isFree(before?.row, now)) return false;
      const completedAt = instant(row.completedAt ?? now);
      backups.set(backupAt(row), {
        row: copy({
          ...row,
          status: 'completed',
          completedAt,
          adoptedAt: instant(now),
          guard: before?.row.guard ?? 0,
          leaseUntil: undefined,
          progress: undefined,
          error: undefined,
          failedAt: undefined,
          expiry: undefined,
          heldUntil: undefined,
          basedOnUntil: undefined,
          missingSince: undefined,
          copies: undefined,
        }),
        ...(!isDecided(row.verification) && { unverifiedSince: completedAt }),
      });
      return true;
    },
  };
}

/** It was found good or bad; one that could not be carried out says neither. */
const isDecided = (verification: VerificationState | undefined) =>
  verification !== undefined && verification.status !== 'error';

function notFound(planId: string, backupId: string): HoldfastError {
  return new HoldfastError('BACKUP_NOT_FOUND', `Backup ${backupId} of plan ${planId} has no row`);
}

function notCompleted(planId: string, backupId: string): HoldfastError {
  return new HoldfastError('CONFLICT', `Backup ${backupId} of plan ${planId} is not completed`);
}
