/** How large the small records of the catalog may be: the rule that every catalog keeps (core/ports/catalog.ts). */
import { InvalidInput } from './errors.ts';
import { jsonBytes } from './hold-request.ts';
import type { AuditEntry, DrillRow, OnceResponse, TaskRow } from './ports/catalog.ts';

/** A row of DynamoDB has at most 400 KB. */
export const recordLimits = {
  auditValueBytes: 20_480,
  taskResultBytes: 204_800,
  onceBodyBytes: 102_400,
  listedDays: 400,
  keptDays: 1100,
  channels: 20,
  drillCounts: 50,
  drillDetailCharacters: 1000,
} as const;

function check(what: string, field: string, bytes: number, most: number): void {
  if (bytes <= most) return;
  throw new InvalidInput(what, [
    { field, value: `${bytes} bytes`, allowed: `at most ${most} bytes as JSON` },
  ]);
}

const sizeOf = (value: unknown) => (value === undefined ? 0 : jsonBytes(value));

export function checkAuditEntry({ before, after }: AuditEntry): void {
  check('audit', 'before', sizeOf(before), recordLimits.auditValueBytes);
  check('audit', 'after', sizeOf(after), recordLimits.auditValueBytes);
}

/** Small enough to stand in an index whole. */
export function checkDrill({ counted = {}, detail }: DrillRow): void {
  const many = Object.keys(counted).length;
  if (many > recordLimits.drillCounts) {
    throw new InvalidInput('drill', [
      { field: 'counted', value: `${many} of them`, allowed: `at most ${recordLimits.drillCounts}` },
    ]);
  }
  if (detail.length <= recordLimits.drillDetailCharacters) return;
  const allowed = `at most ${recordLimits.drillDetailCharacters} characters`;
  throw new InvalidInput('drill', [{ field: 'detail', value: `${detail.length} characters`, allowed }]);
}

export function checkTaskResult({ result }: Pick<TaskRow, 'result'>): void {
  check('task', 'result', sizeOf(result), recordLimits.taskResultBytes);
}

export function checkOnceResponse({ body, headers }: OnceResponse): void {
  check('response', 'body', Buffer.byteLength(body) + sizeOf(headers), recordLimits.onceBodyBytes);
}

const dayPattern = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const dayMs = 86_400_000;

/** INVALID_INPUT unless both are days, in order, at most 400 of them. */
export function checkDays(from: string, to: string): void {
  for (const [field, day] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (!dayPattern.test(day)) {
      throw new InvalidInput('days', [
        { field, value: JSON.stringify(day), allowed: 'a day such as 2026-11-21' },
      ]);
    }
  }
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days >= 1 && days <= recordLimits.listedDays) return;
  throw new InvalidInput('days', [
    { field: 'to', value: JSON.stringify(to), allowed: `1 to ${recordLimits.listedDays} days from ${from}` },
  ]);
}

/** What is kept of a value that comes from outside: as JSON would bring it back. */
export function plainValue(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
