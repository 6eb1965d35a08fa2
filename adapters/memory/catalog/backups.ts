/** Reading backups in memory, and verify's own columns of them. */
import { HoldfastError } from '../../../core/errors.ts';
import { compactTime } from '../../../core/format/layout.ts';
import type { BackupRow, Catalog, VerificationState } from '../../../core/ports/catalog.ts';
import { scheduledTiers } from '../../../core/retention.ts';
import { mostRunsRead, runTimesLimit } from '../../../core/usual-times.ts';
import { backupAt, copy, instant, page, type Rows } from './rows.ts';

type Backups = Pick<
  Catalog,
  | 'getBackup'
  | 'findBackup'
  | 'listBackups'
  | 'listRunTimes'
  | 'listUnverified'
  | 'claimVerification'
  | 'recordVerification'
  | 'noteStored'
  | 'newestOfEachTier'
>;

export function backupsOf({ backups }: Rows): Backups {
  /** Names in order, made again when there is a new one: none ever leaves. */
  let names: readonly string[] = [];
  const newestFirst = (planId: string) => {
    if (names.length !== backups.size) names = [...backups.keys()].sort().reverse();
    const rows: (readonly [string, BackupRow])[] = [];
    for (const name of names) {
      const row = backups.get(name)?.row;
      if (row?.planId === planId) rows.push([name, row]);
    }
    return rows;
  };
  return {
    async getBackup(planId, backupId) {
      const stored = backups.get(backupAt({ planId, backupId }));
      return stored && copy(stored.row);
    },
    async findBackup(backupId) {
      for (const { row } of backups.values()) if (row.backupId === backupId) return copy(row);
      return undefined;
    },
    async listBackups(planId, { status, since, ...options } = {}) {
      const from = since === undefined ? '' : compactTime(since);
      const isListed = ({ backupId, status: its }: BackupRow) =>
        backupId >= from && (status === undefined || its === status);
      return page(
        newestFirst(planId).filter(([, row]) => isListed(row)),
        options,
      );
    },
    async listRunTimes(planId, limit) {
      const read = newestFirst(planId).slice(0, mostRunsRead);
      const times = read.flatMap(([, { status, startedAt, completedAt, steps }]) =>
        status === 'completed' && startedAt !== undefined && completedAt !== undefined
          ? [copy({ startedAt, completedAt, ...(steps && { steps }) })]
          : [],
      );
      return times.slice(0, runTimesLimit(limit));
    },
    async listUnverified(limit) {
      const waiting = [...backups.values()]
        .filter((stored) => stored.unverifiedSince !== undefined)
        .sort((a, b) => Date.parse(a.unverifiedSince ?? '') - Date.parse(b.unverifiedSince ?? ''));
      return page(
        waiting.map(({ row }) => [row.backupId, row] as const),
        { limit },
      ).rows;
    },
    async claimVerification(planId, backupId, listedAt, now) {
      const stored = backups.get(backupAt({ planId, backupId }));
      if (stored?.unverifiedSince === undefined || stored.unverifiedSince > instant(listedAt)) return false;
      stored.unverifiedSince = instant(now);
      return true;
    },
    async recordVerification(planId, backupId, verification) {
      const stored = backups.get(backupAt({ planId, backupId }));
      if (stored?.row.status !== 'completed') {
        throw new HoldfastError(
          'CONFLICT',
          `Backup ${backupId} of plan ${planId} is not completed: nothing to verify`,
        );
      }
      stored.row = copy({
        ...stored.row,
        verification: withEarlierProof(verification, stored.row.verification),
        guard: stored.row.guard + 1,
      });
      // An error proves nothing: the backup stays on the list, behind those that have waited longer.
      if (verification.status !== 'error') stored.unverifiedSince = undefined;
      else if (stored.unverifiedSince !== undefined)
        stored.unverifiedSince = instant(verification.verifiedAt);
    },
    async noteStored(planId, backupId, at) {
      const stored = backups.get(backupAt({ planId, backupId }));
      if (stored?.row.status === 'completed') {
        stored.row = copy({ ...stored.row, storedAt: instant(at) });
      }
    },
    async newestOfEachTier(planId) {
      const completed = newestFirst(planId).filter(([, row]) => row.status === 'completed');
      return scheduledTiers.flatMap((tier) => {
        const newest = completed.find(([, row]) => row.tier === tier)?.[1];
        return newest ? [{ tier, slot: newest.slot }] : [];
      });
    },
  };
}

/** A later check at a lower level, or one that could not be made, takes no earlier proof away. */
function withEarlierProof(
  state: VerificationState,
  earlier: VerificationState | undefined,
): VerificationState {
  const provenAt = state.provenAt ?? earlier?.provenAt;
  return {
    ...state,
    verifiedAt: instant(state.verifiedAt),
    ...(provenAt !== undefined && { provenAt: instant(provenAt) }),
  };
}
