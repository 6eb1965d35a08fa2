/** Facts become alerts here, and only here: plan, what failed, why, the next step. */
import type { HoldfastError } from './errors.ts';

export type AlertKind =
  | 'backup-failed'
  | 'backup-crashed'
  | 'schedule-undelivered'
  | 'verification-failed'
  | 'verification-crashed'
  | 'restore-failed'
  | 'restore-crashed'
  | 'warning';

export interface Alert {
  readonly kind: AlertKind;
  readonly severity: 'critical' | 'warning';
  readonly planId?: string;
  readonly backupId?: string;
  /** One line, at most 100 characters (SNS's limit for a subject). */
  readonly subject: string;
  /** Plain text: what failed, why, next step, where to look. */
  readonly text: string;
  readonly code?: string;
  readonly correlationId?: string;
  readonly at: string;
}

export interface FailureFacts {
  readonly kind: AlertKind;
  readonly planId?: string;
  readonly backupId?: string;
  readonly error: Pick<HoldfastError, 'code' | 'message' | 'next'>;
  readonly correlationId?: string;
  readonly at: string;
  /** For crashes: where the last words of the function are. */
  readonly logGroup?: string;
}

const titles: Record<AlertKind, string> = {
  'backup-failed': 'Backup failed',
  'backup-crashed': 'Backup function crashed',
  'schedule-undelivered': 'Schedule could not start its run',
  'verification-failed': 'Verification failed',
  'verification-crashed': 'Verify function crashed',
  'restore-failed': 'Restore failed',
  'restore-crashed': 'Restore function crashed',
  warning: 'Warning',
};

export function alertForFailure(facts: FailureFacts): Alert {
  const plan = facts.planId ? ` - plan ${facts.planId}` : '';
  const lines = [
    `${titles[facts.kind]}${plan}`,
    '',
    facts.planId && `Plan:       ${facts.planId}`,
    facts.backupId && `Backup:     ${facts.backupId}`,
    `Why:        ${facts.error.message} (${facts.error.code})`,
    `Next step:  ${facts.error.next}`,
    facts.backupId && `Look:       holdfast show ${facts.backupId}`,
    facts.logGroup && `Log:        ${facts.logGroup}`,
    facts.correlationId && `Correlation id: ${facts.correlationId}`,
    `Time:       ${facts.at}`,
  ].filter((line) => line !== undefined);
  return {
    kind: facts.kind,
    severity: facts.kind === 'warning' ? 'warning' : 'critical',
    planId: facts.planId,
    backupId: facts.backupId,
    subject: `[Holdfast] ${titles[facts.kind]}${plan}`.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100),
    text: lines.join('\n'),
    code: facts.error.code,
    correlationId: facts.correlationId,
    at: facts.at,
  };
}
