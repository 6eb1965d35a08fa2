import { describe, expect, it } from 'vitest';
import { exitCodeOf, exitCodes, failureJson } from '../../../cli/failure.ts';
import { Output, terminalOf } from '../../../cli/output.ts';
import { describeStep } from '../../../cli/progress.ts';
import { oneLine, renderFacts, renderTable } from '../../../cli/table.ts';
import { formatAge, formatBytes, formatDuration, formatRate } from '../../../cli/units.ts';
import { type ErrorCode, errorCodes, HoldfastError } from '../../../core/errors.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [12.34 * 1024 ** 2, '12.3 MiB'],
    [512 * 1024 ** 3, '512 GiB'],
    [5000 * 1024 ** 5, '5000 PiB'],
  ])('%d bytes read %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [850, '850 ms'],
    [59_400, '59 s'],
    [185_000, '3 min 05 s'],
    [7_800_000, '2 h 10 min'],
    [273_600_000, '3 d 4 h'],
  ])('%d milliseconds read %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it('ages round to one unit and say when something is still to come', () => {
    const now = new Date('2026-11-21T10:00:00Z');
    expect(formatAge('2026-11-21T09:59:50Z', now)).toBe('now');
    expect(formatAge('2026-11-21T02:00:00Z', now)).toBe('8 h');
    expect(formatAge('2026-11-24T10:00:00Z', now)).toBe('in 3 d');
  });

  it('a rate needs time to have passed', () => {
    expect(formatRate(1024, 0)).toBe('-');
    expect(formatRate(2 * 1024 ** 2, 1000)).toBe('2.0 MiB/s');
  });

  it('an estimate that is passed never shows more than 99 %', () => {
    expect(describeStep({ step: 'dump', doneBytes: 300, totalBytes: 100 }, 1000)).toContain('99 %');
  });
});

describe('tables', () => {
  const columns = [
    { title: 'ID', value: (row: readonly string[]) => row[0] ?? '' },
    { title: 'TEXT', value: (row: readonly string[]) => row[1] ?? '', flexible: true as const },
  ];
  it('never pass the width of the terminal, and cut only what is flexible', () => {
    const table = renderTable(
      [['20261121T020000Z-3f9a1c22', 'a long text that does not fit at all']],
      columns,
      45,
    );
    for (const line of table.split('\n')) expect([...line].length).toBeLessThanOrEqual(45);
    expect(table).toContain('20261121T020000Z-3f9a1c22');
    expect(table).toContain('…');
  });
  it('show whole values where there is no terminal', () => {
    const text = 'x'.repeat(500);
    expect(renderTable([['a', text]], columns, Number.POSITIVE_INFINITY)).toContain(text);
  });
  it('do not let a name from a server move the cursor', () => {
    expect(oneLine('a\u001b[2Jb\nc\u202e')).toBe('a\\u001b[2Jb c\\u202e');
    expect(renderTable([['a', '\u001b[31mred']], columns, 80)).not.toContain('\u001b');
  });
  it('leave out facts that are not known', () => {
    expect(
      renderFacts([
        ['A', '1'],
        ['Longer', undefined],
        ['B', 'x\ny'],
      ]),
    ).toBe('A:  1\nB:  x\n    y');
  });
});

describe('the terminal', () => {
  const stream = (isTTY: boolean) => ({ isTTY, columns: 100, write: () => true });
  const streams = (isTTY: boolean) => ({
    stdin: stream(isTTY),
    stdout: stream(isTTY),
    stderr: stream(isTTY),
  });
  it('has colour only on a terminal, and not where NO_COLOR is set', () => {
    expect(terminalOf(streams(true), {}).colour).toBe(true);
    expect(terminalOf(streams(true), { NO_COLOR: '1' }).colour).toBe(false);
    expect(terminalOf(streams(true), { NO_COLOR: '' }).colour).toBe(true);
    expect(terminalOf(streams(false), {}).colour).toBe(false);
  });
  it('is not asked questions when nobody is there', () => {
    expect(terminalOf(streams(false), {}).interactive).toBe(false);
  });
  it('gets one JSON value on stdout and nothing else', () => {
    let stdout = '';
    const terminal = {
      ...terminalOf(streams(false), {}),
      stdout: { write: (text: string) => (stdout += text) },
    };
    new Output(terminal, { json: true, verbose: false }).result({ a: 1 }, () => 'never');
    expect(stdout).toBe('{"a":1}\n');
  });
});

describe('failures', () => {
  it('every code has an exit code of its class, and no class shares one', () => {
    for (const code of Object.keys(errorCodes) as ErrorCode[]) {
      expect(exitCodeOf(new HoldfastError(code, 'x'))).toBeGreaterThan(0);
    }
    expect(new Set(Object.values(exitCodes)).size).toBe(8);
  });
  it('say code, class, next step and correlation id as JSON', () => {
    expect(failureJson(new HoldfastError('KEY_MISSING', 'no key'), 'c-1')).toMatchObject({
      error: {
        code: 'KEY_MISSING',
        class: 'access',
        message: 'no key',
        correlationId: 'c-1',
        next: expect.any(String),
      },
    });
  });
});
