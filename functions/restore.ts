/** Carries out a restore that the catalog has a row for. */
import type { Context } from 'aws-lambda';
import { recoveryDrivers } from '../adapters/registry.ts';
import { restoreEventSchema } from '../core/events.ts';
import { parse } from '../core/parse.ts';
import { runRestore } from '../core/restore/run.ts';
import { selfTestRestore } from './self-test.ts';
import { deadlineOf, invocationLog, wire } from './wiring.ts';

const wiring = wire();
const recoveryFor = recoveryDrivers(wiring);

export async function handler(event: unknown, context: Context): Promise<unknown> {
  const request = parse(restoreEventSchema, event, 'event');
  if (request.task === 'self-test') return selfTestRestore(wiring);
  const deadline = deadlineOf(context);
  try {
    const row = await runRestore(
      request.restoreId,
      { ...wiring, log: invocationLog(context), recoveryFor },
      deadline.signal,
    );
    return row && { restoreId: row.restoreId, status: row.status, error: row.error };
  } finally {
    deadline.clear();
  }
}
