/** Backs up the sources of a plan; also tests a plan, and itself. */
import { categoryOf, parsePlan } from '../adapters/kinds.ts';
import { sourceDrivers } from '../adapters/registry.ts';
import { type BackupDeps, type BackupRequest, runBackup } from '../core/backup/run.ts';
import { HoldfastError } from '../core/errors.ts';
import { type BackupEvent, backupEventSchema } from '../core/events.ts';
import { copyToFurther } from '../core/mirror/further.ts';
import { startSuccessNotice } from '../core/notify/tell-success.ts';
import { parse } from '../core/parse.ts';
import { pauseOf } from '../core/pause.ts';
import type { Plan } from '../core/plan.ts';
import type { BackupRow, PlanRow } from '../core/ports/catalog.ts';
import { slotFor } from '../core/schedule.ts';
import { entry } from './entry.ts';
import { selfTestBackup } from './self-test.ts';
import { wire } from './wiring.ts';
import { noticeStarter } from './wiring-success.ts';

const wiring = wire();
const driverFor = sourceDrivers(wiring);
const starter = noticeStarter(wiring.environment);

export const handler = entry(async (event, { log, deadline, requestId }) => {
  const request = parse(backupEventSchema, event, 'event');
  const deps: BackupDeps = { ...wiring, log, driverFor, categoryOf, defaultParallelism: wiring.parallelism };
  if (request.task === 'self-test') return selfTestBackup(wiring);
  if (request.task === 'plan-test') return testPlan(parsePlan(request.plan), deps, deadline.signal);
  const { planId } = request;
  const row = await wiring.catalog.getPlan(planId);
  if (!row) throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`);
  // Who asks by hand wants a backup, paused or not.
  const paused = request.task === 'backup' ? await pauseOf(row, wiring.catalog) : undefined;
  if (paused) {
    log.info('paused: this run makes no backup', { planId, ...paused });
    return { planId, status: 'paused', reason: paused.reason };
  }
  const run = asRequest(request, row, requestId);
  const made = await runBackup(run, deps, deadline.signal);
  if (made.status === 'completed') {
    const { correlationId } = run;
    await copyToFurther(made, run.plan, correlationId, { ...wiring, log }, deadline.signal);
    const success = { planId, backupId: made.backupId, what: 'backup', correlationId } as const;
    await startSuccessNotice(run.plan, success, { starter, log });
  }
  return summary(made);
});

function asRequest(
  event: Extract<BackupEvent, { task: 'backup' | 'backup-now' }>,
  row: PlanRow,
  requestId: string,
): BackupRequest {
  if (event.task === 'backup') {
    return {
      plan: row.plan,
      slot: slotFor(event.scheduledTime, row.plan.schedule, new Date(), row.createdAt),
      trigger: 'schedule',
      createdBy: 'scheduler',
      correlationId: requestId,
    };
  }
  return {
    plan: row.plan,
    slot: event.requestedAt,
    token: event.token,
    trigger: event.trigger,
    ...(event.label !== undefined && { label: event.label }),
    ...(event.only && { only: event.only }),
    ...(event.keepDays !== undefined && { keepDays: event.keepDays }),
    createdBy: event.createdBy ?? 'unknown',
    correlationId: event.correlationId ?? requestId,
  };
}

async function testPlan(plan: Plan, deps: BackupDeps, signal: AbortSignal) {
  const sources = [];
  for (const source of plan.sources) {
    const checks = await deps.driverFor(source).test(source, { ...deps, signal });
    sources.push({ source: source.name, checks });
  }
  return { ok: sources.every((one) => one.checks.every((check) => check.ok)), sources };
}

function summary(row: BackupRow) {
  const { planId, backupId, status, attempt, storedBytes, error } = row;
  return { planId, backupId, status, attempt, storedBytes, error };
}
