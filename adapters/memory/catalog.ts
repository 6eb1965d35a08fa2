/**
 * The catalog in memory, under the same contract as DynamoDB's (test/contract/catalog.ts). Rows go in and out as
 * copies; a method does its work without waiting, so that calls cannot interleave and each is one conditional write.
 */
import type { Catalog } from '../../core/ports/catalog.ts';
import { backupsOf } from './catalog/backups.ts';
import { keepingOf } from './catalog/keeping.ts';
import { plansOf } from './catalog/plans.ts';
import { recordsOf } from './catalog/records.ts';
import { restoresOf } from './catalog/restores.ts';
import type { Rows } from './catalog/rows.ts';
import { runsOf } from './catalog/runs.ts';

export function memoryCatalog(): Catalog {
  const rows: Rows = {
    plans: new Map(),
    backups: new Map(),
    leases: new Map(),
    restores: new Map(),
    alerts: new Map(),
    audit: new Map(),
    states: new Map(),
  };
  return {
    ...plansOf(rows),
    ...runsOf(rows),
    ...backupsOf(rows),
    ...keepingOf(rows),
    ...restoresOf(rows),
    ...recordsOf(rows),
  };
}
