/**
 * Lines of the stack's functions as they lie in CloudWatch Logs: JSON that adapters/log/log.ts wrote, or text of Lambda
 * and of Node itself. The pattern of a search is a first sieve only (the local AWS passes over some, and a term may stand
 * anywhere in a line): what a line is about, its own fields say. Secrets were taken out when it was written; once more here.
 */
import type { LogLevel, LogLine } from '../../core/ports/log-reader.ts';
import { loggable } from '../log/fields.ts';
import { redact } from '../log/redact.ts';

/** Of one line, as JSON: the stack of an error with its causes has room. A page has 1,000 lines, and Lambda answers 6 MB. */
const mostFieldsCharacters = 16_000;
const mostTextCharacters = 2_000;

/** What has a place of its own, or says the same of every line. */
const ownPlace = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'function',
  'correlationId',
  'sampling_rate',
  'xray_trace_id',
]);

export interface LoggedEvent {
  readonly message: string;
  readonly timestampMs: number;
}

/** Undefined: it is about something else, or a figure for CloudWatch (metrics.ts). */
export function lineOf(
  { message, timestampMs }: LoggedEvent,
  functionName: string,
  correlationId: string,
): LogLine | undefined {
  const fields = objectIn(message);
  if (fields === undefined) return textLine(message, timestampMs, functionName, correlationId);
  if (fields.correlationId !== correlationId || '_aws' in fields) return undefined;
  const kept = Object.fromEntries(Object.entries(fields).filter(([name]) => !ownPlace.has(name)));
  return {
    at: timeOf(fields.timestamp) ?? new Date(timestampMs).toISOString(),
    level: levelOf(fields.level),
    message: redact(typeof fields.message === 'string' ? fields.message : '').slice(0, mostTextCharacters),
    function: functionName,
    fields: bounded(loggable(kept)),
  };
}

function objectIn(message: string): Record<string, unknown> | undefined {
  if (!message.startsWith('{')) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function textLine(
  message: string,
  timestampMs: number,
  functionName: string,
  correlationId: string,
): LogLine | undefined {
  if (!message.includes(correlationId)) return undefined;
  return {
    at: new Date(timestampMs).toISOString(),
    level: /\bERROR\b/.test(message) ? 'error' : 'info',
    message: redact(message.trim()).slice(0, mostTextCharacters),
    function: functionName,
    fields: {},
  };
}

function timeOf(value: unknown): string | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function levelOf(value: unknown): LogLevel {
  const name = typeof value === 'string' ? value.toLowerCase() : '';
  if (name === 'critical' || name === 'fatal') return 'error';
  return name === 'debug' || name === 'warn' || name === 'error' ? name : 'info';
}

function bounded(fields: Record<string, unknown>): Record<string, unknown> {
  const length = JSON.stringify(fields).length;
  if (length <= mostFieldsCharacters) return fields;
  const short: Record<string, unknown> = {};
  let left = mostFieldsCharacters;
  for (const [name, value] of Object.entries(fields)) {
    const its = JSON.stringify(value)?.length ?? 0;
    if (its > left) continue;
    left -= its;
    short[name] = value;
  }
  return { ...short, cut: `${length} characters; the whole line is in CloudWatch Logs` };
}
