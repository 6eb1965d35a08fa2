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
  /** While it is there, its schedule starts nothing and cleanup marks nothing of it. */
  readonly paused?: Pause;
  /** What its backups take up; counted by cleanup. */
  readonly usage?: PlanUsage;
  /** When its backups were last proven by the calendar; noted by verify. */
  readonly proof?: PlanProof;
  /**
   * It is no plan any more: not on the list of plans, without a schedule, nothing is missed, and nothing of it expires
   * by policy. Its backups stay. Putting a plan of this id again, at the row's revision, ends that.
   */
  readonly deleted?: { readonly at: string; readonly by: string };
}

export interface Pause {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

export interface PlanUsage {
  readonly countedAt: string;
  /** Completed backups that are kept. */
  readonly backups: number;
  readonly storedBytes: number;
  /** The same by retention tier, and of what by storage class; absent in rows of an earlier release. */
  readonly byTier?: Readonly<
    Partial<Record<Tier, { readonly backups: number; readonly storedBytes: number }>>
  >;
}

/** What verify remembers of a plan between its sweeps (core/verification/cadence.ts). */
export interface PlanProof {
  /**
   * The last drill of its newest backup: when it began, and what came of it. `begun`: it has not ended, or killed its
   * function; `less`: it gave way to a lower level, for want of room or time.
   */
  readonly drill?: {
    readonly at: string;
    readonly result: 'begun' | 'proven' | 'failed' | 'less' | 'error';
  };
  /** When the last look at all its kept backups began that came to its end. */
  readonly storedAt?: string;
  /** Why a later one did not: of which backup, and what kept it from being looked at. */
  readonly storedError?: RowError & { readonly at: string; readonly backupId: string };
}

export type BackupStatus = 'pending' | 'running' | 'completed' | 'failed' | 'expired';
export type VerificationLevel = 'stored' | 'readable' | 'restored';
export type Trigger = 'schedule' | 'manual' | 'restore-point';

export interface RowError {
  readonly code: string;
  readonly message: string;
  /** What a person does next, where this failure knew better than its code does. */
  readonly next?: string;
}

/** A step of a run or a restore, as it went. */
export interface StepNote {
  /** Unique in its list, and the same from run to run: `open`, `dump main` (core/steps.ts). */
  readonly name: string;
  /** For people: what the database of a component is really called. */
  readonly title?: string;
  readonly startedAt: string;
  /** Absent while it goes on, and where it did not come to its end. */
  readonly seconds?: number;
}

/** How far one segment is. */
export interface SegmentProgress {
  readonly name: string;
  readonly component?: string;
  readonly plainBytes: number;
  /** Of a backup an estimate, 0 where there is none. */
  readonly totalBytes: number;
  readonly state: 'waiting' | 'running' | 'done';
}

/** What progress of runs and restores has in common beside its bytes. Absent in rows of an earlier release. */
export interface ProgressFigures {
  readonly updatedAt?: string;
  /** Of the last half minute or so. */
  readonly bytesPerSecond?: number;
  /** At most 60; where there are more, the last one sums the others up. */
  readonly segments?: readonly SegmentProgress[];
}

export interface RunProgress extends ProgressFigures {
  readonly plainBytes: number;
  readonly estimatedBytes: number;
  readonly step: string;
}

export interface RestoreProgress extends ProgressFigures {
  readonly plainBytes: number;
  readonly totalBytes: number;
  readonly step: string;
}

/** How long one completed run took, and its steps. */
export interface RunTimes {
  readonly startedAt: string;
  readonly completedAt: string;
  readonly steps?: readonly StepNote[];
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
  readonly progress?: RunProgress;
  /** Of the last attempt, in the order of their beginnings, at most 40; they stay when it has ended. */
  readonly steps?: readonly StepNote[];
  readonly sourceBytes?: number;
  readonly storedBytes?: number;
  /** plain / stored source bytes: sourceBytes ÷ storedBytes, two decimals. */
  readonly compressionRatio?: number;
  readonly tier: Tier;
  readonly expiresAt?: string;
  readonly locations?: readonly string[];
  readonly tools?: Readonly<Record<string, string>>;
  readonly error?: RowError;
  readonly failedAt?: string;
  readonly warnings?: readonly string[];
  /** Length, hash and version of the manifest as written; set before it is written, so that a retry knows its own. */
  readonly manifest?: { readonly lengthBytes: number; readonly sha256: string };
  /** Version ids of what was written, by key: they belong to this copy. Absent when there are more than 500. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly verification?: VerificationState;
  /** When everything of it was last seen to be stored as it was written, besides what `verification` says. */
  readonly storedAt?: string;
  /** The attempt whose objects the manifest names; a later attempt may have completed the row. Absent before release 0.2. */
  readonly madeBy?: number;
  /**
   * Grows by one with every failure and with every change after the completion (verification, pin, hold, expiry): what
   * was decided about a row still holds while it is the same. 0 for a row that nothing has changed since.
   */
  readonly guard: number;
  /** Never expires while it is there. */
  readonly pin?: Pin;
  /** A restore is going to read it: it does not expire before. */
  readonly heldUntil?: string;
  /** A run builds upon it, the last one that held it: it does not expire before. */
  readonly basedOnUntil?: string;
  /** Since when the vault lacks its manifest, as cleanup found; such a backup is not good. */
  readonly missingSince?: string;
  /** Why and when it was decided that its objects go; only while `expired`, or `failed` with leftovers marked. */
  readonly expiry?: Expiry;
  /** When its row was made from the manifest in the vault. */
  readonly adoptedAt?: string;
  /** What a person called it; restores find it by that. */
  readonly label?: string;
  /** Names of the sources, where it holds some only: then it is never the good one that others may expire for. */
  readonly only?: readonly string[];
  /** It is kept so many days from its slot, instead of what the plan's policy says of its tier. */
  readonly keepDays?: number;
  /**
   * Segments of earlier backups of the plan (always of smaller ids) that this one cannot be restored without. While
   * it runs: all that it may come to need. They are not marked for expiry while a row with them is completed or
   * running, or failed without its leftovers marked.
   */
  readonly needs?: readonly Needed[];
  /** By component: the sealed list that a later incremental run builds upon, as its manifest has it. */
  readonly indexes?: Readonly<Record<string, IndexNote>>;
  /** Of each further vault of the plan by name: when everything of this backup was there, or why it is not. */
  readonly copies?: Readonly<Record<string, CopyNote>>;
}

export interface Needed {
  readonly backupId: string;
  readonly attempt: number;
  readonly component: string;
  /** Indexes of segments: `0-17,19`, or `*` for all of them (core/references.ts). */
  readonly segments: string;
}

export interface IndexNote {
  readonly attempt: number;
  readonly segment: { readonly index: number; readonly name: string };
  readonly plainBytes: number;
  readonly parts: readonly {
    readonly key: string;
    readonly lengthBytes: number;
    readonly sha256: string;
  }[];
  /** The run that last read everything: this one, or the one that the chain began with. */
  readonly fullBackupId: string;
}

export interface CopyNote {
  readonly at: string;
  /** Absent when all of it is there. */
  readonly error?: RowError;
}

export interface Pin {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

/**
 * - `policy`: kept as long as its plan says.
 * - `failed`: leftovers of a run that failed.
 * - `request`: a person asked for it.
 */
export type ExpiryReason = 'policy' | 'failed' | 'request';

export interface Expiry {
  readonly reason: ExpiryReason;
  readonly decidedAt: string;
  readonly by: string;
  /** When every object of it carried the mark; absent while that is not confirmed. */
  readonly markedAt?: string;
  readonly objects?: number;
  readonly bytes?: number;
  /** Of its segments those that other backups need, so that they carry no mark. */
  readonly kept?: readonly Needed[];
}

/** A row as it was when something was decided about it. */
export interface Guarded {
  readonly backupId: string;
  readonly guard: number;
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
  /** How long it took; absent for `error`, and for one of an earlier release. */
  readonly seconds?: number;
  /** What was compared, all components together: `rows`, `tables` … At most 50 of them. */
  readonly counted?: Readonly<Record<string, number>>;
  /** How many differences were found. */
  readonly differences?: number;
}

/**
 * A verification that was to be a restore drill, and what came of it. A row of its own: a later verification takes the
 * place of an earlier one in the row of the backup, and hides none here.
 */
export interface DrillRow
  extends Pick<
    VerificationState,
    'status' | 'level' | 'seconds' | 'counted' | 'differences' | 'detail' | 'reportKey'
  > {
  readonly planId: string;
  readonly backupId: string;
  /** Of the backup. */
  readonly slot: string;
  /** When it ended. `level`: what was reached; less than `restored` where it gave way to reading, or failed before. */
  readonly at: string;
}

/** What a list of drills may be narrowed by; from (inclusive) and to (exclusive) are about `at`. */
export interface DrillFilter {
  readonly planId?: string;
  readonly status?: DrillRow['status'];
  readonly from?: string;
  readonly to?: string;
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
  readonly label?: string;
  readonly only?: readonly string[];
  readonly keepDays?: number;
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
  Pick<BackupRow, 'warnings' | 'versions' | 'madeBy' | 'needs' | 'indexes'>;

export interface Page<T> {
  readonly rows: readonly T[];
  /** Opaque; give it back for the next page. */
  readonly cursor?: string;
}

export interface RestoreRow {
  readonly restoreId: string;
  readonly planId: string;
  readonly backupId: string;
  /** `waiting`: until objects have come back from an archive class. */
  readonly status: 'pending' | 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled';
  readonly createdBy: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly completedAt?: string;
  /** What was asked for: component, target, options (RestoreOrder in core/restore). */
  readonly request: Readonly<Record<string, unknown>>;
  readonly cancelRequested?: boolean;
  readonly progress?: RestoreProgress;
  /** In the order of their beginnings, at most 40; they stay when it has ended. */
  readonly steps?: readonly StepNote[];
  /** While `waiting`: what for, and when it is expected. */
  readonly waitingFor?: ArchiveWait;
  /** What came of it: databases, skipped, comparison counts, next steps. */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: RowError;
  readonly correlationId: string;
}

export interface ArchiveWait {
  readonly objects: number;
  readonly bytes: number;
  readonly requestedAt: string;
  /** When all are expected to be readable (the service's upper bound for that speed). */
  readonly expectedAt: string;
  /** Of asking for their return, US dollars, at the list price of us-east-1. */
  readonly estimatedCostUsd: number;
}

/** A condition that a person was told of. One row for each condition, kept after it has ended. */
export interface AlertRow {
  /** Kind and what it is about: `backup-missed/nightly`. */
  readonly conditionId: string;
  readonly kind: string;
  readonly severity: 'critical' | 'warning';
  readonly planId?: string;
  readonly backupId?: string;
  readonly subject: string;
  readonly text: string;
  /** When it broke, as first seen. */
  readonly since: string;
  readonly lastToldAt: string;
  /** How often it was told, reminders included. */
  readonly timesTold: number;
  /** When it was well again. */
  readonly closedAt?: string;
  /** A person has seen it and sees to it: no reminders until it is well again, or breaks anew. */
  readonly acknowledged?: { readonly at: string; readonly by: string };
  /** What became of telling it, by channel: `email`, or a channel's name; at most 20. */
  readonly deliveries?: Readonly<Record<string, Delivery>>;
}

export interface Delivery {
  readonly at: string;
  /** Absent when it was delivered. */
  readonly error?: RowError;
}

export interface AuditEntry {
  readonly at: string;
  readonly id: string;
  readonly by: string;
  /** `plan.pause`, `backup.undelete`, `keys.rotate` … */
  readonly action: string;
  /** What it was done to: a plan, a backup, a key. */
  readonly target: string;
  readonly detail: string;
  readonly correlationId: string;
  /** Through which door: a person through the API, one with AWS credentials, or a schedule. Absent before release 0.2. */
  readonly via?: 'api' | 'cli' | 'schedule';
  /** Who it was: a token's subject, an ARN, the name of a schedule. `by` is what people call them. */
  readonly subject?: string;
  /** Of who asked through the API. */
  readonly groups?: readonly string[];
  readonly address?: string;
  readonly requestId?: string;
  /** What it was and what it became, where something was changed; without secrets, at most 20 KB each. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** Absent while its outcome is not known: then it was only intended. */
  readonly result?: 'ok' | 'refused' | 'failed';
  /** Code and message, when not ok. */
  readonly error?: RowError;
  /** Its write-once objects in the vault. */
  readonly objects?: readonly string[];
}

/** Something that a person asked for and that goes on by itself: a place to look for what came of it. */
export interface TaskRow {
  /** `t-20261121t020000z-3f9a1c22`. */
  readonly taskId: string;
  readonly kind:
    | 'plan-test'
    | 'verify'
    | 'cleanup'
    | 'expire'
    | 'undelete'
    | 'preflight'
    | 'contents'
    | 'report';
  readonly status: 'pending' | 'running' | 'completed' | 'failed';
  readonly planId?: string;
  readonly backupId?: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly correlationId: string;
  readonly completedAt?: string;
  /** What came of it; its shape is the kind's. At most 200 KB. */
  readonly result?: unknown;
  readonly error?: RowError;
}

/** How long a task can be looked at, days. */
export const taskDays = 30;

/** One day (UTC) of one plan, counted by watch from its rows: counting again gives the same. */
export interface DayRow {
  readonly planId: string;
  /** `2026-11-21`. */
  readonly day: string;
  readonly completed: number;
  readonly failed: number;
  readonly missed: number;
  readonly sourceBytes: number;
  readonly storedBytes: number;
  /** Of the completed ones together, and of the longest. */
  readonly seconds: number;
  readonly longestSeconds: number;
  readonly verified: number;
  readonly verifyFailed: number;
  readonly proven: number;
  /** What all its kept backups take up at the end of the day, as counted last. */
  readonly keptBytes?: number;
}

/**
 * A backup as a list shows it: its columns without the notes (up to 120 KB a row), the lease, the progress and what a
 * person looks at in one backup only; of its verification all but the key of the report and its figures.
 */
export type ListedBackup = Omit<
  BackupRow,
  | 'leaseUntil'
  | 'progress'
  | 'steps'
  | 'compressionRatio'
  | 'locations'
  | 'tools'
  | 'warnings'
  | 'manifest'
  | 'versions'
  | 'storedAt'
  | 'madeBy'
  | 'heldUntil'
  | 'basedOnUntil'
  | 'expiry'
  | 'adoptedAt'
  | 'needs'
  | 'indexes'
  | 'copies'
>;

/** What a list over all plans may be narrowed by. */
export interface BackupFilter {
  readonly planId?: string;
  readonly status?: BackupStatus;
  readonly kind?: BackupRow['kind'];
  readonly tier?: Tier;
  /** `passed`, `failed`, `none`; or a level that was passed at least. */
  readonly verified?: 'passed' | 'failed' | 'none' | VerificationLevel;
  /** Slots from (inclusive) and to (exclusive), ISO 8601 UTC. */
  readonly from?: string;
  readonly to?: string;
}

export interface TimelineOptions {
  /** 1 to 1000. */
  readonly limit?: number;
  readonly cursor?: string;
  /** Default: `desc`, the newest first. */
  readonly order?: 'asc' | 'desc';
}

/**
 * The answer to a request that was sent with an idempotency key.
 * - `claimed`: nobody has had it; carry it out and note the response.
 * - `repeated`: it was carried out; `response` is what was answered, absent while the first is still at it.
 * - `different`: the same key came with another request.
 */
export type OnceClaim =
  | { readonly outcome: 'claimed' | 'different' }
  | { readonly outcome: 'repeated'; readonly response?: OnceResponse };

export interface OnceResponse {
  readonly status: number;
  /** JSON, at most 100 KB. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** No lease is longer, milliseconds; a function lives 15 minutes. */
export const longestLeaseMs = 86_400_000;

/** Small values with a name of their own (core/state.ts has their schemas). */
export interface StateRow {
  readonly value: unknown;
  /** Grows by one with each change. */
  readonly revision: number;
}

export interface Catalog {
  getPlan(planId: string): Promise<PlanRow | undefined>;
  /** All plans, by id; at most `limit` a page (1 to 1000). `deleted`: those that were deleted instead. */
  listPlans(options?: { limit?: number; cursor?: string; deleted?: boolean }): Promise<Page<PlanRow>>;
  /** Creates (expectedRevision 0) or replaces exactly that revision; CONFLICT otherwise. A deleted one is a plan again. */
  putPlan(plan: Plan, expectedRevision: number, by: string, now: string): Promise<PlanRow>;
  /** Marks exactly that revision as deleted; its revision grows. PLAN_NOT_FOUND, CONFLICT; one that is deleted stays as it is. */
  deletePlan(planId: string, expectedRevision: number, by: string, now: string): Promise<PlanRow>;
  /** Creates the row from what a manifest says; false, and nothing changed, when there is one. */
  adoptPlan(row: Pick<PlanRow, 'plan' | 'createdAt' | 'updatedAt' | 'updatedBy'>): Promise<boolean>;
  /** Sets or, with undefined, ends a pause; the revision stays. PLAN_NOT_FOUND, also of a deleted one. */
  setPaused(planId: string, pause: Pause | undefined): Promise<PlanRow>;
  /** Nothing happens when there is no such plan any more. */
  saveUsage(planId: string, usage: PlanUsage): Promise<void>;
  /** Verify's own column of a plan, also of a deleted one. Nothing happens when there is no such plan. */
  saveProof(planId: string, proof: PlanProof): Promise<void>;

