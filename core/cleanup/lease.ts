/**
 * The one lease of cleanup and undelete: nobody marks what somebody brings back. It lasts longer than a function can
 * live and ends by itself after a crash; cleanup renews it only to see that it is still its own.
 */
import { HoldfastError } from '../errors.ts';
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

/**
 * Takes it for longer; CLEANUP_RUNNING when it is somebody else's by now: it ended, or a clock that was behind took it
 * for one of a wrong clock. Whoever lost it must neither mark nor unmark.
 */
export async function keepLease(
  { catalog, clock }: Pick<CleanupDeps, 'catalog' | 'clock'>,
  owner: string,
): Promise<void> {
  const now = clock.now();
  const until = new Date(now.getTime() + leaseMinutes * 60_000);
  if (await catalog.renewLease(cleanupLease, owner, until.toISOString(), now.toISOString())) return;
  throw new HoldfastError(
    'CLEANUP_RUNNING',
    'Another cleanup, or an undelete, took the lease meanwhile: this one stood still for too long, or a clock is wrong',
  );
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
