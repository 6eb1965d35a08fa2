/** Watches over plans and the stack, every hour: tells what is wrong, lasts, or is well again. */
import { watchEventSchema } from '../core/events.ts';
import type { HealthSettings } from '../core/health/facts.ts';
import { watchRound } from '../core/health/watch.ts';
import { parse } from '../core/parse.ts';
import { entry } from './entry.ts';
import { selfTestWatch } from './self-test-watch.ts';
import { wireWatch } from './wiring-watch.ts';

const wiring = wireWatch();
const { cleanupEveryDays, quotaBytes, keyAgeDays, undeleteDays } = wiring;
const settings: HealthSettings = {
  cleanupEveryDays,
  quotaBytes,
  undeleteDays,
  // 0 asks for no reminder.
  keyAgeDays: keyAgeDays || undefined,
};
const copied = wiring.environment.HOLDFAST_REPLICA_BUCKET === undefined ? undefined : wiring.vault;

export const handler = entry(async (event, { log, deadline, requestId }) => {
  const request = parse(watchEventSchema, event, 'event');
  if (request.task === 'self-test') return selfTestWatch(wiring);
  return watchRound(
    { ...wiring, log, settings, copied },
    { roundId: requestId, secondsLeft: deadline.secondsLeft },
  );
});
