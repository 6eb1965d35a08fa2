/** The trail on its page: months, what an entry changed, and the same for a terminal. */
import { describe, expect, test } from 'vitest';
import { changesOf, mostChanges } from '../../../dashboard/pages/audit/changes.ts';
import { exportCommand, verifyCommand } from '../../../dashboard/pages/audit/commands.ts';
import { monthsBack, spanOfMonth } from '../../../dashboard/pages/audit/months.ts';
import { texts } from '../../../dashboard/text/en/all.ts';

describe('months', () => {
  test('go back over the turn of a year, whatever the day of the month is', () => {
    expect(monthsBack(new Date('2026-03-31T23:30:00Z'), 4)).toEqual([
      '2026-03',
      '2026-02',
      '2026-01',
      '2025-12',
    ]);
  });

  test('end where the next begins', () => {
    expect(spanOfMonth('2026-12')).toEqual({ from: '2026-12-01', to: '2027-01-01' });
  });
});

describe('what an entry changed', () => {
  test('is told by field, however deep, with what was and was not there', () => {
    const before = { schedule: { cron: '0 1 * * *', timeZone: 'UTC' }, name: 'Shop', tags: ['a'] };
    const after = { schedule: { cron: '0 2 * * *', timeZone: 'UTC' }, tags: ['a', 'b'], quotaBytes: 5 };
    expect(changesOf(before, after)).toEqual([
      { path: 'name', before: 'Shop' },
      { path: 'quotaBytes', after: '5' },
      { path: 'schedule.cron', before: '0 1 * * *', after: '0 2 * * *' },
      { path: 'tags', before: '["a"]', after: '["a","b"]' },
    ]);
  });

  test('is the whole where there was nothing before', () => {
    expect(changesOf(undefined, { keys: 1 })).toEqual([{ path: '', after: '{"keys":1}' }]);
    expect(changesOf({ a: 1 }, { a: 1 })).toEqual([]);
  });

  test('is bounded', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${at}`, at]));
    expect(changesOf({}, many)).toHaveLength(mostChanges);
  });
});

describe('commands', () => {
  test('name the month and what it is narrowed by, so that a shell takes them as they are', () => {
    expect(verifyCommand('2026-11')).toBe('holdfast audit verify --from 2026-11-01 --to 2026-12-01');
    expect(exportCommand({ month: '2026-11', by: "o'hara; rm -rf /", action: 'plan' })).toBe(
      `holdfast audit export --from 2026-11-01 --to 2026-12-01 --by 'o'\\''hara; rm -rf /' --action plan --out audit-2026-11.jsonl`,
    );
  });
});

test('every action that has words is one that the trail knows', async () => {
  const { readFile, glob } = await import('node:fs/promises');
  const known = new Set<string>(['plan.enable', 'plan.disable']);
  for await (const file of glob('{api,core,cli,functions}/**/*.ts'))
    for (const [, action = ''] of (await readFile(file, 'utf8')).matchAll(/action: '([a-z-]+\.[a-z-]+)'/g))
      known.add(action);
  expect(Object.keys(texts.audit.actions).filter((action) => !known.has(action))).toEqual([]);
  expect([...known].filter((action) => !(action in texts.audit.actions))).toEqual([]);
});
