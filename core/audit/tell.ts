/** Tells people that the trail has a gap: once an hour for each process, since what breaks one entry breaks them all. */
import { alertForFailure } from '../alerts.ts';
import { asHoldfastError, HoldfastError } from '../errors.ts';
import type { Alerts, Clock, Log } from '../ports/index.ts';

export interface Gap {
  readonly action: string;
  readonly target: string;
  readonly correlationId: string;
  readonly error: unknown;
  readonly log: Log;
}

/** Never throws: what was done is done, whether or not anybody hears that it is not written down. */
export type TellGap = (gap: Gap) => Promise<void>;

const againAfterMs = 3_600_000;

export function gapTeller({ alerts, clock }: { readonly alerts: Alerts; readonly clock: Clock }): TellGap {
  let toldMs: number | undefined;
  return async ({ action, target, correlationId, error, log }) => {
    const now = clock.now();
    if (toldMs !== undefined && now.getTime() - toldMs < againAfterMs) return;
    toldMs = now.getTime();
    const { code, message } = asHoldfastError(error);
    const failure = new HoldfastError(
      'AUDIT_UNAVAILABLE',
      `${action} of ${target || 'everything'} is not whole in the audit trail: ${code}: ${message}`,
      {
        next: 'Nothing was undone. Mend what the message names; the log has the entry under its correlation id.',
      },
    );
    try {
      await alerts.publish({
        ...alertForFailure({ kind: 'audit-failed', error: failure, correlationId, at: now.toISOString() }),
        severity: 'warning',
      });
    } catch (thrown) {
      toldMs = undefined;
      log.error('nobody is told that the audit trail has a gap', { action, target, error: thrown });
    }
  };
}
