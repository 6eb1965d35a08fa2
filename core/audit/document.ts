/**
 * An entry of the audit trail as two documents: what somebody was going to do, written before it is done, and what came
 * of it. They are objects of the vault, written once below the prefix of who writes them, sealed for the ring's public
 * keys; the catalog has a row of each entry, which is an index of them and may be made again.
 */
import { z } from 'zod';
import { auditIdSchema, auditWriters } from '../format/layout.ts';
import type { AuditEntry } from '../ports/catalog.ts';

/** Code and message of what went wrong, as rows have it. */
const errorSchema = z.strictObject({
  code: z.string().min(1).max(100),
  message: z.string().max(4000),
  next: z.string().max(2000).optional(),
});

const head = {
  format: z.literal('holdfast/audit'),
  version: z.literal(1),
  writer: z.enum(auditWriters),
  /** When the entry began, of both parts: with the id it names the entry. */
  at: z.iso.datetime(),
  id: auditIdSchema,
  by: z.string().min(1).max(200),
  action: z.string().min(1).max(100),
  target: z.string().max(1000),
  correlationId: z.string().min(1).max(200),
};

export const intentSchema = z.strictObject({
  ...head,
  part: z.literal('intent'),
  detail: z.string().max(1000),
  via: z.enum(['api', 'cli', 'schedule']).optional(),
  /** Never changes for one person, whatever the name. */
  subject: z.string().max(300).optional(),
  groups: z.array(z.string().max(200)).max(100).optional(),
  address: z.string().max(100).optional(),
  requestId: z.string().max(200).optional(),
  before: z.unknown().optional(),
});
export type Intent = z.infer<typeof intentSchema>;

export const outcomeSchema = z.strictObject({
  ...head,
  part: z.literal('outcome'),
  detail: z.string().max(1000),
  endedAt: z.iso.datetime(),
  result: z.enum(['ok', 'refused', 'failed']),
  after: z.unknown().optional(),
  error: errorSchema.optional(),
  /** Of the object that holds the intention, hex: another one in its place is found out. */
  intentSha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Outcome = z.infer<typeof outcomeSchema>;

export const auditDocumentSchema = z.discriminatedUnion('part', [intentSchema, outcomeSchema]);
export type AuditDocument = z.infer<typeof auditDocumentSchema>;

/** The entry as the catalog has it, of its documents: the same for who wrote them and for who reads them. */
export function entryOf(
  { at, id, by, action, target, correlationId, ...intent }: Intent,
  outcome: Outcome | undefined,
  objects: readonly string[],
): AuditEntry {
  const { via, subject, groups, address, requestId, before } = intent;
  return {
    at,
    id,
    by,
    action,
    target,
    detail: outcome?.detail ?? intent.detail,
    correlationId,
    via,
    subject,
    groups,
    address,
    requestId,
    before,
    after: outcome?.after,
    result: outcome?.result,
    error: outcome?.error,
    objects,
  };
}
