/** Facts become alerts here, and only here: plan, what failed, why, the next step. */
import type { HoldfastError } from './errors.ts';

/** All kinds and what they are called. Adding one means adding its section to docs/troubleshooting.md (a test compares). */
export const alertTitles = {
  'backup-failed': 'Backup failed',
  'backup-crashed': 'Backup function crashed',
  'schedule-undelivered': 'Schedule could not start its run',
  'verification-failed': 'Verification failed',
  'verification-error': 'Verification could not be carried out',
  'verification-crashed': 'Verify function crashed',
  'restore-failed': 'Restore failed',
  'restore-crashed': 'Restore function crashed',
  'backup-missed': 'Backup missed',
  'recovery-point-late': 'Recovery point is older than its target',
  'recovery-time-long': 'Restore drill took longer than its target',
  'run-stuck': 'Run is stuck',
  'schedule-wrong': 'Schedule missing or switched off',
  'verification-overdue': 'Verification overdue',
  'cleanup-failed': 'Cleanup failed',
  'cleanup-crashed': 'Cleanup function crashed',
  'cleanup-stalled': 'Cleanup stalled',
  'cleanup-unusual': 'Cleanup marked unusually much',
  'watch-crashed': 'Watch function crashed',
  'watch-incomplete': 'Watch could not look at everything',
  'adopt-crashed': 'Adopt function crashed',
  'quota-near': 'Storage quota near or exceeded',
  'replication-behind': 'Second copy is behind',
  'notify-failed': 'A notification was not delivered',
  'notify-crashed': 'Notify function crashed',
  'api-crashed': 'API function crashed',
  'copy-failed': 'Copy to a further vault failed',
  'vault-incomplete': 'Backup is missing from the vault',
  'catalog-incomplete': 'Backups are not in the catalog',
  'last-good-marked': 'The last good backup is marked for expiry',
  'no-good-backup': 'No good backup is left',
  'key-unproven': 'Key not exported and proven',
  'key-old': 'Key is old',
  'alerts-unheard': 'Nobody hears alerts',
  alarm: 'Alarm of the stack',
  'audit-failed': 'The audit trail has a gap',
  paused: 'Paused',
  'restore-waiting': 'Restore waits for archived objects',
  warning: 'Warning',
} as const;

export type AlertKind = keyof typeof alertTitles;

/** It broke, it lasts (told once a day), or it is well again. */
export type AlertState = 'broken' | 'reminder' | 'recovered';

export interface Alert {
  readonly kind: AlertKind;
  readonly severity: 'critical' | 'warning';
  /** Default: `broken`. */
  readonly state?: AlertState;
  readonly planId?: string;
  /** Of a digest: all plans that it is about, at most 1000. */
  readonly planIds?: readonly string[];
  readonly backupId?: string;
  /** One line, at most 100 characters (SNS's limit for a subject). */
  readonly subject: string;
  /** Plain text: what failed, why, next step, where to look. */
  readonly text: string;
  /** What failed and why, as the text says it. */
  readonly why: string;
  readonly code?: string;
  readonly correlationId?: string;
  /** What a person does next, and since when it has been so, as the text says them. */
  readonly next?: string;
  readonly since?: string;
  /** Of the condition that it is about, where that is not `<kind>/<plan, or - for the whole>`. */
  readonly conditionId?: string;
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

/**
 * Something that is wrong and may last: found again in each round of watch until it is well (core/health). Its id is
 * `<kind>/<plan, or - for the whole>[/<what of it>]`, and the same for as long as it lasts.
 */
export interface Condition {
  readonly id: string;
  readonly kind: AlertKind;
  readonly severity: Alert['severity'];
  readonly planId?: string;
  readonly backupId?: string;
  /** What failed and why, one or two sentences. */
  readonly why: string;
  /** What a person does next. */
  readonly next: string;
  /** When it began, ISO 8601 UTC. */
  readonly since: string;
  /** When whoever found it first told it itself, so that it is not told twice at once. */
  readonly toldAt?: string;
  /** Told when it begins and when it ends, not every day between. */
  readonly once?: boolean;
  readonly code?: string;
}

/** What an alert is made of. */
export interface AlertParts {
  /** Of the condition. */
  readonly id?: string;
  readonly kind: AlertKind;
  readonly severity: Alert['severity'];
  readonly state: AlertState;
  readonly planId?: string;
  readonly backupId?: string;
  readonly why: string;
  readonly next?: string;
  readonly since?: string;
  readonly logGroup?: string;
  readonly code?: string;
  readonly correlationId?: string;
  readonly at: string;
}

const prefixes: Record<AlertState, string> = { broken: '', reminder: 'Still: ', recovered: 'Well again: ' };

/** Until there is a console, the link leads to the page of the documentation about this kind. */
const linkTo = (kind: AlertKind) => `docs/troubleshooting.md#${kind}`;

/** The text, the subject and the attributes of an alert: every alert is made here. */
export function alertOf(parts: AlertParts): Alert {
  const { kind, severity, state, planId, backupId, code, correlationId, at } = parts;
  const headline = `${prefixes[state]}${alertTitles[kind]}${planId ? ` - plan ${planId}` : ''}`;
  const lines = [
    headline,
    '',
    planId && `Plan:       ${planId}`,
    backupId && `Backup:     ${backupId}`,
    `${state === 'recovered' ? 'It was:     ' : 'Why:        '}${parts.why}${code ? ` (${code})` : ''}`,
    parts.since && `Since:      ${parts.since}`,
    parts.next && `Next step:  ${parts.next}`,
    backupId && `Look:       holdfast show ${backupId}`,
    parts.logGroup && `Log:        ${parts.logGroup}`,
    `More:       ${linkTo(kind)}`,
    correlationId && `Correlation id: ${correlationId}`,
    `Time:       ${at}`,
  ].filter((line) => line !== undefined);
  return {
    kind,
    severity,
    state,
    planId,
    backupId,
    subject: `[Holdfast] ${headline}`.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100),
    text: lines.join('\n'),
    why: parts.why,
    code,
    correlationId,
    next: parts.next,
    since: parts.since,
    ...(parts.id !== undefined && { conditionId: parts.id }),
    at,
  };
}

