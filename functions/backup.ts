/** Backs up the sources of a plan; also tests a plan, and itself. */
import { categoryOf, parsePlan } from '../adapters/kinds.ts';
import { sourceDrivers } from '../adapters/registry.ts';
import { actorOfRun, type Came } from '../core/audit/beside.ts';
import { type BackupDeps, type BackupRequest, runBackup } from '../core/backup/run.ts';
import { asTask } from '../core/control/end-task.ts';
import { HoldfastError } from '../core/errors.ts';
import { type BackupEvent, backupEventSchema } from '../core/events.ts';
import { backupIdFor } from '../core/format/layout.ts';
import { backupFigures } from '../core/metrics.ts';
import { copyToFurther } from '../core/mirror/further.ts';
import { startSuccessNotice } from '../core/notify/tell-success.ts';
import { parse } from '../core/parse.ts';
import { pauseOf } from '../core/pause.ts';
import { testPlan } from '../core/plan-test/run.ts';
import type { BackupRow, PlanRow } from '../core/ports/catalog.ts';
import { slotFor } from '../core/schedule.ts';
import { auditingBy } from './auditing.ts';
import { entry } from './entry.ts';
import { selfTestBackup } from './self-test.ts';
import { wire } from './wiring.ts';
import { wirePlanTest } from './wiring-plan-test.ts';
import { noticeStarter } from './wiring-success.ts';

const wiring = wire();
const driverFor = sourceDrivers(wiring);
const starter = noticeStarter(wiring.environment);
const planTesting = wirePlanTest(wiring);
const auditing = auditingBy('backup', wiring);

export const handler = entry(async (event, { log, deadline, correlationId, metrics }) => {
  const request = parse(backupEventSchema, event, 'event');
  const deps: BackupDeps = { ...wiring, log, driverFor, categoryOf, defaultParallelism: wiring.parallelism };
  if (request.task === 'self-test') return selfTestBackup(wiring);
  if (request.task === 'plan-test') {
    const { notify, by } = request;
    const asked = { plan: parsePlan(request.plan), notify, by, correlationId };
    return asTask(deps, request.taskId, () => testPlan(asked, { ...deps, ...planTesting }, deadline.signal));
  }
  const { planId } = request;
  const row = await wiring.catalog.getPlan(planId);
  if (row?.deleted && request.task === 'backup') {
    // Its schedule fired once more before it went, or is a stray one that watch removes.
    log.info('the plan was deleted: this run makes no backup', { planId, ...row.deleted });
    return { planId, status: 'deleted' };
  }
  if (!row || row.deleted) throw new HoldfastError('PLAN_NOT_FOUND', `There is no plan ${planId}`);
  // Who asks by hand wants a backup, paused or not.
  const paused = request.task === 'backup' ? await pauseOf(row, wiring.catalog) : undefined;
  if (paused) {
    log.info('paused: this run makes no backup', { planId, ...paused });
    return { planId, status: 'paused', reason: paused.reason };
  }
  const run = asRequest(request, row, correlationId);
  const made = await auditing(log).beside(
    {
      actor: actorOfRun(request.task === 'backup' ? undefined : run.createdBy, correlationId),
      action: 'backup.run',
      target: `backup/${backupIdFor(planId, run.slot, run.token)}`,
    },
    () => runBackup(run, deps, deadline.signal),
    cameTo,
  );
  metrics.put(backupFigures(made), { planId, fields: { backupId: made.backupId } });
  if (made.status === 'completed') {
    await copyToFurther(made, run.plan, correlationId, { ...wiring, log }, deadline.signal);
    const success = { planId, backupId: made.backupId, what: 'backup', correlationId } as const;
    await startSuccessNotice(run.plan, success, { starter, log });
  }
  return summary(made);
}, wiring);

function asRequest(
  event: Extract<BackupEvent, { task: 'backup' | 'backup-now' }>,
  row: PlanRow,
  correlationId: string,
): BackupRequest {
  if (event.task === 'backup') {
    return {
      plan: row.plan,
      slot: slotFor(event.scheduledTime, row.plan.schedule, new Date(), row.createdAt),
      trigger: 'schedule',
      createdBy: 'scheduler',
      correlationId,
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
    correlationId,
  };
}

/** For the trail: the row has the rest. */
function cameTo({ status, planId, attempt, storedBytes, error }: BackupRow): Came {
  const after = { planId, attempt, storedBytes };
  return status === 'completed' ? { result: 'ok', after } : { result: 'failed', after, error };
}

function summary(row: BackupRow) {
  const { planId, backupId, status, attempt, storedBytes, error } = row;
  return { planId, backupId, status, attempt, storedBytes, error };
}
