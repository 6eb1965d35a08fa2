/** A trail over memory: real seals, real signatures. */
import { loggable } from '../../../adapters/log/fields.ts';
import { memoryLog } from '../../../adapters/log/quiet.ts';
import { memoryAlerts } from '../../../adapters/memory/alerts.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryClock } from '../../../adapters/memory/clock.ts';
import { memoryVault } from '../../../adapters/memory/vault.ts';
import { gapTeller } from '../../../core/audit/tell.ts';
import { auditTrail, type TrailDeps } from '../../../core/audit/trail.ts';
import type { AuditWriter } from '../../../core/format/layout.ts';
import type { Vault } from '../../../core/ports/vault.ts';
import { testKeyRing } from '../../support/world.ts';
import { loadTestKeys } from '../../vectors/load.ts';

export const ada = {
  subject: 'person-1',
  name: 'ada',
  groups: ['holdfast-operator'],
  address: '192.0.2.7',
  requestId: 'gateway-1',
  correlationId: 'api-1',
  via: 'api',
} as const;

export function auditWorld() {
  const vault = memoryVault({ objectLock: { mode: 'GOVERNANCE' } });
  const catalog = memoryCatalog();
  const clock = memoryClock('2026-11-21T10:00:00.250Z');
  const alerts = memoryAlerts();
  const log = memoryLog();
  const keys = loadTestKeys();
  const deps = (writer: AuditWriter, more: Partial<TrailDeps> = {}): TrailDeps => ({
    writer,
    vault: () => vault,
    keyRing: testKeyRing(),
    catalog,
    clock,
    log,
    tellGap: gapTeller({ alerts, clock }),
    redact: (value) => loggable({ value }).value,
    ...more,
  });
  return {
    vault,
    catalog,
    clock,
    alerts,
    log,
    reading: { vault, privateKeys: keys.wrapping.slice(0, 1), signers: keys.signers },
    trail: (writer: AuditWriter = 'api', more?: Partial<TrailDeps>) => auditTrail(deps(writer, more)),
    rows: async () => (await catalog.listAudit('2026-11')).rows,
    keys: async () => {
      const found: string[] = [];
      for await (const { key } of vault.list('audit/')) found.push(key);
      return found;
    },
  };
}

/** Refuses what is written under such a key. */
export function refusing(vault: Vault, pattern: RegExp, thrown: () => Error): Pick<Vault, 'write'> {
  return {
    write: (key, ...rest) => (pattern.test(key) ? Promise.reject(thrown()) : vault.write(key, ...rest)),
  };
}
