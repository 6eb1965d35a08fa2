/** The audit trail as the functions keep it: their work goes on whether or not an entry can be written. */
import { loggable } from '../adapters/log/fields.ts';
import { s3Vault } from '../adapters/s3/vault.ts';
import { auditedAfterwards, auditedBeside, type Came, type Doing } from '../core/audit/beside.ts';
import { gapTeller } from '../core/audit/tell.ts';
import { auditTrail } from '../core/audit/trail.ts';
import type { AuditWriter } from '../core/format/layout.ts';
import type { Log } from '../core/ports/index.ts';
import type { Wiring } from './wiring.ts';

export interface Auditing {
  /** Returns and throws what `work` does; both parts of the entry are written beside it. */
  beside<T>(doing: Doing, work: () => Promise<T>, cameTo: (result: T) => Came): Promise<T>;
  /** Of what has been done. */
  afterwards(doing: Doing, came: Came): Promise<void>;
}

/** `writer`: below whose prefix the role of this function may write. */
export function auditingBy(writer: AuditWriter, wiring: Wiring): (log: Log) => Auditing {
  const { environment, s3, alerts, clock, catalog, keyRing, lockDays } = wiring;
  const lock = environment.HOLDFAST_OBJECT_LOCK;
  // Its own: a function's may leave checksums or locks out.
  const vault = s3Vault({
    client: s3,
    bucket: environment.HOLDFAST_VAULT_BUCKET,
    prefix: environment.HOLDFAST_VAULT_PREFIX,
    objectLock: lock && { mode: lock.mode },
  });
  const tellGap = gapTeller({ alerts, clock });
  return (log) => {
    const audit = auditTrail({
      ...{ writer, keyRing, catalog, clock, log, tellGap, lockDays },
      vault: () => vault,
      redact: (value) => loggable({ value }).value,
    });
    const deps = { audit, log, tellGap };
    return {
      beside: (doing, work, cameTo) => auditedBeside(doing, deps, work, cameTo),
      afterwards: (doing, came) => auditedAfterwards(doing, deps, came),
    };
  };
}
