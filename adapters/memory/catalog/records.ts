/** In memory: leases, the audit, and small named values. */
import { isDeepStrictEqual } from 'node:util';
import { HoldfastError, InvalidInput } from '../../../core/errors.ts';
import { latestLeaseEnd } from '../../../core/lease-limit.ts';
import type { AuditEntry, Catalog } from '../../../core/ports/catalog.ts';
import { checkAuditEntry, plainValue } from '../../../core/record-limits.ts';
import { byName, copy, instant, page, type Rows } from './rows.ts';

type Records = Pick<
  Catalog,
  'acquireLease' | 'renewLease' | 'releaseLease' | 'appendAudit' | 'listAudit' | 'getState' | 'putState'
>;

export function recordsOf({ leases, audit, states }: Rows): Records {
  return {
    async acquireLease(name, owner, until, now) {
      const latest = latestLeaseEnd(until, now);
      const held = leases.get(name);
      if (held && held.owner !== owner && held.until > instant(now) && held.until <= latest) return false;
      leases.set(name, { owner, until: instant(until) });
      return true;
    },
    async renewLease(name, owner, until, now) {
      latestLeaseEnd(until, now);
      if (leases.get(name)?.owner !== owner) return false;
      leases.set(name, { owner, until: instant(until) });
      return true;
    },
    async releaseLease(name, owner) {
      if (leases.get(name)?.owner === owner) leases.delete(name);
    },

    async appendAudit(entry) {
      checkAuditEntry(entry);
      const row = copy({ ...(plainValue(entry) as AuditEntry), at: instant(entry.at) });
      const name = `${row.at}#${row.id}`;
      const stored = audit.get(name);
      if (stored && !isDeepStrictEqual(stored, row) && !isOutcomeOf(row, stored)) {
        throw new HoldfastError('CONFLICT', `There is another audit entry ${name} already`);
      }
      audit.set(name, row);
    },
    async listAudit(month, options) {
      if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) {
        throw new InvalidInput('audit', [
          { field: 'month', value: JSON.stringify(month), allowed: 'a month such as 2026-11' },
        ]);
      }
      const ofMonth = [...audit].filter(([name]) => name.startsWith(`${month}-`));
      return page(byName(ofMonth).reverse(), options);
    },

    async getState(name) {
      const stored = states.get(name);
      return stored && { value: JSON.parse(stored.json), revision: stored.revision };
    },
    async putState(name, value, expectedRevision) {
      const revision = states.get(name)?.revision ?? 0;
      if (revision !== expectedRevision) {
        throw new HoldfastError(
          'CONFLICT',
          `State ${name} is at revision ${revision}, not ${expectedRevision}`,
        );
      }
      const stored = { json: JSON.stringify(value), revision: revision + 1 };
      states.set(name, stored);
      return { value: JSON.parse(stored.json), revision: stored.revision };
    },
  };
}

/** What was only intended has an outcome now; who did what to what is the same. */
function isOutcomeOf(row: AuditEntry, stored: AuditEntry): boolean {
  const { by, action, target } = stored;
  const isSame = row.by === by && row.action === action && row.target === target;
  return isSame && stored.result === undefined && row.result !== undefined;
}
