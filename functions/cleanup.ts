/** Decides what has expired and marks it, by its schedule or by request; brings backups back. */
import { actorOfRun, type Came } from '../core/audit/beside.ts';
import type { CleanupResult } from '../core/cleanup/context.ts';
import { expireOne, undeleteOne } from '../core/cleanup/request.ts';
import { cleanUp, cleanUpReprieve, scheduled } from '../core/cleanup/round.ts';
import { asTask, fitting } from '../core/control/end-task.ts';
import { hasCode } from '../core/errors.ts';
import { type CleanupEvent, cleanupEventSchema } from '../core/events.ts';
import { cleanupFigures } from '../core/metrics.ts';
import { parse } from '../core/parse.ts';
import { auditingBy } from './auditing.ts';
import { entry, type Invocation } from './entry.ts';
import { selfTestCleanup } from './self-test-cleanup.ts';
import { wireCleanup } from './wiring-cleanup.ts';

const wiring = wireCleanup();
const auditing = auditingBy('cleanup', wiring);

export const handler = entry(async (event, invocation) => {
  const request = parse(cleanupEventSchema, event, 'event');
  if (request.task === 'self-test') return selfTestCleanup(wiring);
  const { log, deadline, correlationId } = invocation;
  const deps = { ...wiring, log };
  const asked = { ...deadline, correlationId };
  switch (request.task) {
    case 'cleanup':
      return cleanUpNow(request, invocation);
    case 'reprieve': {
      const { planId } = request;
      const doing = {
        actor: actorOfRun('watch', correlationId),
        action: 'cleanup.reprieve',
        target: planTarget(planId),
      };
      return unlessRunning(invocation, true, () =>
        auditing(log).beside(doing, () => cleanUpReprieve(deps, { ...asked, by: 'watch', planId }), counted),
      );
    }
    case 'expire':
    case 'undelete': {
      const { task, planId, backupId, by } = request;
      const carryOut = task === 'expire' ? expireOne : undeleteOne;
      const actor = actorOfRun(by, correlationId);
      const doing = { actor, action: `backup.${task}`, target: `backup/${backupId}` };
      return asTask(deps, request.taskId, () =>
        auditing(log).beside(
          doing,
          async (): Promise<object> => carryOut(deps, { ...asked, by, planId, backupId }),
          (after) => ({ result: 'ok', after }),
        ),
      );
    }
  }
}, wiring);

async function cleanUpNow(request: Extract<CleanupEvent, { task: 'cleanup' }>, invocation: Invocation) {
  const { log, deadline, correlationId, metrics } = invocation;
  const { planId, dryRun, restarts, by, taskId } = request;
  const deps = { ...wiring, log };
  const options = { ...deadline, correlationId, by: by ?? scheduled, planId, dryRun, restarts };
  const doing = { actor: actorOfRun(by, correlationId), action: 'cleanup.run', target: planTarget(planId) };
  const work = async () => {
    // What changes nothing needs no entry; the API has one of who asked for it.
    if (dryRun) return cleanUp(deps, options);
    const beganMs = wiring.clock.now().getTime();
    const result = await auditing(log).beside(doing, () => cleanUp(deps, options), counted);
    metrics.put(cleanupFigures(result, (wiring.clock.now().getTime() - beganMs) / 1000));
    return result;
  };
  if (taskId === undefined) return unlessRunning(invocation, by === undefined, work);
  return asTask(deps, taskId, async () => {
    const { planned, ...result } = await work();
    if (!planned) return result;
    const { lines, left } = fitting(planned);
    return { ...result, planned: lines, plannedLeft: left };
  });
}

const planTarget = (planId: string | undefined) => (planId === undefined ? 'all plans' : `plan/${planId}`);

/** For the trail: how much, not which; the rows say that. */
function counted({ plans, marked, leftovers, adopted, reprieved, failed, complete }: CleanupResult): Came {
  const after = {
    ...{ plans, marked, leftovers, adopted, complete },
    reprieved: reprieved.length,
    failed: failed.length,
  };
  return { result: failed.length > 0 ? 'failed' : 'ok', after };
}

/** What was to be done is being done, or is by the next schedule: only a person needs to know. */
async function unlessRunning<T>({ log }: Invocation, isQuiet: boolean, work: () => Promise<T>) {
  try {
    return await work();
  } catch (thrown) {
    if (!isQuiet || !hasCode(thrown, 'CLEANUP_RUNNING')) throw thrown;
    log.info('another cleanup is running');
    return { skipped: thrown.code };
  }
}
