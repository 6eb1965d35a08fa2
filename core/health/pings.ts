/**
 * Dead-man URLs: each completed backup of a plan that has one is pinged once, and whoever hosts it speaks up when the
 * pings stop, also when the whole account is gone. What was pinged is remembered; a ping that did not get through is
 * tried again in the next round.
 */

import { inParallel } from '../at-a-time.ts';
import { asHoldfastError } from '../errors.ts';
import type { Log } from '../ports/index.ts';
import type { Pinger } from '../ports/surroundings.ts';
import { dayMs } from './settings.ts';
import type { PlanHealth } from './survey.ts';

const pingsAtATime = 20;

/**
 * Plans remembered, at most: 75 bytes each in one row of the catalog, which holds 400 KB. The newest backups of others
 * are pinged in each round of a day, which delays the silence by a day and breaks nothing.
 */
export const mostRemembered = 4_000;

export interface PingRound {
  readonly plans: readonly PlanHealth[];
  readonly pinged: Readonly<Record<string, string>>;
  readonly now: Date;
  readonly isLate: () => boolean;
}

/**
 * What is due: the plan, its URL and its newest good backup. Pure. When the newest turns out to be bad, the one before
 * it is no news: ids begin with their slot, so a newer backup has a greater one.
 */
export function duePings({ plans, pinged, now }: Pick<PingRound, 'plans' | 'pinged' | 'now'>): readonly {
  readonly planId: string;
  readonly url: string;
  readonly backupId: string;
}[] {
  return plans.flatMap(({ planId, deadManUrl: url, lastGood }) => {
    if (!url || !lastGood?.completedAt) return [];
    const { backupId, completedAt } = lastGood;
    const before = pinged[planId];
    // Of a plan that was never pinged an old backup says nothing new.
    const isNew = before === undefined ? now.getTime() - Date.parse(completedAt) < dayMs : backupId > before;
    return isNew ? [{ planId, url, backupId }] : [];
  });
}

/** Pings what is due while there is time; what is remembered then. A failed ping is logged, and no failure. */
export async function pingPlans(round: PingRound, pinger: Pinger, log: Log): Promise<Record<string, string>> {
  const known = new Set(round.plans.flatMap(({ planId, deadManUrl }) => (deadManUrl ? [planId] : [])));
  // Plans that are gone, or have no URL any more, are forgotten.
  const pinged = Object.fromEntries(
    Object.entries(round.pinged).filter(([planId]) => known.has(planId)),
  ) as Record<string, string>;
  await inParallel(duePings(round), pingsAtATime, async ({ planId, url, backupId }) => {
    if (round.isLate()) return;
    try {
      await pinger.ping(url);
      if (planId in pinged || Object.keys(pinged).length < mostRemembered) pinged[planId] = backupId;
    } catch (thrown) {
      const { code, message } = asHoldfastError(thrown, 'PING_FAILED');
      log.warn('a dead-man URL could not be pinged', { planId, code, message });
    }
  });
  return pinged;
}
