/** Keeps what a run owns while it lives: renews the lease of its row, aborts the run when the row is no longer its. */
import { asHoldfastError, hasCode } from '../errors.ts';
import type { Clock, Log } from '../ports/index.ts';

/** A dead run frees its row after this long; Lambda's first retry comes after about 60 s. */
export const leaseSeconds = 60;
export const renewEverySeconds = 15;

export function leaseUntil(clock: Clock): string {
  return new Date(clock.now().getTime() + leaseSeconds * 1000).toISOString();
}

/**
 * Calls `renew` every 15 s until `stop`. A CONFLICT aborts `controller`: another attempt has taken the row. Other
 * failures are tried again, until the lease would have ended: then the run is aborted too, since it may be taken.
 */
export function keepLease(
  renew: () => Promise<void>,
  controller: AbortController,
  clock: Clock,
  log: Log,
): { stop(): Promise<void> } {
  const ended = new AbortController();
  const loop = (async () => {
    let renewedAt = clock.now().getTime();
    while (!ended.signal.aborted) {
      try {
        await clock.sleep(renewEverySeconds * 1000, ended.signal);
      } catch {
        return;
      }
      try {
        await renew();
        renewedAt = clock.now().getTime();
      } catch (thrown) {
        const error = asHoldfastError(thrown, 'CATALOG_UNAVAILABLE');
        log.warn('lease was not renewed', { code: error.code, message: error.message });
        const over = clock.now().getTime() - renewedAt > leaseSeconds * 1000;
        if (hasCode(error, 'CONFLICT') || over) {
          controller.abort(error);
          return;
        }
      }
    }
  })();
  return {
    async stop() {
      ended.abort();
      await loop;
    },
  };
}
