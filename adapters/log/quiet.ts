/** Logs for tests: one that says nothing, and one that keeps what it was told. */
import type { Log } from '../../core/ports/index.ts';
import { type Fields, loggable } from './fields.ts';
import { redact } from './redact.ts';

export const silentLog: Log = { info() {}, warn() {}, error() {}, with: () => silentLog };

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Fields;
}

export interface MemoryLog extends Log {
  readonly lines: readonly LogLine[];
}

/** Keeps every line, as it would be written; those of `with` too. */
export function memoryLog(fields: Fields = {}, lines: LogLine[] = []): MemoryLog {
  const keep = (level: LogLine['level']) => (message: string, more?: Fields) => {
    lines.push({ level, message: redact(message), fields: loggable({ ...fields, ...more }) });
  };
  return {
    lines,
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    with: (more) => memoryLog({ ...fields, ...more }, lines),
  };
}
