/**
 * What happens once for a key, and counts: rows of some minutes or a day. DynamoDB removes them up to two days late,
 * so each says itself until when it holds, and one that is past it counts as none.
 */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { checkOnceResponse } from '../../core/record-limits.ts';
import { absent, all, any, atMost, type Condition, differs, exists, moreThan } from './expression.ts';
import { instant, removalOf, toCounter, toOnce } from './items.ts';
import type { Store } from './store.ts';
import { counterKey, onceKey } from './table.ts';

type Once = Pick<Catalog, 'claimOnce' | 'noteOnce' | 'releaseOnce' | 'countUp'>;

const isOver = (now: string): Condition => any(absent('pk'), atMost('until', now));

/** A count begins anew when its time is over; two that find that at once meet again as often at most. */
const countAttempts = 5;

export function dynamoOnce(store: Store, clock: () => number): Once {
  return {
    async claimOnce(key, fingerprint, until, now) {
      // Tells our own write from another's when its reply was lost and the SDK sent it again.
      const claimToken = randomUUID();
      const written = await store.update(
        onceKey(key),
        {
          set: {
            fingerprint,
            until: instant(until),
            removeAt: removalOf(until),
            claimToken,
            response: undefined,
          },
        },
        isOver(instant(now)),
      );
      if ('row' in written) return { outcome: 'claimed' };
      const stored = toOnce(written.refused ?? {});
      if (stored.claimToken === claimToken) return { outcome: 'claimed' };
      if (stored.fingerprint !== fingerprint) return { outcome: 'different' };
      return { outcome: 'repeated', ...(stored.response && { response: stored.response }) };
    },

    async noteOnce(key, response, until) {
      checkOnceResponse(response);
      const { status, body, headers } = response;
      const longer = until === undefined ? {} : { until: instant(until), removeAt: removalOf(until) };
      await store.updateSilently(
        onceKey(key),
        { set: { response: { status, body, headers }, ...longer } },
        all(exists('pk'), absent('response')),
      );
    },

    async releaseOnce(key) {
      await store.remove(onceKey(key), absent('response'));
    },

    async countUp(name, until, at) {
      const now = at === undefined ? new Date(clock()).toISOString() : instant(at);
      const countToken = randomUUID();
      const key = counterKey(name);
      const times = { until: instant(until), removeAt: removalOf(until) };
      for (let attempt = 1; attempt <= countAttempts; attempt += 1) {
        const more = await store.update(
          key,
          { set: { countToken }, increment: 'count' },
          all(moreThan('until', now), differs('countToken', countToken)),
        );
        if ('row' in more) return toCounter(more.row).count;
        // Our own write, whose reply was lost and which the SDK sent again.
        if (more.refused?.countToken === countToken) return toCounter(more.refused).count;
        const first = await store.update(key, { set: { count: 1, countToken, ...times } }, isOver(now));
        if ('row' in first || first.refused?.countToken === countToken) return 1;
      }
      throw new HoldfastError(
        'CATALOG_UNAVAILABLE',
        `The count ${name} was begun anew by others again and again`,
      );
    },
  };
}
