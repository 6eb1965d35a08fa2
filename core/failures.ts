/**
 * What reaches the failures queue: a function that died (crash, timeout, memory) after its retries, or a schedule
 * that could not start its run. Each becomes a failed row and an alert, unless the run is well after all. The same
 * function dying again and again is told once a day.
 */
import { z } from 'zod';
import { type Alert, type AlertKind, alertForFailure } from './alerts.ts';
import { correlationOf } from './correlation.ts';
import { HoldfastError, rowErrorOf } from './errors.ts';
import {
  adoptEventSchema,
  backupEventSchema,
  cleanupEventSchema,
  noticeEventSchema,
  restoreEventSchema,
  taskIdSchema,
  verifyEventSchema,
  watchEventSchema,
} from './events.ts';
import { backupIdFor } from './format/layout.ts';
import { remindAfterMs } from './health/settings.ts';
import { crashKinds, openAlert, wasTold } from './health/told-lately.ts';
import type { AlertRow, Catalog } from './ports/catalog.ts';
import type { Alerts, Clock, Log } from './ports/index.ts';
import { slotFor } from './schedule.ts';

/** The record that Lambda writes for an asynchronous invocation that failed for good. */
const lambdaRecord = z.looseObject({
  requestContext: z.looseObject({
    requestId: z.string(),
    functionArn: z.string(),
    condition: z.string(),
    approximateInvokeCount: z.number().optional(),
  }),
  requestPayload: z.unknown(),
  responsePayload: z
    .looseObject({ errorType: z.string().optional(), errorMessage: z.string().nullish() })
    .nullish(),
});

/** A schedule's own dead letter: the input it could not deliver; why is in the message's attributes. */
const undelivered = z.looseObject({ task: z.string() });

/** A message of the alerts topic, as SNS hands it to notify. */
const topicEvent = z.looseObject({
  Records: z.array(z.looseObject({ EventSource: z.literal('aws:sns') })).min(1),
});

export interface FailureMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sentAt: string;
}

export interface FailureDeps {
  readonly catalog: Catalog;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
  /** Name of the log group of a function. */
  readonly logGroupOf: (functionName: string) => string | undefined;
}

/**
 * Handles one message. Returns the alert, unless nothing had to be told; throws when it could not be published, so that
 * the queue delivers it again.
 */
export async function handleFailure(message: FailureMessage, deps: FailureDeps): Promise<Alert | undefined> {
  const body = safeJson(message.body);
  const record = lambdaRecord.safeParse(body);
  if (record.success) await endTask(record.data.requestPayload, deps);
  const alert = record.success
    ? await crashed(record.data, message, deps)
    : await notDelivered(body, message, deps);
  if (!alert) return undefined;
  if (!crashKinds.has(alert.kind)) {
    await deps.alerts.publish(alert);
    return alert;
  }
  return onceADay(alert, conditionOf(alert, body), deps);
}

const ofTask = z.looseObject({ taskId: taskIdSchema });

/** Somebody waits for what comes of it: nothing will. One that ended before stays as it ended. */
async function endTask(payload: unknown, { catalog, clock, log }: FailureDeps): Promise<void> {
  const { data } = ofTask.safeParse(payload);
  if (!data) return;
  const { code, message, next } = new HoldfastError('CRASHED', 'The function died before it was done');
  const completedAt = clock.now().toISOString();
  try {
    await catalog.finishTask(data.taskId, { status: 'failed', completedAt, error: { code, message, next } });
  } catch (error) {
    // The alert matters more than the row.
    log.warn('a task whose function died could not be ended', { taskId: data.taskId, error });
  }
}

/** What has no plan is told apart by its task. */
function conditionOf({ kind, planId }: Alert, body: unknown): string {
  const { data } = undelivered.safeParse(body);
  return `${kind}/${planId ?? '-'}${planId === undefined && data ? `/${data.task.slice(0, 50)}` : ''}`;
}

