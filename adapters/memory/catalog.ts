/**
 * The catalog in memory, under the same contract as DynamoDB's (test/contract/catalog.ts). Rows go in and out as
 * copies; a method does its work without waiting, so that calls cannot interleave and each is one conditional write.
 */
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import { parsePlan } from '../../core/plan.ts';
import type {
  BackupRow,
  Catalog,
  Claim,
  ClaimRequest,
  Owner,
  Page,
  PlanRow,
  RestoreRow,
  VerificationState,
} from '../../core/ports/catalog.ts';
import type { Tier } from '../../core/ports/vault.ts';
import { scheduledTiers } from '../../core/retention.ts';

interface StoredBackup {
  row: BackupRow;
  /** Since when it waits for a verification; undefined when it does not. */
  unverifiedSince?: string;
}

export interface MemoryCatalog extends Catalog {
  newestOfEachTier(planId: string): Promise<readonly { readonly slot: string; readonly tier: Tier }[]>;
}

const instant = (isoTime: string) => new Date(isoTime).toISOString();
const backupAt = ({ planId, backupId }: { planId: string; backupId: string }) => `${planId}/${backupId}`;

/** A copy without fields that are undefined, as a store would return it. */
function copy<T>(row: T): T {
  return withoutUndefined(structuredClone(row));
}

function withoutUndefined<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutUndefined) as T;
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(kept.map(([name, each]) => [name, withoutUndefined(each)])) as T;
}

/** Rows are in the order of their names; a cursor is the name of the last row of a page. */
function page<T>(
  all: readonly (readonly [string, T])[],
  options: { limit?: number; cursor?: string } = {},
): Page<T> {
  const { limit = 100, cursor } = options;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 1000)) {
    throw new InvalidInput('page', [
      { field: 'limit', value: String(limit), allowed: 'a whole number from 1 to 1000' },
    ]);
  }
  const after = cursor === undefined ? -1 : all.findIndex(([name]) => name === decode(cursor));
  if (cursor !== undefined && after < 0) {
    throw new InvalidInput('page', [{ field: 'cursor', allowed: 'a cursor that an earlier page returned' }]);
  }
  const rows = all.slice(after + 1, after + 1 + limit);
  const last = rows.at(-1);
  const more = last !== undefined && after + 1 + rows.length < all.length;
  return { rows: rows.map(([, row]) => copy(row)), ...(more && { cursor: encode(last[0]) }) };
}

const encode = (name: string) => Buffer.from(name).toString('base64url');
const decode = (cursor: string) => Buffer.from(cursor, 'base64url').toString();

function byName<T>(entries: Iterable<readonly [string, T]>): (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

export function memoryCatalog(): MemoryCatalog {
  const state: State = { plans: new Map(), backups: new Map(), leases: new Map(), restores: new Map() };
  return {
    ...plansOf(state),
    ...runsOf(state),
    ...backupsOf(state),
    ...leasesOf(state),
    ...restoresOf(state),
  };
}

interface State {
  readonly plans: Map<string, PlanRow>;
  readonly backups: Map<string, StoredBackup>;
  readonly leases: Map<string, { owner: string; until: string }>;
  readonly restores: Map<string, RestoreRow>;
}

function plansOf({ plans }: State): Pick<Catalog, 'getPlan' | 'listPlans' | 'putPlan'> {
  return {
    async getPlan(planId) {
      const row = plans.get(planId);
      return row && copy(row);
    },
    async listPlans(options) {
      return page(byName(plans), options);
    },
    async putPlan(plan, expectedRevision, by, now) {
      const stored = plans.get(plan.id);
      if ((stored?.revision ?? 0) !== expectedRevision) {
        throw new HoldfastError(
          'CONFLICT',
          `Plan ${plan.id} is at revision ${stored?.revision ?? 0}, not ${expectedRevision}`,
        );
      }
      const row: PlanRow = {
        plan: parsePlan(copy(plan)),
        revision: expectedRevision + 1,
        createdAt: stored?.createdAt ?? now,
        updatedAt: now,
        updatedBy: by,
      };
      plans.set(plan.id, row);
      return copy(row);
    },
  };
}

type Runs = Pick<Catalog, 'claimRun' | 'renewRun' | 'prepareCompletion' | 'completeRun' | 'failRun'>;

function runsOf({ backups }: State): Runs {
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
    async renewRun(owner, leaseUntil, progress) {
      const stored = owned(owner);
      stored.row = copy({ ...stored.row, leaseUntil: instant(leaseUntil), ...(progress && { progress }) });
    },
    async prepareCompletion(owner, completion) {
      const stored = owned(owner);
      const { warnings, versions } = completion;
      stored.row = copy({ ...stored.row, ...completion, warnings, versions });
    },
    async completeRun(owner, completedAt) {
      const before = backups.get(backupAt(owner));
      if (before?.row.status === 'completed' && before.row.attempt === owner.attempt) return copy(before.row);
      const stored = owned(owner);
      if (!stored.row.manifest) {
        throw new HoldfastError('CONFLICT', `Backup ${owner.backupId} was not prepared for completion`);
      }
      const { leaseUntil: _, progress: __, error: ___, ...row } = stored.row;
      stored.row = { ...row, status: 'completed', completedAt: instant(completedAt) };
      stored.unverifiedSince = instant(completedAt);
      return copy(stored.row);
    },
    async failRun(owner, error, _at) {
      const stored = backups.get(backupAt(owner));
      if (!stored) {
        throw new HoldfastError(
          'BACKUP_NOT_FOUND',
          `Backup ${owner.backupId} of plan ${owner.planId} has no row`,
        );
      }
      if (stored.row.status === 'running' && stored.row.attempt === owner.attempt) {
        const { leaseUntil: _, progress: __, ...row } = stored.row;
        stored.row = copy({ ...row, status: 'failed', error });
      }
      return copy(stored.row);
    },
  };
}

