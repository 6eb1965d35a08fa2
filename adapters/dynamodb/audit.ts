/** Who did what: an intention, then its outcome in its place; what has an outcome, nothing changes or removes. */
import { isDeepStrictEqual } from 'node:util';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import type { AuditEntry, Catalog } from '../../core/ports/catalog.ts';
import { checkAuditEntry, plainValue } from '../../core/record-limits.ts';
import { absent, all, any, equals } from './expression.ts';
import { instant, toAuditEntry } from './items.ts';
import { readPage } from './paging.ts';
import type { Store } from './store.ts';
import { auditKey, auditPk } from './table.ts';

export function dynamoAudit(store: Store): Pick<Catalog, 'appendAudit' | 'listAudit'> {
  return {
    async appendAudit(given) {
      checkAuditEntry(given);
      const entry = { ...(plainValue(given) as AuditEntry), at: instant(given.at) };
      const { at, id, by, action, target, detail, correlationId, via, groups, address } = entry;
      const { subject, requestId, before, after, result, error, objects } = entry;
      const who = { by, subject, via, groups, address, requestId, correlationId };
      const what = { at, id, ...who, action, target, detail };
      const isIntention = all(
        absent('result'),
        equals('by', by),
        equals('action', action),
        equals('target', target),
      );
      const written = await store.update(
        auditKey(at, id),
        // Named even when absent: nothing of the intention stays that the outcome does not say.
        { set: { ...what, before, after, result, error, objects } },
        result === undefined ? absent('pk') : any(absent('pk'), isIntention),
      );
      // The same entry again is what it was the first time.
      if ('row' in written || isDeepStrictEqual(toAuditEntry(written.refused ?? {}), entry)) return;
      throw new HoldfastError('CONFLICT', `There is another audit entry ${at}#${id} already`);
    },

    async listAudit(month, options = {}) {
      if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) {
        throw new InvalidInput('audit', [
          { field: 'month', value: JSON.stringify(month), allowed: 'a month such as 2026-11' },
        ]);
      }
      const pk = auditPk(month);
      const request = { key: equals('pk', pk), newestFirst: true };
      return readPage(store, request, options, { pk }, toAuditEntry);
    },
  };
}