  /**
   * Takes the row of a run: creates it, or takes over one that failed or whose lease has ended: attempt grows by one,
   * status, error, startedAt, lease, steps and correlationId are the new attempt's, and what prepareCompletion noted stays
   * (a manifest may have been written just before the crash). Five simultaneous calls: exactly one `claimed`.
   */
  claimRun(request: ClaimRequest): Promise<Claim>;
  /** Extends the lease and notes progress, and the steps so far. CONFLICT when the row is no longer this attempt's. */
  renewRun(
    owner: Owner,
    leaseUntil: string,
    progress?: RunProgress,
    steps?: readonly StepNote[],
  ): Promise<void>;
  /**
   * Notes what a running backup may come to need, in one transaction with the backups that it builds upon: only while
   * its row is this attempt's (CONFLICT otherwise) and each base is completed. The guard of each base grows, so that
   * an expiry that was decided before does not hold any more, and it says that it does not expire before `until`: who
   * reads it after the hold may have read the row of the run before. False, and nothing changed, when a base is not
   * completed. 1 to 20 bases, each with a smaller id (INVALID_INPUT).
   */
  holdBases(
    owner: Owner,
    bases: readonly string[],
    needs: readonly Needed[],
    until: string,
  ): Promise<boolean>;
  /** Notes of a completed backup what came of copying it to a further vault. BACKUP_NOT_FOUND; CONFLICT when it is not completed. */
  noteCopy(planId: string, backupId: string, vault: string, note: CopyNote): Promise<void>;
  /** Notes everything that will be true once the manifest is written; status stays `running`. CONFLICT as above. */
  prepareCompletion(owner: Owner, completion: Completion): Promise<void>;
  /** running → completed. Also allowed for a later attempt of the same run that found the manifest whole. */
  completeRun(owner: Owner, completedAt: string, steps?: readonly StepNote[]): Promise<BackupRow>;
  /**
   * running → failed, if still this attempt's; otherwise leaves it and returns what is there. The guard grows: what was
   * decided about an earlier failure of the row does not hold for this one. Without `steps` those noted last stay.
   */
  failRun(owner: Owner, error: RowError, at: string, steps?: readonly StepNote[]): Promise<BackupRow>;

