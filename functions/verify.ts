/** Proves backups: one by request, or what has completed and waits, by its schedule. */
import type { Context } from 'aws-lambda';
import { recoveryDrivers } from '../adapters/registry.ts';
import { verifyEventSchema } from '../core/events.ts';
import { parse } from '../core/parse.ts';
import { type VerifyDeps, verifyBackup, verifyDue } from '../core/verification/verify.ts';
import { selfTestVerify } from './self-test.ts';
import { deadlineOf, invocationLog, scratch, wire } from './wiring.ts';

const wiring = wire();
const recoveryFor = recoveryDrivers(wiring);

export async function handler(event: unknown, context: Context): Promise<unknown> {
  const request = parse(verifyEventSchema, event, 'event');
  const deadline = deadlineOf(context);
  const deps: VerifyDeps = { ...wiring, ...scratch, log: invocationLog(context), recoveryFor };
  const correlationId = context.awsRequestId;
  try {
    switch (request.task) {
      case 'self-test':
        return await selfTestVerify(wiring);
      case 'verify-due':
        return await verifyDue(deps, { ...deadline, correlationId });
      default: {
        const { planId, backupId, level } = request;
        const asked = { planId, backupId, level, correlationId: request.correlationId ?? correlationId };
        const report = await verifyBackup(asked, deps, deadline.signal);
        return { planId, backupId, result: report.result, level: report.level, seconds: report.seconds };
      }
    }
  } finally {
    deadline.clear();
  }
}
