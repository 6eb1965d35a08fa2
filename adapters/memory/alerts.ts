/** Alerts in memory, for tests: what was published, or a failure when asked to. */
import type { Alert } from '../../core/alerts.ts';
import { HoldfastError } from '../../core/errors.ts';
import type { Alerts } from '../../core/ports/index.ts';

export interface MemoryAlerts extends Alerts {
  readonly published: readonly Alert[];
  /** From now on publishing throws ALERT_FAILED, or works again. */
  breakDown(broken: boolean): void;
}

export function memoryAlerts(): MemoryAlerts {
  const published: Alert[] = [];
  let isBroken = false;
  return {
    published,
    breakDown(broken) {
      isBroken = broken;
    },
    async publish(alert) {
      if (isBroken)
        throw new HoldfastError('ALERT_FAILED', `The alert "${alert.subject}" could not be published`);
      published.push(structuredClone(alert));
    },
  };
}
