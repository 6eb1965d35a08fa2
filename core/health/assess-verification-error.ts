/**
 * A verification that cannot be carried out, time after time. The sweep tries again every quarter of an hour and says
 * nothing, so this is where it is told: once it has lasted, and not at each try. Pure.
 */
import type { Condition } from '../alerts.ts';
import type { PlanFacts } from './facts.ts';
import { knownSince } from './gather-plan.ts';
import { hourMs, unverifiedAfterMs } from './settings.ts';
import { span } from './words.ts';

/** Four tries of the sweep: what passes by itself has passed. */
const toldAfterMs = hourMs;

/** Of the backup that waits longest. While it is so, it stands for `verification-overdue`. */
export function verificationError(
  { row, longestUnverified }: Pick<PlanFacts, 'row' | 'longestUnverified'>,
  now: Date,
): Condition | undefined {
  const { verification, backupId } = longestUnverified ?? {};
  const since = longestUnverified && knownSince(longestUnverified);
  if (verification?.status !== 'error' || since === undefined) return undefined;
  const waitsMs = now.getTime() - Date.parse(since);
  if (waitsMs < toldAfterMs) return undefined;
  const planId = row.plan.id;
  return {
    id: `verification-error/${planId}`,
    kind: 'verification-error',
    severity: waitsMs > unverifiedAfterMs ? 'critical' : 'warning',
    planId,
    backupId,
    why: `completed ${span(waitsMs)} ago, and its verification cannot be carried out: ${verification.detail}`,
    next: 'It says nothing about the backup, and is tried again by itself. Mend what the code names.',
    since,
  };
}
