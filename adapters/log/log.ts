/**
 * The structured log: one JSON object a line, by the Powertools logger, so that CloudWatch Logs can search its
 * fields. Nothing is written that has not passed redaction.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '../../core/ports/index.ts';
import { type Fields, loggable } from './fields.ts';
import { redact } from './redact.ts';

/** Names that the logger writes itself; a field of the same name moves aside. */
const taken = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'error',
]);

/** A log whose every line has `fields`. The level is POWERTOOLS_LOG_LEVEL's (default INFO). */
export function structuredLog(fields: Fields = {}): Log {
  return logWith(new Logger({ serviceName: 'holdfast' }), fields);
}

function logWith(logger: Logger, fields: Fields): Log {
  const line = (more: Fields | undefined) => withoutTaken(loggable({ ...fields, ...more }));
  return {
    info: (message, more) => logger.info(redact(message), line(more)),
    warn: (message, more) => logger.warn(redact(message), line(more)),
    error: (message, more) => logger.error(redact(message), line(more)),
    with: (more) => logWith(logger, { ...fields, ...more }),
  };
}

function withoutTaken(fields: Record<string, unknown>): Record<string, unknown> {
  const { error, ...others } = fields;
  const moved = Object.entries(others).map(([name, value]) => [
    taken.has(name) ? `field_${name}` : name,
    value,
  ]);
  // An error keeps its usual place: loggable() has made it plain, so the logger passes it on as it is.
  return Object.fromEntries(error === undefined ? moved : [...moved, ['error', error]]);
}
