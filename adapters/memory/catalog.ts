/**
 * The catalog in memory, under the same contract as DynamoDB's (test/contract/catalog.ts). Rows go in and out as
 * copies; a method does its work without waiting, so that calls cannot interleave and each is one conditional write.
 */
import type { Catalog } from '../../core/ports/catalog.ts';
import { alertsOf } from './catalog/alerts.ts';
import { backupsOf } from './catalog/backups.ts';
import { drillsOf } from './catalog/drills.ts';
import { keepingOf } from './catalog/keeping.ts';
import { onceOf } from './catalog/once.ts';
import { plansOf } from './catalog/plans.ts';
import { recordsOf } from './catalog/records.ts';
import { restoresOf } from './catalog/restores.ts';
import type { Rows } from './catalog/rows.ts';
import { runsOf } from './catalog/runs.ts';
import { tasksOf } from './catalog/tasks.ts';
import { timelineOf } from './catalog/timeline.ts';

/** `now`: milliseconds since 1970, for what no caller gives a time to. */
export function memoryCatalog({ now = Date.now }: { readonly now?: () => number } = {}): Catalog {
  const rows: Rows = {
    plans: new Map(),
    backups: new Map(),
    leases: new Map(),
    restores: new Map(),
    alerts: new Map(),
    audit: new Map(),
    tasks: new Map(),
    days: new Map(),
    drills: new Map(),
    once: new Map(),
    counts: new Map(),
    states: new Map(),
  };
  return {
    ...plansOf(rows),
    ...runsOf(rows),
    ...backupsOf(rows),
    ...keepingOf(rows),
    ...restoresOf(rows),
    ...alertsOf(rows),
    ...timelineOf(rows),
    ...tasksOf(rows),
    ...drillsOf(rows),
    ...onceOf(rows, now),
    ...recordsOf(rows),
  };
}
