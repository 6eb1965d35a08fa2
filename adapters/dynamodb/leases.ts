/** Leases on names. One that nobody released ends by itself; its row stays until the next owner takes it. */
import { latestLeaseEnd } from '../../core/lease-limit.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { absent, any, atMost, equals, moreThan } from './expression.ts';
import { instant } from './items.ts';
import type { Store } from './store.ts';
import { leaseKey } from './table.ts';

export function dynamoLeases(store: Store): Pick<Catalog, 'acquireLease' | 'renewLease' | 'releaseLease'> {
  return {
    async acquireLease(name, owner, until, now) {
      const written = await store.update(
        leaseKey(name),
        { set: { leaseName: name, leaseOwner: owner, leaseUntil: instant(until) } },
        any(
          absent('pk'),
          equals('leaseOwner', owner),
          atMost('leaseUntil', instant(now)),
          moreThan('leaseUntil', latestLeaseEnd(until, now)),
        ),
      );
      return 'row' in written;
    },

    async renewLease(name, owner, until, now) {
      latestLeaseEnd(until, now);
      const change = { set: { leaseUntil: instant(until) } };
      const written = await store.update(leaseKey(name), change, equals('leaseOwner', owner));
      return 'row' in written;
    },

    async releaseLease(name, owner) {
      await store.remove(leaseKey(name), equals('leaseOwner', owner));
    },
  };
}
