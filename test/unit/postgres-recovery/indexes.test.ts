import { describe, expect, test } from 'vitest';
import { earlyIndexOf, IndexQueue } from '../../../adapters/postgres/restore-indexes.ts';
import { entryOf as entry } from './entries.ts';

describe('an index is built before everything is loaded', () => {
  test.each([
    [
      'CONSTRAINT',
      'ALTER TABLE ONLY app.orders\n    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);\n',
      'app.orders',
    ],
    [
      'CONSTRAINT',
      'ALTER TABLE ONLY app.o\n    ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a, b);\n',
      'app.o',
    ],
    [
      'CONSTRAINT',
      'ALTER TABLE ONLY "S ""x"""."L\nI"\n    ADD CONSTRAINT "a b" UNIQUE (a) INCLUDE (b) WITH (fillfactor=\'70\') DEFERRABLE INITIALLY DEFERRED;\n',
      'S "x".L\nI',
    ],
    ['INDEX', 'CREATE INDEX i ON app.orders USING btree (who, at DESC NULLS LAST);\n', 'app.orders'],
    [
      'INDEX',
      'CREATE INDEX i ON app.c USING gin (name public.gin_trgm_ops) WITH (fastupdate=off);\n',
      'app.c',
    ],
    ['INDEX', 'CREATE UNIQUE INDEX i ON app.c USING btree (a) INCLUDE (b) NULLS NOT DISTINCT;\n', 'app.c'],
  ])('when it is over plain columns: %s %s', (desc, defn, table) => {
    expect(earlyIndexOf(entry({ desc, defn }))).toBe(table);
  });

  test.each([
    ['INDEX', 'CREATE INDEX i ON app.c USING btree (lower(name));\n'],
    ['INDEX', 'CREATE INDEX i ON app.c USING btree (name) WHERE (app.f(id) > 0);\n'],
    ['INDEX', 'CREATE INDEX i ON ONLY app.parted USING btree (name);\n'],
    ['INDEX', 'CREATE INDEX i ON app.c USING btree (name);\n\nALTER TABLE app.c CLUSTER ON i;\n'],
    ['CONSTRAINT', 'ALTER TABLE ONLY app.c\n    ADD CONSTRAINT x EXCLUDE USING gist (a WITH =);\n'],
    ['FK CONSTRAINT', 'ALTER TABLE ONLY app.c\n    ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES app.o(id);\n'],
  ])('but not when it can depend on another table: %s %s', (desc, defn) => {
    expect(earlyIndexOf(entry({ desc, defn }))).toBeUndefined();
  });

  const key = (table: string, dumpId: number) =>
    entry({
      dumpId,
      desc: 'CONSTRAINT',
      defn: `ALTER TABLE ONLY s.${table}\n    ADD CONSTRAINT k${dumpId} PRIMARY KEY (id);`,
    });
  const index = (table: string, dumpId: number) =>
    entry({ dumpId, desc: 'INDEX', defn: `CREATE INDEX i${dumpId} ON s.${table} USING btree (a);` });

  test('once its own table is loaded, the largest first, and never beside a constraint of the same table', () => {
    const queue = new IndexQueue([
      key('big', 1),
      index('big', 2),
      index('big', 3),
      key('small', 4),
      key('never', 5),
    ]);
    expect(queue.take()).toBeUndefined();
    queue.loaded(['s.small'], 10);
    queue.loaded(['s.big'], 1000);
    const first = queue.take();
    const second = queue.take();
    expect([first, second].map((job) => job?.entries.map((one) => one.dumpId))).toEqual([[1], [4]]);
    expect(queue.take()).toBeUndefined();
    expect(queue.waiting).toBe(true);
    if (first) queue.done(first);
    expect([queue.take(), queue.take()].map((job) => job?.entries[0]?.dumpId)).toEqual([2, 3]);
    expect(queue.waiting).toBe(false);
    expect([key('big', 1), key('never', 5)].map((one) => queue.had(one))).toEqual([true, false]);
  });

  test('as one job for the many small tables of a segment', () => {
    const queue = new IndexQueue([key('a', 1), key('b', 2), index('b', 3)]);
    queue.loaded(['s.a', 's.b', 's.without'], 10);
    expect(queue.take()?.entries.map((one) => one.dumpId)).toEqual([1, 2, 3]);
    expect(queue.waiting).toBe(false);
  });
});
