/** What cleanup tells people: what failed, what went unusually fast, and what it cannot bring back itself. */
import { type Alert, alertOf } from '../alerts.ts';
import type { HoldfastError } from '../errors.ts';
import type { CleanupOptions } from './context.ts';

type About = Pick<CleanupOptions, 'correlationId'> & { readonly at: string };

/** All of it is told once, when it happens; what lasts is watch's to remind of. */
const broken = { state: 'broken', severity: 'critical' } as const;

export function cleanupFailed(error: HoldfastError, planId: string | undefined, about: About): Alert {
  return alertOf({
    ...broken,
    ...about,
    kind: 'cleanup-failed',
    planId,
    why: `${error.message}. Nothing was decided from what could not be read; what was marked stays marked.`,
    next: error.next,
    code: error.code,
  });
}

/** The first ones were told one by one. */
export function moreFailed(about: About): Alert {
  return alertOf({
    ...broken,
    ...about,
    kind: 'cleanup-failed',
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
    ...broken,
    ...about,
    kind: 'cleanup-unusual',
    planId,
    why: `${expired} of ${expired + kept} backups (${percent} %) expired in one round, by policy or on request since the round before.`,
    next: `If that is not what was meant: \`holdfast pause ${planId ? `${planId} ` : ''}--reason …\`, correct the retention, and bring back what is needed with \`holdfast undelete BACKUP\`, within ${undeleteDays} days.`,
  });
}

/** Its row says that it stays: somebody else marked it, or a cleanup that lost its lease. */
export function keptMarked({ planId, backupId }: { planId: string; backupId: string }, about: About): Alert {
  return alertOf({
    ...broken,
    ...about,
    kind: 'warning',
    planId,
    backupId,
    why: `Backup ${backupId} is kept, yet objects of it carried the mark for expiry: S3 would have hidden them at midnight UTC. The marks were taken away.`,
    next: `Run \`holdfast verify ${backupId}\`; if it lacks something, \`holdfast undelete ${backupId}\`. CloudTrail says who set the tag \`expire\`, if its data events are on.`,
  });
}

export function lastGoodMarked(
  { planId, backupId, undeleteDays }: { planId: string; backupId: string; undeleteDays: number },
  about: About,
): Alert {
  return alertOf({
    ...broken,
    ...about,
    kind: 'last-good-marked',
    planId,
    backupId,
    why: `Plan ${planId} has no good backup left. The newest that can be brought back lies behind delete markers, which cleanup may not remove; it is gone for good ${undeleteDays} days after it was hidden.`,
    next: `Run \`holdfast undelete ${backupId}\` now, and \`holdfast backup ${planId}\`.`,
  });
}
