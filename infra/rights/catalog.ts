/** What a function may do with rows of the catalog: reads are of all, changes of named partitions only. */
import {
  alertKey,
  auditPk,
  daysPk,
  drillsPk,
  leaseKey,
  planPk,
  restoreKey,
  stateKey,
  taskKey,
} from '../../adapters/dynamodb/table.ts';
import { kindsEndedByRuns } from '../../core/health/run-alerts.ts';
import type { StateName } from '../../core/state.ts';
import type { Catalog } from '../constructs/catalog.ts';
import type { Permission } from '../constructs/runtime-function.ts';

/** Partition keys of the rows that belong to plans (their backups too), restores, leases and the rest. */
export const ofPlans = planPk('*');
export const ofRestores = restoreKey('*').pk;
export const ofLeases = 'LEASE#*';
/** One lease alone: so watch cannot hold up cleanup for ever. */
export const ofLease = (name: string) => leaseKey(name).pk;
export const watchLease = 'watch';
export const ofTasks = taskKey('*').pk;
export const ofDays = daysPk('*');
export const ofDrills = drillsPk('*');
/** Of what happens once, and of what is counted: their names are hashes. */
export const ofOnce = 'ONCE#*';
export const ofCounts = 'COUNT#*';
export const ofAlerts = alertKey('*').pk;
/** Of what a run puts on the list, and takes off it: not whether alerts are heard, nor what watch and cleanup found. */
export const ofAlertsOfRuns = [...kindsEndedByRuns].map((kind) => alertKey(`${kind}/*`).pk);
export const ofAudit = auditPk('*');
export const ofState = (name: StateName) => stateKey(name).pk;

/**
 * Reading rows, all of them: they hold no secret that opens anything. The dead-man URL of a plan stands there in clear
 * (docs/threat-model.md).
 */
export function readingRows({ table, indexNames }: Catalog): Permission[] {
  return [
    { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [table.tableArn] },
    { actions: ['dynamodb:Query'], resources: indexNames.map((name) => `${table.tableArn}/index/${name}`) },
  ];
}

/**
 * Changing rows of these partitions, if need be only these attributes (wherever in the request they are named).
 * `ForAllValues` would hold for a request that names none; these actions always name a key.
 */
export function changingRows(
  { table }: Catalog,
  action: 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem',
  partitions: readonly string[],
  attributes?: readonly string[],
): Permission {
  return {
    actions: [`dynamodb:${action}`],
    resources: [table.tableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitions] },
      ...(attributes && { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...attributes] } }),
    },
  };
}
