/** The entry that the vectors of the audit trail hold. */
import type { Intent, Outcome } from '../../core/audit/document.ts';
import type { AuditWriter } from '../../core/format/layout.ts';

const head = (writer: AuditWriter) =>
  ({
    format: 'holdfast/audit',
    version: 1,
    writer,
    at: '2026-11-21T10:00:00.250Z',
    id: '0123456789abcdef',
    by: 'ada',
    action: 'plan.update',
    target: 'plan/orders',
    detail: '',
    correlationId: 'api-4f1c',
  }) as const;

export const sampleIntent = (writer: AuditWriter): Intent => ({
  ...head(writer),
  part: 'intent',
  via: 'api',
  groups: ['holdfast-operator'],
  address: '192.0.2.7',
  requestId: 'gateway-1',
  before: { revision: 3, enabled: true },
});

export const sampleOutcome = (writer: AuditWriter): Outcome => ({
  ...head(writer),
  part: 'outcome',
  endedAt: '2026-11-21T10:00:01.000Z',
  result: 'ok',
  after: { revision: 4, enabled: false },
  intentSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
});
