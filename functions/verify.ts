/** Proves backups: one by request; by its schedule what has completed and waits, and what is due by the calendar. */
import { recoveryDrivers } from '../adapters/registry.ts';
import { actorOfRun } from '../core/audit/beside.ts';
import { asTask } from '../core/control/end-task.ts';
import { verifyEventSchema } from '../core/events.ts';
import { verificationFigures } from '../core/metrics.ts';
import { startSuccessNotice } from '../core/notify/tell-success.ts';
import { parse } from '../core/parse.ts';
import type { Log } from '../core/ports/index.ts';
import type { Report } from '../core/report.ts';
import { type ProvenDue, proveDue } from '../core/verification/prove-due.ts';
import { type VerifyDeps, type VerifyRequest, verifyBackup } from '../core/verification/verify.ts';
import { type Auditing, auditingBy } from './auditing.ts';
import { entry } from './entry.ts';
import { selfTestVerify } from './self-test.ts';
import { scratch, wire } from './wiring.ts';
import { noticeStarter } from './wiring-success.ts';

const wiring = wire();
const recoveryFor = recoveryDrivers(wiring);
const starter = noticeStarter(wiring.environment);
const auditing = auditingBy('verify', wiring);

export const handler = entry(async (event, { log, deadline, correlationId, metrics }) => {
  const request = parse(verifyEventSchema, event, 'event');
  const onProven = (report: Report) => tellProven(report, log);
  const onReport = (report: Report) => {
    const { planId, backupId } = report;
    metrics.put(verificationFigures(report), { planId, fields: { backupId } });
  };
  const onError = ({ planId, backupId }: VerifyRequest) =>
    metrics.put({ VerificationErrors: 1 }, { planId, fields: { backupId } });
  const deps: VerifyDeps = { ...wiring, ...scratch, log, recoveryFor, onProven, onReport, onError };
  if (request.task === 'self-test') return selfTestVerify(wiring);
  if (request.task === 'verify-due') {
    const swept = await proveDue(deps, { ...deadline, correlationId });
    await noteSweep(swept, auditing(log), correlationId);
    return swept;
  }
  const { planId, backupId, level, by } = request;
  return asTask({ ...wiring, log }, request.taskId, async () => {
    const report = await auditing(log).beside(
      {
        actor: actorOfRun(by ?? 'unknown', correlationId),
        action: 'verify.run',
        target: `backup/${backupId}`,
      },
      () => verifyBackup({ planId, backupId, level, correlationId }, deps, deadline.signal),
      ({ result, seconds }) => ({ result: 'ok', after: { planId, level, result, seconds } }),
    );
    return { planId, backupId, result: report.result, level: report.level, seconds: report.seconds };
  });
}, wiring);

/** One entry of a sweep, and none of one that found nothing to verify: the reports say what each backup came to. */
async function noteSweep(swept: ProvenDue, audit: Auditing, correlationId: string): Promise<void> {
  const { waiting, calendar } = swept;
  const done = waiting.verified + waiting.failed + (calendar?.drilled ?? 0) + (calendar?.looked ?? 0);
  if (done === 0) return;
  const actor = actorOfRun(undefined, correlationId);
  await audit.afterwards({ actor, action: 'verify.sweep', target: '' }, { result: 'ok', after: swept });
}

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