  getBackup(planId: string, backupId: string): Promise<BackupRow | undefined>;
  /** By backup id alone (eventually consistent). */
  findBackup(backupId: string): Promise<BackupRow | undefined>;
  /** Newest first. `since` (ISO 8601): those of earlier slots are not even read. */
  listBackups(
    planId: string,
    options?: { limit?: number; cursor?: string; status?: BackupStatus; since?: string },
  ): Promise<Page<BackupRow>>;
  /**
   * Backups of all plans, or of one, by slot, over any span of time: months are read one after the other, from a
   * partition each, so that what a page costs does not depend on how many rows there are. A page may have fewer rows
   * than `limit`, even none, and a cursor all the same: filters are applied to at most 1,000 rows a page, in at most 24
   * months. Eventually consistent; stable under writes (a row is given once, new ones do not shift others). A cursor is
   * good for the same filter and order only (INVALID_INPUT otherwise).
   */
  listTimeline(filter: BackupFilter, options?: TimelineOptions): Promise<Page<ListedBackup>>;
  /** Of the newest completed backups of a plan, the newest first: at most `limit` (1 to 100), and of the newest 400 rows. */
  listRunTimes(planId: string, limit: number): Promise<readonly RunTimes[]>;
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
  /** Verify's own columns; only of a completed backup (CONFLICT otherwise). The guard grows. */
  recordVerification(planId: string, backupId: string, state: VerificationState): Promise<void>;
  /**
   * Notes that all of a completed backup is stored as it was written. Nothing else of the row changes, its guard neither,
   * and nothing happens when it is not completed any more.
   */
  noteStored(planId: string, backupId: string, at: string): Promise<void>;

