/** What may stand in the trail of a value that comes from outside: without secrets, and small. */
import type { RowError } from '../ports/catalog.ts';
import { recordLimits } from '../record-limits.ts';

/** The value as plain JSON in which no secret stands. */
export type Redact = (value: unknown) => unknown;

/** Of a value that is too large, so much of its beginning is kept, characters. */
const keptCharacters = 4_000;

/** Undefined for undefined. What has more than 20 KB as JSON is told by its size and its beginning. */
export function auditable(value: unknown, redact: Redact): unknown {
  if (value === undefined) return undefined;
  const text = JSON.stringify(redact(value)) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes <= recordLimits.auditValueBytes) return JSON.parse(text);
  return { cut: true, bytes, beginning: text.slice(0, keptCharacters) };
}

export function auditableText(text: string, redact: Redact, mostCharacters: number): string {
  const plain = String(redact(text));
  return plain.length <= mostCharacters ? plain : `${plain.slice(0, mostCharacters - 1)}…`;
}

export function auditableError(error: RowError | undefined, redact: Redact): RowError | undefined {
  if (error === undefined) return undefined;
  const { code, message, next } = error;
  return {
    code: code.slice(0, 100),
    message: auditableText(message, redact, 2_000),
    ...(next !== undefined && { next: auditableText(next, redact, 1_000) }),
  };
}
