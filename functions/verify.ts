/** Proves backups: one by request, or what has completed and waits, by its schedule. */
import { recoveryDrivers } from '../adapters/registry.ts';
import { verifyEventSchema } from '../core/events.ts';
import { startSuccessNotice } from '../core/notify/tell-success.ts';
import { parse } from '../core/parse.ts';
import type { Log } from '../core/ports/index.ts';
import type { Report } from '../core/report.ts';
import { verifyDue } from '../core/verification/sweep.ts';
import { type VerifyDeps, verifyBackup } from '../core/verification/verify.ts';
import { entry } from './entry.ts';
import { selfTestVerify } from './self-test.ts';
import { scratch, wire } from './wiring.ts';
import { noticeStarter } from './wiring-success.ts';

const wiring = wire();
const recoveryFor = recoveryDrivers(wiring);
const starter = noticeStarter(wiring.environment);

export const handler = entry(async (event, { log, deadline, requestId }) => {
  const request = parse(verifyEventSchema, event, 'event');
  const onProven = (report: Report) => tellProven(report, log);
  const deps: VerifyDeps = { ...wiring, ...scratch, log, recoveryFor, onProven };
  if (request.task === 'self-test') return selfTestVerify(wiring);
  if (request.task === 'verify-due') return verifyDue(deps, { ...deadline, correlationId: requestId });
  const { planId, backupId, level } = request;
  const asked = { planId, backupId, level, correlationId: request.correlationId ?? requestId };
  const report = await verifyBackup(asked, deps, deadline.signal);
  return { planId, backupId, result: report.result, level: report.level, seconds: report.seconds };
});

/** Good news, for those who asked for it; a backup is proven whether anybody hears of it or not. */
async function tellProven({ planId, backupId, correlationId }: Report, log: Log): Promise<void> {
  try {
    const row = await wiring.catalog.getPlan(planId);
    const success = { planId, backupId, what: 'drill', correlationId } as const;
    if (row) await startSuccessNotice(row.plan, success, { starter, log });
  } catch (error) {
    log.warn('nobody is told that it is proven', { planId, backupId, error });
  }
}