  /**
   * completed → expired, all of them or none, in one transaction: only while every victim is completed, at its guard,
   * without a pin, and held neither by a restore nor as a base at `decidedAt`, and every keeper is completed and at its guard. 1 to 25 victims, at
   * most 10 keepers, each named once (INVALID_INPUT). False when something of that does not hold any more: plan
   * again. They leave the indexes.
   */
  expireBackups(request: {
    readonly planId: string;
    readonly victims: readonly Guarded[];
    readonly keepers: readonly Guarded[];
    readonly expiry: Pick<Expiry, 'reason' | 'decidedAt' | 'by'>;
  }): Promise<boolean>;
  /**
   * An expired backup, or the leftovers of a failed one: all objects are marked. Only at that guard; false otherwise.
   * The row of a failed one forgets manifest, versions and madeBy: a later attempt must not complete with them.
   */
  noteMarked(planId: string, row: Guarded, expiry: Expiry): Promise<boolean>;
  /**
   * expired → completed, and back on the indexes; its objects must be whole again before. With a pin it has that in the
   * same moment: what a person brings back must not go again. One that needs others is to be verified again, whatever
   * was found before: what it needs may have gone since. CONFLICT when not expired or not at that guard.
   */
  reviveBackup(planId: string, row: Guarded, at: string, pin?: Pin): Promise<BackupRow>;
  /** Sets or clears `missingSince` of a completed backup. CONFLICT when it is not completed. */
  noteMissing(planId: string, backupId: string, since: string | undefined): Promise<void>;
  /** Sets or, with undefined, takes away the pin of a completed backup. BACKUP_NOT_FOUND; CONFLICT when it is not completed. */
  setPin(planId: string, backupId: string, pin: Pin | undefined): Promise<BackupRow>;
  /**
   * Creates the row of a backup from what the vault says (completed, on the indexes, unverified unless it carries a
   * passed or failed verification); false, and nothing changed, when there is a row that is completed or expired. A
   * row that is failed, pending or running with a lease that has ended is taken over.
   */
  adoptBackup(row: BackupRow, now: string): Promise<boolean>;

