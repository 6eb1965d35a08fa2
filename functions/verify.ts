/** Proves backups: one by request, or what has completed and waits, by its schedule. */
import { recoveryDrivers } from '../adapters/registry.ts';
import { verifyEventSchema } from '../core/events.ts';
import { parse } from '../core/parse.ts';
import { verifyDue } from '../core/verification/sweep.ts';
import { type VerifyDeps, verifyBackup } from '../core/verification/verify.ts';
import { entry } from './entry.ts';
import { selfTestVerify } from './self-test.ts';
import { scratch, wire } from './wiring.ts';

const wiring = wire();
const recoveryFor = recoveryDrivers(wiring);

export const handler = entry(async (event, { log, deadline, requestId }) => {
  const request = parse(verifyEventSchema, event, 'event');
  const deps: VerifyDeps = { ...wiring, ...scratch, log, recoveryFor };
  if (request.task === 'self-test') return selfTestVerify(wiring);
  if (request.task === 'verify-due') return verifyDue(deps, { ...deadline, correlationId: requestId });
  const { planId, backupId, level } = request;
  const asked = { planId, backupId, level, correlationId: request.correlationId ?? requestId };
  const report = await verifyBackup(asked, deps, deadline.signal);
  return { planId, backupId, result: report.result, level: report.level, seconds: report.seconds };
});
