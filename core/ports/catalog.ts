/**
 * The catalog: small rows about plans, backups, verifications and restores. It can be rebuilt from the vault.
 * Contract (test/contract/catalog.ts): every write is conditional, so that repeated and racing events leave one
 * result; a lost race throws CONFLICT (or the named code); failures of the store throw CATALOG_UNAVAILABLE.
 * Reads of one row are strongly consistent.
 */
import type { Plan } from '../plan.ts';
import type { Tier } from './vault.ts';

export interface PlanRow {
  readonly plan: Plan;
  /** Grows by one with each change. */
  readonly revision: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export type BackupStatus = 'pending' | 'running' | 'completed' | 'failed' | 'expired';
export type VerificationLevel = 'stored' | 'readable' | 'restored';
export type Trigger = 'schedule' | 'manual' | 'restore-point';

export interface RowError {
  readonly code: string;
  readonly message: string;
}

export interface BackupRow {
  readonly planId: string;
  readonly backupId: string;
  /** Names of the plan's sources. */
  readonly source: string;
  readonly kind: 'database' | 'files' | 'full';
  readonly trigger: Trigger;
  readonly createdBy: string;
  readonly slot: string;
  readonly correlationId: string;
  readonly status: BackupStatus;
  readonly attempt: number;
  readonly startedAt?: string;
  readonly completedAt?: string;
  /** Until then the running attempt owns the row; renewed while it lives. */
  readonly leaseUntil?: string;
  readonly progress?: { readonly plainBytes: number; readonly estimatedBytes: number; readonly step: string };
  readonly sourceBytes?: number;
  readonly storedBytes?: number;
  /** plain / stored source bytes: sourceBytes ÷ storedBytes, two decimals. */
  readonly compressionRatio?: number;
  readonly tier: Tier;
  readonly expiresAt?: string;
  readonly locations?: readonly string[];
  readonly tools?: Readonly<Record<string, string>>;
  readonly error?: RowError;
  readonly warnings?: readonly string[];
  /** Length, hash and version of the manifest as written; set before it is written, so that a retry knows its own. */
  readonly manifest?: { readonly lengthBytes: number; readonly sha256: string };
  /** Version ids of what was written, by key: they belong to this copy. Absent when there are more than 500. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly verification?: VerificationState;
}

/** Verify's own columns. */
export interface VerificationState {
  /** `error`: it could not be carried out, which says nothing about the backup. */
  readonly status: 'passed' | 'failed' | 'error';
  readonly level: VerificationLevel;
  readonly verifiedAt: string;
  /** Absent for `error`. */
  readonly reportKey?: string;
  readonly detail: string;
  /** When this backup last passed a restore drill. */
  readonly provenAt?: string;
}

export interface ClaimRequest {
  readonly planId: string;
  readonly backupId: string;
  readonly source: string;
  readonly kind: BackupRow['kind'];
  readonly trigger: Trigger;
  readonly createdBy: string;
  readonly slot: string;
  readonly correlationId: string;
  readonly tier: Tier;
  readonly now: string;
  readonly leaseUntil: string;
}

/**
 * - `claimed`: this caller owns the row now, under `row.attempt`.
 * - `running`: another attempt's lease is alive.
 * - `completed`: there is nothing to do.
 */
export type Claim =
  | { readonly outcome: 'claimed'; readonly row: BackupRow }
  | { readonly outcome: 'running' | 'completed'; readonly row: BackupRow };

export interface Owner {
  readonly planId: string;
  readonly backupId: string;
  readonly attempt: number;
}

export type Completion = Required<
  Pick<
    BackupRow,
    'sourceBytes' | 'storedBytes' | 'compressionRatio' | 'expiresAt' | 'locations' | 'tools' | 'manifest'
  >
> &
  Pick<BackupRow, 'warnings' | 'versions'>;

export interface Page<T> {
  readonly rows: readonly T[];
  /** Opaque; give it back for the next page. */
  readonly cursor?: string;
}

export interface RestoreRow {
  readonly restoreId: string;
  readonly planId: string;
  readonly backupId: string;
  readonly status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  readonly createdBy: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly completedAt?: string;
  /** What was asked for: component, target, options (RestoreOrder in core/restore). */
  readonly request: Readonly<Record<string, unknown>>;
  readonly cancelRequested?: boolean;
  readonly progress?: { readonly plainBytes: number; readonly totalBytes: number; readonly step: string };
  /** What came of it: databases, skipped, comparison counts, next steps. */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: RowError;
  readonly correlationId: string;
}

export interface Catalog {
  getPlan(planId: string): Promise<PlanRow | undefined>;
  /** All plans, by id; at most `limit` a page (1 to 1000). */
  listPlans(options?: { limit?: number; cursor?: string }): Promise<Page<PlanRow>>;
  /** Creates (expectedRevision 0) or replaces exactly that revision; CONFLICT otherwise. */
  putPlan(plan: Plan, expectedRevision: number, by: string, now: string): Promise<PlanRow>;