/** In doubt it is told: a catalog that does not answer must neither hide an alert nor have it told again. */
async function onceADay(alert: Alert, conditionId: string, deps: FailureDeps): Promise<Alert | undefined> {
  const { catalog, alerts, clock, log } = deps;
  const now = clock.now();
  let row: AlertRow | undefined;
  try {
    row = await openAlert(catalog, conditionId);
  } catch (error) {
    log.warn('whether this was told lately is not known', { conditionId, error });
  }
  if (row && wasTold(row, remindAfterMs, now)) {
    log.warn('this was told within a day', { conditionId, lastToldAt: row.lastToldAt });
    return undefined;
  }
  await alerts.publish({ ...alert, conditionId });
  const { kind, severity, planId, backupId, subject, why } = alert;
  const at = now.toISOString();
  const told = { since: row?.since ?? at, lastToldAt: at, timesTold: (row?.timesTold ?? 0) + 1 };
  try {
    await catalog.saveAlert({ conditionId, kind, severity, planId, backupId, subject, text: why, ...told });
  } catch (error) {
    log.warn('that this was told is not remembered', { conditionId, error });
  }
  return alert;
}

async function crashed(
  record: z.infer<typeof lambdaRecord>,
  message: FailureMessage,
  deps: FailureDeps,
): Promise<Alert | undefined> {
  const { requestContext, requestPayload, responsePayload } = record;
  const functionName = requestContext.functionArn.split(':')[6] ?? requestContext.functionArn;
  const said = responsePayload?.errorMessage ?? responsePayload?.errorType ?? requestContext.condition;
  const death = deathOf(responsePayload ?? {});
  const error = new HoldfastError(
    'CRASHED',
    `Function ${functionName} ${death?.how ?? 'ended without an answer'}: ${String(said).slice(0, 500)}`,
    death && { next: death.next },
  );
  const facts = {
    error,
    at: deps.clock.now().toISOString(),
    correlationId: correlationOf(requestPayload, requestContext.requestId),
    logGroup: deps.logGroupOf(functionName),
  };
  const backup = backupEventSchema.safeParse(requestPayload);
  if (backup.success && (backup.data.task === 'backup' || backup.data.task === 'backup-now')) {
    const backupId = await backupIdOf(backup.data, message, deps);
    const { planId } = backup.data;
    // The run has the same one over all of Lambda's retries.
    if (backupId && (await isWell(planId, backupId, facts.correlationId, error, deps))) return undefined;
    return alertForFailure({ ...facts, kind: 'backup-crashed', planId, backupId });
  }
  const restore = restoreEventSchema.safeParse(requestPayload);
  if (restore.success && restore.data.task === 'restore') {
    return restoreCrashed(restore.data.restoreId, facts, deps);
  }
  const verify = verifyEventSchema.safeParse(requestPayload);
  if (verify.success && verify.data.task !== 'self-test') {
    const about =
      verify.data.task === 'verify' ? { planId: verify.data.planId, backupId: verify.data.backupId } : {};
    return alertForFailure({ ...facts, ...about, kind: 'verification-crashed' });
  }
  const other = otherFunction(requestPayload);
  return alertForFailure({ ...facts, ...(other ?? { kind: 'warning' }) });
}

interface Death {
  readonly how: string;
  readonly next: string;
}

/**
 * How Lambda says that it ended a function itself: `errorType` Sandbox.Timedout or the words "Task timed out", and
 * Runtime.OutOfMemory or a runtime that exited by "signal: killed" (AWS Lambda Developer Guide, Troubleshooting).
 */
function deathOf({
  errorType = '',
  errorMessage,
}: {
  errorType?: string;
  errorMessage?: string | null;
}): Death | undefined {
  const message = errorMessage ?? '';
  if (errorType === 'Runtime.OutOfMemory' || /signal: killed|out of memory/i.test(message)) {
    return {
      how: 'was killed for memory',
      next: 'Raise memorySizeMiB of this function and deploy, or lower parallelism in the plan.',
    };
  }
  if (errorType === 'Sandbox.Timedout' || /Task timed out after/.test(message)) {
    return {
      how: 'was ended at its time limit',
      next: 'Look at its log for what it waited for; raise memorySizeMiB (it brings processors too) or parallelism, or split the plan.',
    };
  }
  return undefined;
}

