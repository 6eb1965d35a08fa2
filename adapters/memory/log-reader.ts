/** A log in memory, for tests and for where there is none: lines by the correlation id that they were given with. */
import { InvalidInput } from '../../core/errors.ts';
import { type LogLine, type LogReader, logLevels } from '../../core/ports/log-reader.ts';

export interface MemoryLogReader extends LogReader {
  add(correlationId: string, ...lines: readonly LogLine[]): void;
}

export function memoryLogReader(groups: readonly string[] = ['memory']): MemoryLogReader {
  const kept: (LogLine & { readonly of: string })[] = [];
  return {
    add(of, ...lines) {
      kept.push(...lines.map((line) => ({ ...line, of })));
    },
    async read({ correlationId, from, to, level, limit, cursor = '0' }) {
      const start = /^\d{1,9}$/.test(cursor) ? Number(cursor) : undefined;
      if (start === undefined) {
        throw new InvalidInput('query', [{ field: 'cursor', allowed: 'the nextCursor of the page before' }]);
      }
      const least = logLevels.indexOf(level);
      const lines = kept
        .filter(({ of, at }) => of === correlationId && at >= from && at <= to)
        .filter((line) => logLevels.indexOf(line.level) >= least)
        .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
        .map(({ of: _, ...line }) => line);
      const end = start + limit;
      return { lines: lines.slice(start, end), groups, ...(lines.length > end && { cursor: String(end) }) };
    },
  };
}
