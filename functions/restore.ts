/** Carries out a restore that the catalog has a row for, from the vault or from its second copy. */
import { parseSource } from '../adapters/kinds.ts';
import { recoveryDrivers } from '../adapters/registry.ts';
import { restoreEventSchema } from '../core/events.ts';
import { parse } from '../core/parse.ts';
import { runRestore } from '../core/restore/run.ts';
import { entry } from './entry.ts';
import { selfTestRestore } from './self-test.ts';
import { wireRestore } from './wiring-recovery.ts';

const wiring = wireRestore();
const recoveryFor = recoveryDrivers(wiring);

export const handler = entry(async (event, { log, deadline }) => {
  const request = parse(restoreEventSchema, event, 'event');
  if (request.task === 'self-test') return selfTestRestore(wiring);
  const row = await runRestore(
    request.restoreId,
    { ...wiring, log, recoveryFor, parseSource },
    deadline.signal,
  );
  return row && { restoreId: row.restoreId, status: row.status, error: row.error };
});
