/** The life of a run's row, in memory. */
import { HoldfastError } from '../../../core/errors.ts';
import { checkHoldRequest, checkNeeds } from '../../../core/hold-request.ts';
import type { BackupRow, Catalog, Claim, ClaimRequest, Owner } from '../../../core/ports/catalog.ts';
import { backupAt, copy, instant, type Rows, type StoredBackup } from './rows.ts';

type Runs = Pick<
  Catalog,
  'claimRun' | 'renewRun' | 'holdBases' | 'prepareCompletion' | 'completeRun' | 'failRun'
>;

export function runsOf({ backups }: Rows): Runs {
  /** The row, if this attempt is the one that runs. */
  const owned = (owner: Owner): StoredBackup => {
    const stored = backups.get(backupAt(owner));
    if (stored?.row.status === 'running' && stored.row.attempt === owner.attempt) return stored;
    const now = stored ? `is ${stored.row.status} under attempt ${stored.row.attempt}` : 'has no row';
    throw new HoldfastError(
      'CONFLICT',
      `Backup ${owner.backupId} ${now}: attempt ${owner.attempt} no longer owns it`,
    );
  };
  return {
    async claimRun(request) {
      const stored = backups.get(backupAt(request));
      const claim = claimOf(request, stored?.row);
      if (claim.outcome === 'claimed') backups.set(backupAt(request), { row: copy(claim.row) });
      return copy(claim);
    },
    async renewRun(owner, leaseUntil, progress, steps) {
      const stored = owned(owner);
      const noted = { ...(progress && { progress }), ...(steps && { steps }) };
      stored.row = copy({ ...stored.row, leaseUntil: instant(leaseUntil), ...noted });
    },
    async holdBases(owner, bases, needs, until) {
      checkHoldRequest(owner, bases, needs);
      const stored = owned(owner);
      const held = bases.flatMap((backupId) => {
        const base = backups.get(backupAt({ planId: owner.planId, backupId }));
        return base?.row.status === 'completed' ? [base] : [];
      });
      if (held.length < bases.length) return false;
      stored.row = copy({ ...stored.row, needs });
      const basedOnUntil = instant(until);
      for (const base of held) base.row = copy({ ...base.row, basedOnUntil, guard: base.row.guard + 1 });
      return true;
    },
    async prepareCompletion(owner, completion) {
      checkNeeds(completion.needs);
      const stored = owned(owner);
      const { warnings, versions, madeBy, needs, indexes } = completion;
      stored.row = copy({ ...stored.row, ...completion, warnings, versions, madeBy, needs, indexes });
    },
    async completeRun(owner, completedAt, steps) {
      const before = backups.get(backupAt(owner));
      if (before?.row.status === 'completed' && before.row.attempt === owner.attempt) return copy(before.row);
      const stored = owned(owner);
      if (!stored.row.manifest) {
        throw new HoldfastError('CONFLICT', `Backup ${owner.backupId} was not prepared for completion`);
      }
      const { leaseUntil: _, progress: __, error: ___, ...row } = stored.row;
      const end = { status: 'completed', completedAt: instant(completedAt) } as const;
      stored.row = copy({ ...row, ...end, ...(steps && { steps }) });
      stored.unverifiedSince = instant(completedAt);
      return copy(stored.row);
    },
    async failRun(owner, error, at, steps) {
      const stored = backups.get(backupAt(owner));
      if (!stored) {
        throw new HoldfastError(
          'BACKUP_NOT_FOUND',
          `Backup ${owner.backupId} of plan ${owner.planId} has no row`,
        );
      }
      if (stored.row.status === 'running' && stored.row.attempt === owner.attempt) {
        const { leaseUntil: _, progress: __, ...row } = stored.row;
        const end = { status: 'failed', error, failedAt: instant(at), guard: row.guard + 1 } as const;
        stored.row = copy({ ...row, ...end, ...(steps && { steps }) });
      }
      return copy(stored.row);
    },
  };
}

/** Nobody owns it: new, failed, never started, or its owner stopped renewing. */
export function isFree(row: BackupRow | undefined, now: string): boolean {
  if (row === undefined || row.status === 'failed' || row.status === 'pending') return true;
  return row.status === 'running' && (row.leaseUntil ?? '') <= instant(now);
}

function claimOf(
  { now, leaseUntil, correlationId, ...first }: ClaimRequest,
  stored: BackupRow | undefined,
): Claim {
  if (stored && !isFree(stored, now))
    return { outcome: stored.status === 'running' ? 'running' : 'completed', row: stored };
  const earlier: Omit<BackupRow, 'status' | 'correlationId'> = stored ?? { ...first, attempt: 0, guard: 0 };
  const { error: _, progress: __, failedAt: ___, expiry: ____, steps: _____, ...before } = earlier;
  const owned = { status: 'running', attempt: before.attempt + 1, correlationId } as const;
  return {
    outcome: 'claimed',
    row: { ...before, ...owned, startedAt: instant(now), leaseUntil: instant(leaseUntil) },
  };
}
