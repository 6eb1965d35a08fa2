/**
 * The trail as rows of the catalog alone, for tests that have neither a vault nor keys: an entry without a result when something is begun, the same one with its result
 * when it has ended. An entry that has none was begun, and nobody knows how it ended.
 */
import { randomBytes } from 'node:crypto';
import type { AuditTrail } from '../../core/audit/trail.ts';
import type { AuditEntry, Catalog } from '../../core/ports/catalog.ts';
import type { Clock } from '../../core/ports/index.ts';

export function auditRows(catalog: Pick<Catalog, 'appendAudit'>, clock: Clock): AuditTrail {
  return {
    async begin(actor, action, target, before) {
      const { name, groups, address, requestId, correlationId, via } = actor;
      const entry: AuditEntry = {
        at: clock.now().toISOString(),
        id: randomBytes(8).toString('hex'),
        by: name,
        action,
        target,
        detail: '',
        correlationId,
        via,
        groups,
        address,
        requestId,
        before,
      };
      await catalog.appendAudit(entry);
      return {
        end: (result, after, error) => catalog.appendAudit({ ...entry, result, after, error }),
      };
    },
  };
}
