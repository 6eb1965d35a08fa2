/**
 * What is known about the stack and its plans at one moment: read by gather, judged by assess, shown by status. Plain
 * data, small: what is kept of a plan does not grow with its history.
 */
import type { BackupRow, PlanRow, RestoreRow } from '../ports/catalog.ts';
import type { Recipient } from '../ports/surroundings.ts';
import type { State } from '../state.ts';

/** A plan and what its newest rows say. */
export interface PlanFacts {
  readonly row: PlanRow;
  /** `unknown`: the schedules could not be listed. */
  readonly schedule: 'enabled' | 'disabled' | 'absent' | 'unknown';
  /** The newest run that has ended, well or not. */
  readonly lastEnded?: BackupRow;
  /** The newest run that failed, if its row still says so. */
  readonly lastFailed?: BackupRow;
  /** The newest backup that was made: completed, whatever became of it since. */
  readonly lastMade?: BackupRow;
  /** The newest that is completed, not failed in verification, and not missing from the vault. */
  readonly lastGood?: BackupRow;
  /** The newest completed one that passed or failed a verification. */
  readonly lastVerified?: BackupRow;
  /** When a backup of the plan last passed a restore drill, as far as was looked. */
  readonly lastProvenAt?: string;
  /** The oldest completion since then, of a backup that is good: it had the longest chance of a drill. */
  readonly oldestUnprovenAt?: string;
  /** Runs that are not ended and newer than the newest backup that was made, newest first, at most 50. */
  readonly unfinished: readonly BackupRow[];
  /** Completed and not yet verified, the longest waiting. */
  readonly longestUnverified?: BackupRow;
  /** Stored by completions since cleanup last counted. */
  readonly bytesSinceCounted: number;
  /** Only where no good one is left: the newest that is marked to go and can still be brought back. */
  readonly recoverable?: BackupRow;
  /** How far the newest good one's second copy is; absent where there is no second copy to look for. */
  readonly replication?: 'pending' | 'completed' | 'failed' | 'none';
}

/** What concerns no single plan. A part that could not be looked at is undefined, and named in `unseen`. */
export interface StackFacts {
  readonly pause?: State<'pause'>;
  readonly cleanup?: State<'cleanup'>;
  readonly keys?: State<'keys'>;
  /** The id of the wrapping key that is sealed for first. */
  readonly currentKeyId?: string;
  readonly recipients?: readonly Recipient[];
  readonly waiting?: readonly RestoreRow[];
  /** When the oldest plan was made: the stack is at least as old. */
  readonly oldestPlanAt?: string;
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
