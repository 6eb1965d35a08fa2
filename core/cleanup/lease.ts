/**
 * The one lease of cleanup and undelete: nobody marks what somebody brings back. It lasts longer than a function can
 * live, so that it is not renewed by cleanup and ends by itself after a crash.
 */
import type { CleanupDeps } from './context.ts';

export const cleanupLease = 'cleanup';

/** A function lives 15 minutes at most. */
export const leaseMinutes = 16;

export async function takeLease(
  { catalog, clock }: Pick<CleanupDeps, 'catalog' | 'clock'>,
  owner: string,
): Promise<boolean> {
  const now = clock.now();
  const until = new Date(now.getTime() + leaseMinutes * 60_000);
  return catalog.acquireLease(cleanupLease, owner, until.toISOString(), now.toISOString());
}

/** A lease that is not given back ends by itself. */
export async function giveBackLease(
  { catalog, log }: Pick<CleanupDeps, 'catalog' | 'log'>,
  owner: string,
): Promise<void> {
  try {
    await catalog.releaseLease(cleanupLease, owner);
  } catch (thrown) {
    log.warn('the lease of cleanup was not given back; it ends by itself', { error: thrown });
  }
}
