/** One id from the call through every log line, alert, row and entry of the trail that comes of it. */
import { randomBytes } from 'node:crypto';

export const correlationHeader = 'x-correlation-id';

/** The caller's own when it is one (8 to 100 of A-Z a-z 0-9 . _ -), else a new one: `api-` and 16 hex digits. */
export function correlationIdOf(given: string | undefined): string {
  if (given !== undefined && /^[A-Za-z0-9._-]{8,100}$/.test(given)) return given;
  return `api-${randomBytes(8).toString('hex')}`;
}