  /**
   * Takes the row of a run: creates it, or takes over one that failed or whose lease has ended: attempt grows by one,
   * status, error, startedAt, lease and correlationId are the new attempt's, and what prepareCompletion noted stays
   * (a manifest may have been written just before the crash). Five simultaneous calls: exactly one `claimed`.
   */
  claimRun(request: ClaimRequest): Promise<Claim>;
  /** Extends the lease and notes progress. CONFLICT when the row is no longer this attempt's. */
  renewRun(owner: Owner, leaseUntil: string, progress?: BackupRow['progress']): Promise<void>;
  /** Notes everything that will be true once the manifest is written; status stays `running`. CONFLICT as above. */
  prepareCompletion(owner: Owner, completion: Completion): Promise<void>;
  /** running → completed. Also allowed for a later attempt of the same run that found the manifest whole. */
  completeRun(owner: Owner, completedAt: string): Promise<BackupRow>;
  /** running → failed, if still this attempt's; otherwise leaves it and returns what is there. */
  failRun(owner: Owner, error: RowError, at: string): Promise<BackupRow>;

  getBackup(planId: string, backupId: string): Promise<BackupRow | undefined>;
  /** By backup id alone (eventually consistent). */
  findBackup(backupId: string): Promise<BackupRow | undefined>;
  /** Newest first. */
  listBackups(
    planId: string,
    options?: { limit?: number; cursor?: string; status?: BackupStatus },
  ): Promise<Page<BackupRow>>;
  /** The newest completed backup of each tier: what the choice of the next run's tier needs. */
  newestOfEachTier(planId: string): Promise<readonly { readonly slot: string; readonly tier: Tier }[]>;
  /**
   * Backups that completed and have no verification yet, the longest waiting first; a sparse index, no scan. One
   * whose verification could not be carried out stays on the list, at its end.
   */
  listUnverified(limit: number): Promise<readonly BackupRow[]>;
  /**
   * Puts a backup that waits to the end of the list before its turn begins, so that one that kills its function does
   * not come first again. False when it waits no longer, or was put there after `listedAt` by somebody else.
   */
  claimVerification(planId: string, backupId: string, listedAt: string, now: string): Promise<boolean>;
  /** Verify's own columns; only of a completed backup (CONFLICT otherwise). */
  recordVerification(planId: string, backupId: string, state: VerificationState): Promise<void>;

  /**
   * A lease on a name (a source): true when taken or already this owner's. Ends by itself at `until`.
   */
  acquireLease(name: string, owner: string, until: string, now: string): Promise<boolean>;
  releaseLease(name: string, owner: string): Promise<void>;

  /** Creates; CONFLICT if the id is taken. */
  createRestore(row: RestoreRow): Promise<void>;
  getRestore(restoreId: string): Promise<RestoreRow | undefined>;
  /** pending → running; false when it was started already (the same event again). */
  startRestore(restoreId: string, at: string): Promise<boolean>;
  /** Notes progress; returns whether someone asked to cancel. */
  progressRestore(
    restoreId: string,
    progress: NonNullable<RestoreRow['progress']>,
  ): Promise<{ cancelRequested: boolean }>;
  /** Sets the end state once; a second call is ignored. */
  finishRestore(
    restoreId: string,
    end: Pick<RestoreRow, 'status' | 'result' | 'error' | 'completedAt'>,
  ): Promise<void>;
  /** CONFLICT when it has ended; RESTORE_NOT_FOUND. */
  requestCancel(restoreId: string): Promise<void>;
}
