/** The real clock. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/ports/index.ts';

export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(milliseconds, signal) {
    try {
      await delay(milliseconds, undefined, { signal });
    } catch (thrown) {
      // Node rejects with an AbortError of its own; callers are promised the signal's reason.
      throw signal?.aborted ? signal.reason : thrown;
    }
  },
};