  /**
   * A lease on a name (a source): true when taken or already this owner's. Ends by itself at `until`, which is at most
   * a day from `now` (INVALID_INPUT otherwise). One that seems to end later than that was taken by a clock that was
   * wrong, and counts as none.
   */
  acquireLease(name: string, owner: string, until: string, now: string): Promise<boolean>;
  /**
   * Extends it: true while it is this owner's, whatever the clocks say; false once somebody else took it. `until` as
   * above.
   */
  renewLease(name: string, owner: string, until: string, now: string): Promise<boolean>;
  releaseLease(name: string, owner: string): Promise<void>;

  /**
   * Creates it and holds the backup until `holdUntil`, in one transaction. CONFLICT if the id is taken,
   * BACKUP_NOT_RESTORABLE when the backup is not completed.
   */
  createRestore(row: RestoreRow, holdUntil: string): Promise<void>;
  getRestore(restoreId: string): Promise<RestoreRow | undefined>;
  /** pending or waiting → running; false when it was started already (the same event again). */
  startRestore(restoreId: string, at: string): Promise<boolean>;
  /** running → waiting; CONFLICT, and it runs on, when somebody asked to cancel it meanwhile. */
  waitRestore(restoreId: string, wait: ArchiveWait): Promise<void>;
  /** Those that wait for objects from an archive class, a sparse list. */
  listWaitingRestores(): Promise<readonly RestoreRow[]>;
  /** Notes progress, and the steps so far; returns whether someone asked to cancel. */
  progressRestore(
    restoreId: string,
    progress: RestoreProgress,
    steps?: readonly StepNote[],
  ): Promise<{ cancelRequested: boolean }>;
  /** Sets the end state once; a second call is ignored. Without `steps` those noted last stay. */
  finishRestore(
    restoreId: string,
    end: Pick<RestoreRow, 'status' | 'result' | 'error' | 'completedAt' | 'steps'>,
  ): Promise<void>;
  /** CONFLICT when it has ended; RESTORE_NOT_FOUND. */
  requestCancel(restoreId: string): Promise<void>;

