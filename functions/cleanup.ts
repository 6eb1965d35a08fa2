/** Decides what has expired and marks it, by its schedule or by request; brings a last good backup back. */
import { cleanUp, cleanUpReprieve, scheduled } from '../core/cleanup/round.ts';
import { hasCode } from '../core/errors.ts';
import { cleanupEventSchema } from '../core/events.ts';
import { parse } from '../core/parse.ts';
import { entry } from './entry.ts';
import { selfTestCleanup } from './self-test-cleanup.ts';
import { wireCleanup } from './wiring-cleanup.ts';

const wiring = wireCleanup();

export const handler = entry(async (event, { log, deadline, requestId }) => {
  const request = parse(cleanupEventSchema, event, 'event');
  if (request.task === 'self-test') return selfTestCleanup(wiring);
  const asked = { ...deadline, correlationId: request.correlationId ?? requestId };
  const by = request.task === 'cleanup' ? (request.by ?? scheduled) : 'watch';
  try {
    if (request.task === 'reprieve')
      return await cleanUpReprieve({ ...wiring, log }, { ...asked, by, planId: request.planId });
    const { planId, dryRun, restarts } = request;
    return await cleanUp({ ...wiring, log }, { ...asked, by, planId, dryRun, restarts });
  } catch (thrown) {
    // Only a person needs to know; what was to be done is being done, or is by the next schedule.
    if (!hasCode(thrown, 'CLEANUP_RUNNING') || (request.task === 'cleanup' && request.by)) throw thrown;
    log.info('another cleanup is running');
    return { skipped: thrown.code };
  }
});
