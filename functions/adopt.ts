/** Makes catalog rows for backups that cleanup found in the vault without one. */
import { adoptEventSchema } from '../core/events.ts';
import { parse } from '../core/parse.ts';
import { adoptBackups } from '../core/recovery/adopt.ts';
import { entry } from './entry.ts';
import { selfTestAdopt } from './self-test-adopt.ts';
import { wire } from './wiring.ts';

const wiring = wire();

export const handler = entry(async (event, { log, correlationId }) => {
  const request = parse(adoptEventSchema, event, 'event');
  if (request.task === 'self-test') return selfTestAdopt(wiring);
  const result = await adoptBackups(request, correlationId, { ...wiring, log });
  const { plans, backups, unreadable } = result;
  return {
    plans: plans.adopted,
    adopted: backups.adopted,
    present: backups.present,
    unreadable: unreadable.count,
  };
});