  /** By the time they were made, like listTimeline. */
  listRestores(
    filter: { readonly planId?: string; readonly status?: RestoreRow['status'] },
    options?: TimelineOptions,
  ): Promise<Page<RestoreRow>>;

  /** CONFLICT when the id is taken. Goes by itself after `taskDays`. */
  createTask(row: TaskRow): Promise<void>;
  getTask(taskId: string): Promise<TaskRow | undefined>;
  /** Sets the end state once; a second call is ignored, and so is that of a task which nobody ever created. */
  finishTask(
    taskId: string,
    end: Pick<TaskRow, 'status' | 'completedAt' | 'result' | 'error'>,
  ): Promise<void>;

  /** Conditions that are told and not closed, by id; a sparse list (bounded: at most 10,000). */
  listOpenAlerts(): Promise<readonly AlertRow[]>;
  /**
   * Creates or replaces; without closedAt it is on the list of open ones. Not written are `acknowledged` and
   * `deliveries`, which have methods of their own: they stay while `since` is the same, and go when it breaks anew.
   */
  saveAlert(row: AlertRow): Promise<void>;
  /**
   * Writes that row, which has `closedAt`, over the open one of the same `since`. True for one caller of any number: it
   * tells. False when there is none, it is closed, or it broke anew; also when the answer to a write was lost.
   */
  closeAlert(row: AlertRow): Promise<boolean>;
  getAlert(conditionId: string): Promise<AlertRow | undefined>;
  /** All conditions, open and closed, by when they began; like listTimeline. */
  listAlerts(filter: { readonly planId?: string }, options?: TimelineOptions): Promise<Page<AlertRow>>;
  /** Of an open one; undefined takes it back. ALERT_NOT_FOUND; CONFLICT when it is closed. */
  acknowledgeAlert(
    conditionId: string,
    by: { readonly at: string; readonly by: string } | undefined,
  ): Promise<AlertRow>;
  /** Nothing happens when there is no such row, or it has 20 channels already. */
  noteDelivery(conditionId: string, channel: string, delivery: Delivery): Promise<void>;

