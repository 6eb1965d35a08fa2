/** Carries out a restore that the catalog has a row for. */
import { recoveryDrivers } from '../adapters/registry.ts';
import { restoreEventSchema } from '../core/events.ts';
import { parse } from '../core/parse.ts';
import { runRestore } from '../core/restore/run.ts';
import { entry } from './entry.ts';
import { selfTestRestore } from './self-test.ts';
import { wire } from './wiring.ts';

const wiring = wire();
const recoveryFor = recoveryDrivers(wiring);

export const handler = entry(async (event, { log, deadline }) => {
  const request = parse(restoreEventSchema, event, 'event');
  if (request.task === 'self-test') return selfTestRestore(wiring);
  const row = await runRestore(request.restoreId, { ...wiring, log, recoveryFor }, deadline.signal);
  return row && { restoreId: row.restoreId, status: row.status, error: row.error };
});