function claimOf(
  { now, leaseUntil, correlationId, ...first }: ClaimRequest,
  stored: BackupRow | undefined,
): Claim {
  if (stored?.status === 'completed' || stored?.status === 'expired')
    return { outcome: 'completed', row: stored };
  if (stored?.status === 'running' && (stored.leaseUntil ?? '') > instant(now)) {
    return { outcome: 'running', row: stored };
  }
  const earlier: Omit<BackupRow, 'status' | 'correlationId'> = stored ?? { ...first, attempt: 0 };
  const { error: _, progress: __, ...before } = earlier;
  const owned = { status: 'running', attempt: before.attempt + 1, correlationId } as const;
  return {
    outcome: 'claimed',
    row: { ...before, ...owned, startedAt: instant(now), leaseUntil: instant(leaseUntil) },
  };
}

type Backups = Pick<
  Catalog,
  'getBackup' | 'findBackup' | 'listBackups' | 'listUnverified' | 'claimVerification' | 'recordVerification'
> &
  Pick<MemoryCatalog, 'newestOfEachTier'>;

function backupsOf({ backups }: State): Backups {
  const newestFirst = (planId: string) =>
    byName(backups)
      .filter(([, { row }]) => row.planId === planId)
      .map(([name, { row }]) => [name, row] as const)
      .reverse();
  return {
    async getBackup(planId, backupId) {
      const stored = backups.get(backupAt({ planId, backupId }));
      return stored && copy(stored.row);
    },
    async findBackup(backupId) {
      for (const { row } of backups.values()) if (row.backupId === backupId) return copy(row);
      return undefined;
    },
    async listBackups(planId, { status, ...options } = {}) {
      return page(
        newestFirst(planId).filter(([, row]) => status === undefined || row.status === status),
        options,
      );
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
      });
      // An error proves nothing: the backup stays on the list, behind those that have waited longer.
      if (verification.status !== 'error') stored.unverifiedSince = undefined;
      else if (stored.unverifiedSince !== undefined)
        stored.unverifiedSince = instant(verification.verifiedAt);
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

function leasesOf({ leases }: State): Pick<Catalog, 'acquireLease' | 'releaseLease'> {
  return {
    async acquireLease(name, owner, until, now) {
      const held = leases.get(name);
      if (held && held.owner !== owner && held.until > instant(now)) return false;
      leases.set(name, { owner, until: instant(until) });
      return true;
    },
    async releaseLease(name, owner) {
      if (leases.get(name)?.owner === owner) leases.delete(name);
    },
  };
}

type Restores = Pick<
  Catalog,
  'createRestore' | 'getRestore' | 'startRestore' | 'progressRestore' | 'finishRestore' | 'requestCancel'
>;

function restoresOf({ restores }: State): Restores {
  const get = (restoreId: string): RestoreRow => {
    const row = restores.get(restoreId);
    if (row) return row;
    throw new HoldfastError('RESTORE_NOT_FOUND', `There is no restore ${restoreId}`);
  };
  const change = (row: RestoreRow, changed: Partial<RestoreRow>) =>
    restores.set(row.restoreId, copy({ ...row, ...changed }));
  const hasEnded = ({ status }: RestoreRow) => status !== 'pending' && status !== 'running';
  return {
    async createRestore(row) {
      if (restores.has(row.restoreId)) {
        throw new HoldfastError('CONFLICT', `There is a restore ${row.restoreId} already`);
      }
      restores.set(row.restoreId, copy(row));
    },
    async getRestore(restoreId) {
      const row = restores.get(restoreId);
      return row && copy(row);
    },
    async startRestore(restoreId, at) {
      const row = get(restoreId);
      if (row.status !== 'pending') return false;
      change(row, { status: 'running', startedAt: instant(at) });
      return true;
    },
    async progressRestore(restoreId, progress) {
      const row = get(restoreId);
      if (row.status === 'running') change(row, { progress });
      return { cancelRequested: row.cancelRequested === true };
    },
    async finishRestore(restoreId, { status, result, error, completedAt }) {
      const row = get(restoreId);
      if (hasEnded(row)) return;
      change(row, { status, result, error, completedAt: completedAt && instant(completedAt) });
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