/** The row of the catalog that is about the same. */
export function conditionIdOf({
  kind,
  planId,
  conditionId,
}: Pick<Alert, 'kind' | 'planId' | 'conditionId'>): string {
  return conditionId ?? `${kind}/${planId ?? '-'}`;
}

/** What a run, a function or a schedule tells itself, once. */
export function alertForFailure(facts: FailureFacts): Alert {
  const { error, ...about } = facts;
  const severity = facts.kind === 'warning' ? 'warning' : 'critical';
  return alertOf({
    ...about,
    severity,
    state: 'broken',
    why: error.message,
    next: error.next,
    code: error.code,
  });
}

/** A condition that broke, or still lasts. */
export function alertForCondition(condition: Condition, state: 'broken' | 'reminder', at: string): Alert {
  return alertOf({ ...condition, state, at });
}

/** A condition that was told and is well again. */
export function alertForRecovery(told: Told, at: string): Alert {
  const { id, kind, severity, planId, backupId, why, since } = told;
  return alertOf({ id, kind, severity, planId, backupId, why, since, state: 'recovered', at });
}

export type Told = Pick<Condition, 'kind' | 'severity' | 'planId' | 'backupId' | 'why' | 'since'> &
  Partial<Pick<Condition, 'id'>>;

/** Ids that a digest names; the rest is counted. */
const mostNamed = 50;
/** Ids that it can be filtered by; SNS takes 256 KiB with the text. */
const mostFilteredBy = 1000;

/**
 * The same thing of many plans at once, as one alert: an outage of what they share must not bury people in mail. It
 * lists its plans, so that a subscription can filter by them.
 */
export function digest(alerts: readonly [Alert, ...Alert[]], at: string): Alert {
  const [first] = alerts;
  const { kind, severity, state = 'broken', code } = first;
  const names = alerts.map(({ planId, backupId }) => planId ?? backupId ?? '-').sort();
  const rest = names.length - mostNamed;
  const listed = `${names.slice(0, mostNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  const planIds = [...new Set(alerts.flatMap(({ planId }) => planId ?? []))].slice(0, mostFilteredBy);
  const alert = alertOf({
    kind,
    severity,
    state,
    why: `the same is so for ${names.length} plans: ${listed}`,
    next:
      state === 'recovered'
        ? undefined
        : 'Look for what they have in common (scheduler, network, server, permissions): holdfast status, holdfast doctor.',
    code,
    at,
  });
  return planIds.length > 0 ? { ...alert, planIds } : alert;
}
