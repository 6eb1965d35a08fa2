/** What every log reader must do (core/ports/log-reader.ts). Lines are put as the functions write them. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { LogLine, LogQuestion, LogReader } from '../../core/ports/log-reader.ts';

export interface LoggedWorld {
  readonly reader: LogReader;
  /** As functions of those names wrote them; returns when they can be read. */
  put(lines: readonly (LogLine & { readonly correlationId: string })[]): Promise<void>;
}

const start = Date.parse('2026-11-21T02:00:00.000Z');
const at = (milliseconds: number) => new Date(start + milliseconds).toISOString();

function line(
  milliseconds: number,
  message: string,
  change: Partial<LogLine & { correlationId: string }> = {},
): LogLine & { readonly correlationId: string } {
  return {
    ...{ at: at(milliseconds), level: 'info', message, function: 'backup', fields: { n: milliseconds } },
    correlationId: 'sched-one',
    ...change,
  };
}

const question: LogQuestion = {
  correlationId: 'sched-one',
  from: at(0),
  to: at(60_000),
  level: 'debug',
  limit: 100,
};

export function logReaderContract(name: string, open: () => Promise<LoggedWorld>): void {
  describe(`the log of ${name}`, () => {
    let reader: LogReader;
    const messages = async (change: Partial<LogQuestion> = {}) =>
      (await reader.read({ ...question, ...change })).lines.map(({ message }) => message);

    beforeAll(async () => {
      const world = await open();
      reader = world.reader;
      await world.put([
        line(-5000, 'long before'),
        line(1000, 'begins', { function: 'api' }),
        line(2000, 'opened'),
        line(2000, 'opened, too', { fields: { n: 1 } }),
        line(2500, 'of another run', { correlationId: 'sched-one-and-two' }),
        line(3000, 'slow', { level: 'warn' }),
        line(3500, 'told', { function: 'notify' }),
        line(4000, 'it failed', { level: 'error', fields: { error: { code: 'DUMP_FAILED' } } }),
        line(90_000, 'long behind'),
      ]);
    }, 60_000);

    test('gives the lines of one correlation id, of all functions, the oldest first', async () => {
      const { lines, cursor, groups } = await reader.read(question);
      expect(lines.map(({ message }) => message)).toEqual([
        ...['begins', 'opened', 'opened, too', 'slow', 'told', 'it failed'],
      ]);
      expect(lines.map((each) => each.function)).toEqual([
        ...['api', 'backup', 'backup', 'backup', 'notify', 'backup'],
      ]);
      expect(lines.at(-1)).toEqual({
        at: at(4000),
        level: 'error',
        message: 'it failed',
        function: 'backup',
        fields: { error: { code: 'DUMP_FAILED' } },
      });
      expect(cursor).toBeUndefined();
      expect(groups.length).toBeGreaterThan(0);
    });

    test('gives each line once over its pages, also those of the same moment', async () => {
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < 30; pages += 1) {
        const page = await reader.read({ ...question, limit: 1, cursor });
        expect(page.lines.length).toBeLessThanOrEqual(1);
        seen.push(...page.lines.map(({ message }) => message));
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      expect(seen).toEqual(await messages());
    });

    test('gives what is as serious at least', async () => {
      expect(await messages({ level: 'warn' })).toEqual(['slow', 'it failed']);
      expect(await messages({ level: 'error' })).toEqual(['it failed']);
    });

    test('gives nothing of an id that nobody has', async () => {
      expect(await messages({ correlationId: 'sched-none' })).toEqual([]);
    });

    test('refuses a cursor that it did not give', async () => {
      await expect(reader.read({ ...question, cursor: 'no cursor' })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
    });
  });
}
