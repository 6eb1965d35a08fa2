/** What happens once for a key, and counts, in memory. */
import type { Catalog } from '../../../core/ports/catalog.ts';
import { checkOnceResponse } from '../../../core/record-limits.ts';
import { copy, instant, type Rows } from './rows.ts';

type Once = Pick<Catalog, 'claimOnce' | 'noteOnce' | 'releaseOnce' | 'countUp'>;

export function onceOf({ once, counts }: Rows, clock: () => number): Once {
  return {
    async claimOnce(key, fingerprint, until, now) {
      const stored = once.get(key);
      if (!stored || stored.until <= instant(now)) {
        once.set(key, { fingerprint, until: instant(until) });
        return { outcome: 'claimed' };
      }
      if (stored.fingerprint !== fingerprint) return { outcome: 'different' };
      return copy({ outcome: 'repeated' as const, ...(stored.response && { response: stored.response }) });
    },
    async noteOnce(key, response, until) {
      checkOnceResponse(response);
      const stored = once.get(key);
      const longer = until === undefined ? {} : { until: instant(until) };
      if (stored && !stored.response) once.set(key, copy({ ...stored, ...longer, response }));
    },
    async releaseOnce(key) {
      if (!once.get(key)?.response) once.delete(key);
    },

    async countUp(name, until, at) {
      const now = at === undefined ? new Date(clock()).toISOString() : instant(at);
      const stored = counts.get(name);
      const row =
        stored && stored.until > now
          ? { ...stored, count: stored.count + 1 }
          : { count: 1, until: instant(until) };
      counts.set(name, row);
      return row.count;
    },
  };
}
