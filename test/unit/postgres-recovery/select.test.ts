import { expect, test } from 'vitest';
import { statementErrors } from '../../../adapters/postgres/restore-errors.ts';
import { explain } from '../../../adapters/postgres/restore-explain.ts';
import { selectOnly } from '../../../adapters/postgres/restore-only.ts';
import { needsSuperuser, select } from '../../../adapters/postgres/restore-select.ts';
import { entryOf } from './entries.ts';

const entries = [
  entryOf({ dumpId: 1, desc: 'SCHEMA', tag: 'app' }),
  entryOf({ dumpId: 2, desc: 'FUNCTION', tag: 'f(integer)', namespace: 'app', dependencies: ['1'] }),
  entryOf({ dumpId: 3, desc: 'TABLE', tag: 'a', namespace: 'app', dependencies: ['1'] }),
  entryOf({ dumpId: 4, desc: 'TABLE', tag: 'b', namespace: 'app', dependencies: ['1'] }),
  entryOf({ dumpId: 5, desc: 'VIEW', tag: 'v', namespace: 'app', dependencies: ['2', '3'] }),
  entryOf({ dumpId: 6, desc: 'INDEX', tag: 'a_i', namespace: 'app', dependencies: ['3'] }),
  entryOf({
    dumpId: 7,
    desc: 'FK CONSTRAINT',
    tag: 'a a_b_fkey',
    namespace: 'app',
    dependencies: ['3', '4'],
  }),
  entryOf({ dumpId: 8, desc: 'TRIGGER', tag: 'a t', namespace: 'app', dependencies: ['2', '3'] }),
];

test('what needs something that is left out is left out, and says so', () => {
  const { kept, leftOut } = select(entries, (entry) => (entry.dumpId === 2 ? 'because' : undefined));
  expect(kept.map((entry) => entry.dumpId)).toEqual([1, 3, 4, 6, 7]);
  expect(leftOut.map(({ what, why }) => `${what}: ${why}`)).toEqual([
    'FUNCTION app.f(integer): because',
    'VIEW app.v: it needs FUNCTION app.f(integer)',
    'TRIGGER app.a t: it needs FUNCTION app.f(integer)',
  ]);
});

test('a chosen table brings what hangs on it and what that needs, not a key to a table that stays', () => {
  const chosen = selectOnly(entries, { schemas: [], tables: [{ schema: 'app', table: 'a' }] });
  expect([...chosen.dumpIds].sort()).toEqual([1, 2, 3, 6, 8]);
  expect([...chosen.data]).toEqual(['app.a']);
});

test('a chosen schema brings all of it', () => {
  expect(selectOnly(entries, { schemas: ['app'], tables: [] }).dumpIds.size).toBe(entries.length);
});

test.each([
  ['EVENT TRIGGER', ''],
  ['PUBLICATION', 'CREATE PUBLICATION p FOR ALL TABLES WITH (publish = x);'],
  ['FUNCTION', `CREATE FUNCTION f() RETURNS integer\n    LANGUAGE c\n    AS '$libdir/x', 'f';`],
  ['CAST', 'CREATE CAST (a AS b) WITHOUT FUNCTION;'],
])('a %s such as this one needs a superuser', (desc, defn) => {
  expect(needsSuperuser(entryOf({ desc, defn }))).toBeDefined();
});

const ran = (exitCode: number, stderr: string) => ({ exitCode, stderr, stderrCut: false });
const oneError =
  'pg_restore: error: could not execute query: ERROR:  no\nCommand was: CREATE VIEW v AS SELECT 1;\n';

test('errors count only when pg_restore went through to its end', () => {
  const line = 'pg_restore: warning: errors ignored on restore: 1\n';
  expect(statementErrors(ran(1, oneError + line), 'x', 1)).toHaveLength(1);
  expect(() => statementErrors(ran(1, oneError), 'x', 1)).toThrow(/ended with 1/);
  expect(() => statementErrors(ran(1, `${oneError}${oneError}${line}`), 'x', 1)).toThrow();
  expect(() =>
    statementErrors(ran(1, 'pg_restore: error: could not read from input file: end of file\n'), 'x', 1),
  ).toThrow(/end of file/);
});

test('an error is explained by what it depends on, and no other is', () => {
  const failed = [
    {
      during: 'pre-data',
      entry: entries[1],
      dumpId: 2,
      message: 'ERROR:  permission denied for language c',
      command: '',
    },
    {
      during: 'pre-data',
      entry: entries[4],
      dumpId: 5,
      message: 'ERROR:  function app.f(integer) does not exist',
      command: '',
    },
    { during: 'post-data', entry: entries[5], dumpId: 6, message: 'ERROR:  something else', command: '' },
  ] as const;
  const { explained, failures } = explain(failed as never, entries);
  expect(explained.map(({ entry }) => entry.dumpId)).toEqual([2, 5]);
  expect(failures.map((failure) => failure.entry?.dumpId)).toEqual([6]);
});
