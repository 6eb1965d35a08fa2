/** What `plan test` answers, and what its task keeps. */
import type { NotifyTestReply } from '../notify/try-everybody.ts';
import type { SourceCheck } from '../ports/source.ts';

/** A check of the plan as a whole is like one of a source. */
export type PlanCheck = SourceCheck;

export interface PlanTestResult {
  /** Every check passed, and every notification that was asked for arrived. */
  readonly ok: boolean;
  readonly sources: readonly { readonly source: string; readonly checks: readonly PlanCheck[] }[];
  /** Keys, vault, further vaults, schedule, notifications. */
  readonly checks: readonly PlanCheck[];
  /** The next five times that it would run, ISO 8601 UTC. */
  readonly nextRuns: readonly string[];
  /** What became of the test notification, where one was asked for. */
  readonly notifications?: NotifyTestReply;
}
