/** Decides what has expired and marks it, by its schedule or by request; brings backups back. */
import { expireOne, undeleteOne } from '../core/cleanup/request.ts';
import { cleanUp, cleanUpReprieve, scheduled } from '../core/cleanup/round.ts';
import { asTask, fitting } from '../core/control/end-task.ts';
import { hasCode } from '../core/errors.ts';
import { type CleanupEvent, cleanupEventSchema } from '../core/events.ts';
import { parse } from '../core/parse.ts';
import { entry, type Invocation } from './entry.ts';
import { selfTestCleanup } from './self-test-cleanup.ts';
import { wireCleanup } from './wiring-cleanup.ts';

const wiring = wireCleanup();

export const handler = entry(async (event, invocation) => {
  const request = parse(cleanupEventSchema, event, 'event');
  if (request.task === 'self-test') return selfTestCleanup(wiring);
  const { log, deadline, requestId } = invocation;
  const deps = { ...wiring, log };
  const asked = { ...deadline, correlationId: request.correlationId ?? requestId };
  switch (request.task) {
    case 'cleanup':
      return cleanUpNow(request, invocation);
    case 'reprieve': {
      const { planId } = request;
      return unlessRunning(invocation, true, () => cleanUpReprieve(deps, { ...asked, by: 'watch', planId }));
    }
    case 'expire':
    case 'undelete': {
      const { planId, backupId, by } = request;
      const carryOut = request.task === 'expire' ? expireOne : undeleteOne;
      return asTask(deps, request.taskId, () => carryOut(deps, { ...asked, by, planId, backupId }));
    }
  }
});

async function cleanUpNow(request: Extract<CleanupEvent, { task: 'cleanup' }>, invocation: Invocation) {
  const { log, deadline, requestId } = invocation;
  const { planId, dryRun, restarts, by, taskId, correlationId = requestId } = request;
  const deps = { ...wiring, log };
  const work = () =>
    cleanUp(deps, { ...deadline, correlationId, by: by ?? scheduled, planId, dryRun, restarts });
  if (taskId === undefined) return unlessRunning(invocation, by === undefined, work);
  return asTask(deps, taskId, async () => {
    const { planned, ...result } = await work();
    if (!planned) return result;
    const { lines, left } = fitting(planned);
    return { ...result, planned: lines, plannedLeft: left };
  });
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