  /**
   * Creates it; the same `at` and `id` again replaces it: an intention by its outcome. Once it has a result, or when it
   * says something else of who did what to what, it stays, and another in its place is CONFLICT.
   */
  appendAudit(entry: AuditEntry): Promise<void>;
  /** Newest first, of one month (`2026-11`). */
  listAudit(month: string, options?: { limit?: number; cursor?: string }): Promise<Page<AuditEntry>>;

  getState(name: string): Promise<StateRow | undefined>;
  /** Creates (expectedRevision 0) or replaces exactly that revision; CONFLICT otherwise. */
  putState(name: string, value: unknown, expectedRevision: number): Promise<StateRow>;

  /** Creates or replaces. At most 1,100 days back are kept. */
  putDay(row: DayRow): Promise<void>;
  /** Of one plan, by day, both inclusive; at most 400 days (INVALID_INPUT). */
  listDays(planId: string, from: string, to: string): Promise<readonly DayRow[]>;

  /** Creates it; the same backup and `at` again replaces it. At most 1,100 days back are kept. */
  saveDrill(row: DrillRow): Promise<void>;
  /** By when they ended, like listTimeline. */
  listDrills(filter: DrillFilter, options?: TimelineOptions): Promise<Page<DrillRow>>;

  /** Of five simultaneous calls with one key exactly one is told `claimed`. Forgotten at `until`. */
  claimOnce(key: string, fingerprint: string, until: string, now: string): Promise<OnceClaim>;
  /** What was answered to the one that claimed it. Forgotten at `until` from now on; default: as it was claimed. */
  noteOnce(key: string, response: OnceResponse, until?: string): Promise<void>;
  /** Frees a key whose request was not carried out. */
  releaseOnce(key: string): Promise<void>;
  /**
   * Counts up by one and returns the new count. Forgotten at the `until` of the call that began it. `now`: by default
   * this computer's clock.
   */
  countUp(name: string, until: string, now?: string): Promise<number>;
}
