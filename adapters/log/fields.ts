/** What may be written of a value: errors with their codes and causes, secrets hidden, and a bound on everything. */
import { HoldfastError } from '../../core/errors.ts';
import { isSecretName, redact, redacted } from './redact.ts';

const maxDepth = 6;
const maxEntries = 100;
const maxStackCharacters = 4_000;
const maxErrors = 5;

export type Fields = Readonly<Record<string, unknown>>;

/** The fields as plain JSON that is safe to write. */
export function loggable(fields: Fields): Record<string, unknown> {
  return plainObject(fields, 0, new Set());
}

function plain(value: unknown, depth: number, within: ReadonlySet<object>): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined)
    return value;
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (within.has(value)) return '[circular]';
  if (depth >= maxDepth) return '[deeper]';
  const inside = new Set(within).add(value);
  if (value instanceof Error) return plainError(value, depth, inside);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) {
    const kept = value.slice(0, maxEntries).map((each) => plain(each, depth + 1, inside));
    return value.length > maxEntries ? [...kept, `[${value.length - maxEntries} more]`] : kept;
  }
  return plainObject(value as Fields, depth, inside);
}

function plainObject(value: Fields, depth: number, within: ReadonlySet<object>): Record<string, unknown> {
  const entries = Object.entries(value);
  const kept: Record<string, unknown> = {};
  for (const [name, each] of entries.slice(0, maxEntries)) {
    kept[name] = isSecretName(name) && each !== undefined ? redacted : plain(each, depth + 1, within);
  }
  if (entries.length > maxEntries) kept.more = entries.length - maxEntries;
  return kept;
}

function plainError(error: Error, depth: number, within: ReadonlySet<object>): Record<string, unknown> {
  const { code, details } = error as { code?: unknown; details?: unknown };
  return {
    name: error.name,
    ...(typeof code === 'string' && { code }),
    message: redact(error.message),
    ...(error instanceof HoldfastError && { next: error.next, details: plain(details, depth + 1, within) }),
    stack: redact(error.stack ?? '').slice(0, maxStackCharacters),
    // Node tells of a host with several addresses in this form, and its own message is empty.
    ...(error instanceof AggregateError && {
      errors: error.errors.slice(0, maxErrors).map((each) => plain(each, depth + 1, within)),
    }),
    ...(error.cause !== undefined && { cause: plain(error.cause, depth + 1, within) }),
  };
}
