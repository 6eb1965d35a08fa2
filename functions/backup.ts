/** Backs up the sources of a plan; also tests a plan, and itself. */
import type { Context } from 'aws-lambda';
import { sourceDrivers } from '../adapters/registry.ts';
import { type BackupDeps, type BackupRequest, runBackup } from '../core/backup/run.ts';
import { HoldfastError } from '../core/errors.ts';
import { type BackupEvent, backupEventSchema } from '../core/events.ts';
import { parse } from '../core/parse.ts';
import type { Plan } from '../core/plan.ts';
import type { BackupRow } from '../core/ports/catalog.ts';
import { slotFor } from '../core/schedule.ts';
import { selfTestBackup } from './self-test.ts';
import { type Deadline, deadlineOf, invocationLog, wire } from './wiring.ts';

const wiring = wire();
const driverFor = sourceDrivers(wiring);

export async function handler(event: unknown, context: Context): Promise<unknown> {
  const request = parse(backupEventSchema, event, 'event');
  const log = invocationLog(context);
  const deadline = deadlineOf(context);
  const deps: BackupDeps = { ...wiring, log, driverFor, defaultParallelism: wiring.parallelism };
  try {
    switch (request.task) {
      case 'self-test':
        return await selfTestBackup(wiring);
      case 'plan-test':
        return await testPlan(request.plan, deps, deadline);
      default: {
        const row = await runBackup(await asRequest(request, context), deps, deadline.signal);
        return summary(row);
      }
    }
  } finally {
    deadline.clear();
  }
}

async function asRequest(
  event: Extract<BackupEvent, { task: 'backup' | 'backup-now' }>,
  context: Context,
): Promise<BackupRequest> {
  const row = await wiring.catalog.getPlan(event.planId);
  if (!row) throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${event.planId}`);
  if (event.task === 'backup') {
    return {
      plan: row.plan,
      slot: slotFor(event.scheduledTime, row.plan.schedule, new Date(), row.createdAt),
      trigger: 'schedule',
      createdBy: 'scheduler',
      // Lambda keeps it over its own retries: the failures function finds the run by it.
      correlationId: context.awsRequestId,
    };
  }
  return {
    plan: row.plan,
    slot: event.requestedAt,
    token: event.token,
    trigger: 'manual',
    createdBy: event.createdBy ?? 'unknown',
    correlationId: event.correlationId ?? context.awsRequestId,
  };
}

async function testPlan(plan: Plan, deps: BackupDeps, { signal }: Deadline) {
  const checks = [];
  for (const source of plan.sources) {
    const results = await deps.driverFor(source).test(source, { ...deps, signal });
    checks.push({ source: source.name, checks: results });
  }
  return { ok: checks.every((one) => one.checks.every((check) => check.ok)), sources: checks };
}

function summary(row: BackupRow) {
  const { planId, backupId, status, attempt, storedBytes, error } = row;
  return { planId, backupId, status, attempt, storedBytes, error };
}
