/** Who did what: entries that nothing changes or removes, a partition a month. */
import { isDeepStrictEqual } from 'node:util';
import { HoldfastError, InvalidInput } from '../../core/errors.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { absent, equals } from './expression.ts';
import { instant, toAuditEntry } from './items.ts';
import { readPage } from './paging.ts';
import type { Store } from './store.ts';
import { auditKey, auditPk } from './table.ts';

export function dynamoAudit(store: Store): Pick<Catalog, 'appendAudit' | 'listAudit'> {
  return {
    async appendAudit({ at, id, by, action, target, detail, correlationId }) {
      const entry = { at: instant(at), id, by, action, target, detail, correlationId };
      const written = await store.update(auditKey(entry.at, id), { set: entry }, absent('pk'));
      // The same entry again is what it was the first time.
      if ('row' in written || isDeepStrictEqual(toAuditEntry(written.refused ?? {}), entry)) return;
      throw new HoldfastError('CONFLICT', `There is another audit entry ${entry.at}#${id} already`);
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
