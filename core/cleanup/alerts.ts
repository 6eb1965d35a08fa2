/** What cleanup tells people: what failed, what went unusually fast, and what it cannot bring back itself. */
import type { Alert, AlertKind } from '../alerts.ts';
import type { HoldfastError } from '../errors.ts';
import type { CleanupOptions } from './context.ts';

interface Told {
  readonly kind: AlertKind;
  readonly title: string;
  readonly planId?: string;
  readonly backupId?: string;
  readonly why: string;
  readonly next: string;
  readonly code?: string;
  readonly at: string;
  readonly correlationId: string;
}

type About = Pick<CleanupOptions, 'correlationId'> & { readonly at: string };

export function cleanupFailed(error: HoldfastError, planId: string | undefined, about: About): Alert {
  return alertOf({
    ...about,
    kind: 'cleanup-failed',
    title: 'Cleanup failed',
    planId,
    why: `${error.message} (${error.code}). Nothing was decided from what could not be read; what was marked stays marked.`,
    next: error.next,
    code: error.code,
  });
}

/** The first ones were told one by one. */
export function moreFailed(about: About): Alert {
  return alertOf({
    ...about,
    kind: 'cleanup-failed',
    title: 'Cleanup failed for more plans',
    why: 'More plans failed in the same run than are told of one by one; its result in the log names them.',
    next: 'Mend the cause that the other alerts name, then run `holdfast cleanup`.',
  });
}

export function unusual(
  facts: {
    readonly planId?: string;
    readonly expired: number;
    readonly kept: number;
    readonly undeleteDays: number;
  },
  about: About,
): Alert {
  const { planId, expired, kept, undeleteDays } = facts;
  const percent = Math.round((100 * expired) / (expired + kept));
  return alertOf({
    ...about,
    kind: 'cleanup-unusual',
    title: 'Cleanup marked unusually much',
    planId,
    why: `${expired} of ${expired + kept} backups (${percent} %) expired by policy in one round.`,
    next: `If that is not what was meant: \`holdfast pause ${planId ?? '--all'}\`, correct the retention, and bring back what is needed with \`holdfast undelete BACKUP\`, within ${undeleteDays} days.`,
  });
}

export function lastGoodMarked(
  { planId, backupId, undeleteDays }: { planId: string; backupId: string; undeleteDays: number },
  about: About,
): Alert {
  return alertOf({
    ...about,
    kind: 'last-good-marked',
    title: 'The last good backup is marked for expiry',
    planId,
    backupId,
    why: `Plan ${planId} has no good backup left. The newest that can be brought back lies behind delete markers, which cleanup may not remove; it is gone for good ${undeleteDays} days after it was hidden.`,
    next: `Run \`holdfast undelete ${backupId}\` now, and \`holdfast backup ${planId}\`.`,
  });
}

function alertOf({ kind, title, planId, backupId, why, next, code, at, correlationId }: Told): Alert {
  const plan = planId === undefined ? '' : ` - plan ${planId}`;
  const lines = [
    `${title}${plan}`,
    '',
    planId && `Plan:       ${planId}`,
    backupId && `Backup:     ${backupId}`,
    `Why:        ${why}`,
    `Next step:  ${next}`,
    `Look:       docs/troubleshooting.md#${kind}`,
    `Correlation id: ${correlationId}`,
    `Time:       ${at}`,
  ].filter((line) => line !== undefined);
  return {
    kind,
    severity: 'critical',
    planId,
    backupId,
    subject: `[Holdfast] ${title}${plan}`.slice(0, 100),
    text: lines.join('\n'),
    code,
    correlationId,
    at,
  };
}
