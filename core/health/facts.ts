/**
 * What is known about the stack and its plans at one moment: read by gather, judged by assess, shown by status. Plain
 * data, small: what is kept of a plan does not grow with its history.
 */
import type { HoldfastError } from '../errors.ts';
import type { BackupRow, PlanRow, RestoreRow } from '../ports/catalog.ts';
import type { RaisedAlarm, Recipient } from '../ports/surroundings.ts';
import type { State } from '../state.ts';

/** What was seen of a plan's schedule. */
export interface ScheduleFacts {
  /** `unknown`: the schedules could not be listed. */
  readonly schedule: 'enabled' | 'disabled' | 'absent' | 'unknown';
  /** How it differs from what the plan says, a sentence without its end. */
  readonly drift?: string;
  /** It was put right since. */
  readonly mended?: boolean;
  /** Why it could not be. */
  readonly mendError?: HoldfastError;
}

/** A plan and what its newest rows say. A backup of some sources only counts where that is said. */
export interface PlanFacts extends ScheduleFacts {
  readonly row: PlanRow;
  /** The newest run that has ended, well or not. */
  readonly lastEnded?: BackupRow;
  /** The newest run that failed, if its row still says so. */
  readonly lastFailed?: BackupRow;
  /** The newest backup that was made: completed, whatever became of it since, also long ago. */
  readonly lastMade?: BackupRow;
  /** The newest that is completed, not failed in verification, and not missing from the vault. */
  readonly lastGood?: BackupRow;
  /** The newest completed one that passed or failed a verification. */
  readonly lastVerified?: BackupRow;
  /** Since when a backup that is good is there, as far as was looked. */
  readonly oldestGoodAt?: string;
  /** When a backup of the plan last passed a restore drill, as far as was looked. */
  readonly lastProvenAt?: string;
  /** The newest backup whose last verification was a drill that passed. */
  readonly lastDrilled?: BackupRow;
  /** The oldest completion since then, of a backup that is good: it had the longest chance of a drill. */
  readonly oldestUnprovenAt?: string;
  /** Runs that are not ended and newer than the newest backup that was made, newest first, at most 50; of some sources too. */
  readonly unfinished: readonly BackupRow[];
  /** Completed and not yet verified, the longest waiting; of some sources too. */
  readonly longestUnverified?: BackupRow;
  /** Stored by completions since cleanup last counted. */
  readonly bytesSinceCounted: number;
  /** Only where no good one is left: the newest that is marked to go and can still be brought back. */
  readonly recoverable?: BackupRow;
  /** Second copies that were looked at, newest first; absent where there is none to look for, or none may be seen. */
  readonly copies?: readonly CopyFacts[];
}

/** How far the second copy of a good backup is; `none`: S3 does not even try. */
export interface CopyFacts {
  readonly backupId: string;
  readonly completedAt: string;
  readonly state: 'pending' | 'completed' | 'failed' | 'none';
}

/** What concerns no single plan. A part that could not be looked at is undefined, and named in `unseen`. */
export interface StackFacts {
  readonly pause?: State<'pause'>;
  readonly cleanup?: State<'cleanup'>;
  readonly keys?: State<'keys'>;
  /** The id of the wrapping key that is sealed for first. */
  readonly currentKeyId?: string;
  /** Current signing keys that no proven export knows. */
  readonly unprovenSigners?: readonly string[];
  readonly recipients?: readonly Recipient[];
  readonly alarms?: readonly RaisedAlarm[];
  readonly waiting?: readonly RestoreRow[];
  /** When the oldest plan was made: the stack is at least as old. */
  readonly oldestPlanAt?: string;
  /** Plans that are on and whose newest good backup is older than their interval and grace: how many, and one of them. */
  readonly overdue?: { readonly plans: number; readonly like: string };
  /** Stored by all plans, as counted by cleanup and completed since. */
  readonly storedBytes: number;
}

/** What the person who deployed the stack chose. What is undefined is not judged. */
export interface HealthSettings {
  readonly cleanupEveryDays?: number;
  /** In all. */
  readonly quotaBytes?: number;
  readonly keyAgeDays?: number;
  readonly undeleteDays?: number;
}