/** Functions whose runs have no row: what they did not finish, their next round does. */
function otherFunction(event: unknown): { readonly kind: AlertKind; readonly planId?: string } | undefined {
  const cleanup = cleanupEventSchema.safeParse(event);
  if (cleanup.success && cleanup.data.task !== 'self-test')
    return { kind: 'cleanup-crashed', planId: cleanup.data.planId };
  const watch = watchEventSchema.safeParse(event);
  if (watch.success && watch.data.task !== 'self-test') return { kind: 'watch-crashed' };
  const adopt = adoptEventSchema.safeParse(event);
  if (adopt.success && adopt.data.task !== 'self-test') return { kind: 'adopt-crashed' };
  const notice = noticeEventSchema.safeParse(event);
  if (topicEvent.safeParse(event).success || (notice.success && notice.data.task !== 'self-test'))
    return { kind: 'notify-crashed' };
  return undefined;
}

/**
 * True when nothing needs telling: the backup completed, has failed and was told, or another live attempt has it.
 * Otherwise marks the row failed.
 */
async function isWell(
  planId: string,
  backupId: string,
  correlationId: string,
  error: HoldfastError,
  deps: FailureDeps,
): Promise<boolean> {
  const row = await deps.catalog.getBackup(planId, backupId);
  if (!row) return false;
  if (row.status === 'completed') return true;
  if (row.status !== 'running') return false;
  const alive = row.leaseUntil !== undefined && row.leaseUntil > deps.clock.now().toISOString();
  if (alive && row.correlationId !== correlationId) return true;
  const after = await deps.catalog.failRun(
    { planId, backupId, attempt: row.attempt },
    rowErrorOf(error),
    deps.clock.now().toISOString(),
  );
  return after.status === 'completed';
}

async function restoreCrashed(
  restoreId: string,
  facts: { error: HoldfastError; at: string; correlationId: string; logGroup: string | undefined },
  deps: FailureDeps,
): Promise<Alert | undefined> {
  const row = await deps.catalog.getRestore(restoreId);
  // A failed one may not have been told: that the function died may mean that its alert did not go out.
  if (row?.status === 'completed' || row?.status === 'cancelled') return undefined;
  // It had come as far as it could: watch lets it go on when its objects are back.
  if (row?.status === 'waiting') return undefined;
  const error = new HoldfastError('CRASHED', facts.error.message, {
    next: `The unfinished new database may be left on the target: \`holdfast restore show\` has its name. Look for it, drop it, and restore again. ${facts.error.next}`,
  });
  await deps.catalog.finishRestore(restoreId, {
    status: 'failed',
    error: rowErrorOf(error),
    completedAt: facts.at,
  });
  return alertForFailure({
    ...facts,
    error,
    kind: 'restore-crashed',
    planId: row?.planId,
    backupId: row?.backupId,
  });
}

async function notDelivered(body: unknown, message: FailureMessage, deps: FailureDeps): Promise<Alert> {
  const input = undelivered.safeParse(body);
  const event = backupEventSchema.safeParse(body);
  const planId = event.success && event.data.task === 'backup' ? event.data.planId : undefined;
  const why = message.attributes.ERROR_MESSAGE ?? message.attributes.ERROR_CODE ?? 'no reason given';
  const task = input.success ? input.data.task : 'an unknown task';
  return alertForFailure({
    kind: 'schedule-undelivered',
    planId,
    error: new HoldfastError('CRASHED', `The scheduler could not start ${task}: ${why}`, {
      next: planId
        ? `Run it by hand now (holdfast backup ${planId}), then check the function and the scheduler's role with holdfast doctor.`
        : "Check the function and the scheduler's role with holdfast doctor.",
    }),
    at: deps.clock.now().toISOString(),
  });
}

async function backupIdOf(
  event:
    | { task: 'backup'; planId: string; scheduledTime: string }
    | { task: 'backup-now'; planId: string; requestedAt: string; token: string },
  message: FailureMessage,
  deps: FailureDeps,
): Promise<string | undefined> {
  if (event.task === 'backup-now') return backupIdFor(event.planId, event.requestedAt, event.token);
  const row = await deps.catalog.getPlan(event.planId);
  if (!row) return undefined;
  const slot = slotFor(event.scheduledTime, row.plan.schedule, new Date(message.sentAt), row.createdAt);
  return backupIdFor(event.planId, slot);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not ours: reported as an unknown task rather than dropped.
    return undefined;
  }
}
