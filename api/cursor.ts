/** Cursors that this API makes itself: opaque to callers, checked when they come back. */
import type { z } from 'zod';
import { InvalidInput } from '../core/errors.ts';

export function cursorOf(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** What cursorOf was given; INVALID_INPUT for anything that it did not make. */
export function fromCursor<T extends z.ZodType>(schema: T, cursor: string): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    value = undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidInput('query', [{ field: 'cursor', allowed: 'the nextCursor of the page before' }]);
}
