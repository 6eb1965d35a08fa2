import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HoldfastError } from '../../core/errors.ts';
import type { Comparison } from '../../core/ports/recovery.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { contextOf, recovery } from './restore-context.ts';
import { type Fixture, makeFixture, query, withStatement } from './restore-fixture.ts';
import { richRoles, richSchema } from './restore-schema.ts';

let server: PostgresServer;
let fixture: Fixture;
const workDir = join(tmpdir(), `holdfast-drill-test-${process.pid}`);

beforeAll(async () => {
  server = await startPostgres({ settings: { wal_level: 'logical' } });
  await query(server.url(), richRoles);
  await query(server.url(), 'CREATE DATABASE rich OWNER app_owner');
  await query(server.url('rich'), richSchema);
  fixture = await makeFixture(server.url('rich'), { large: ['app.customers', 'app.orders'] });
}, 180_000);
afterAll(() => server?.stop());

async function drill(given: Fixture, signal?: AbortSignal, keepFreeBytes?: number): Promise<Comparison> {
  const driver = await recovery(keepFreeBytes === undefined ? {} : { keepFreeBytes });
  return driver.drill(given.component, given.open, workDir, contextOf(signal));
}

/** The segments of the database after `sql`, with the evidence of before. */
async function changed(sql: string): Promise<Fixture> {
  await query(server.url(), 'DROP DATABASE IF EXISTS changed');
  await query(server.url(), 'CREATE DATABASE changed OWNER app_owner');
  await query(server.url('changed'), richSchema);
  await query(server.url('changed'), sql);
  const after = await makeFixture(server.url('changed'), { large: ['app.customers', 'app.orders'] });
  const { facts, evidence } = fixture.component;
  return { ...after, component: { ...after.component, facts, evidence } };
}

async function databaseOf(sql: string): Promise<Fixture> {
  await query(server.url(), 'DROP DATABASE IF EXISTS changed');
  await query(server.url(), 'CREATE DATABASE changed OWNER app_owner');
  await query(server.url('changed'), sql);
  return makeFixture(server.url('changed'));
}

describe('a drill', () => {
  test('passes for a schema with much of everything, and leaves nothing behind', async () => {
    const result = await drill(fixture);
    expect(result.differences).toEqual([]);
    expect(result.notProven).toEqual([]);
    expect(result.compared).toMatchObject({ tables: 11, sequences: 3, largeObjects: 2, extensions: 3 });
    expect(existsSync(workDir)).toBe(false);
    // Table by table, what the source had and what came back.
    const { items = [] } = result;
    expect(items).toHaveLength(11);
    for (const { same, source, restored } of items) {
      expect(same).toBe(true);
      expect(restored).toEqual(source);
    }
    expect(items.find(({ name }) => name === 'app.orders')).toMatchObject({
      type: 'table',
      source: { rows: expect.any(Number), checksum: expect.stringMatching(/^\d+$/) },
    });
  });

  test('shows first what differs, with what either side has', async () => {
    const result = await drill(await changed(`DELETE FROM app.events; DROP TABLE app.quick`));
    const differing = (result.items ?? []).filter(({ same }) => !same);
    expect(differing).toEqual((result.items ?? []).slice(0, differing.length));
    expect(differing.find(({ name }) => name === 'app.events_old')).toMatchObject({ restored: { rows: 0 } });
    expect(differing.find(({ name }) => name === 'app.quick')).not.toHaveProperty('restored');
    expect(result.items).toHaveLength(11);
  });

  test('is of tables, views and sequences that are listed by the names that a restore of some takes', async () => {
    const driver = await recovery();
    const question = { prefix: '', after: undefined, limit: 1000 };
    const { items } = await driver.listHeld(fixture.component, question, fixture.open, contextOf().signal);
    expect(driver.measure(fixture.component)).toMatchObject({ items: items.length });
    const evidence = fixture.component.evidence as {
      tables: { schema: string; name: string; rows: number }[];
    };
    for (const { schema, name, rows } of evidence.tables)
      expect(items.find((item) => item.name === `${schema}.${name}`)).toMatchObject({ type: 'table', rows });
    expect(items.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['view', 'sequence', 'materialized-view']),
    );
    expect(items.some(({ name }) => /^"|"$|\."/.test(name))).toBe(false);
  });

  test.each([
    [
      'a row that was changed',
      `UPDATE app.orders SET total = total + 1 WHERE id = 17`,
      /app\.orders has other content/,
    ],
    [
      'a row that is missing',
      `DELETE FROM app.customers WHERE id = (SELECT max(id) FROM app.customers) AND id NOT IN (SELECT customer FROM app.orders); DELETE FROM app.events WHERE ctid = '(0,1)' AND tableoid = 'app.events_old'::regclass`,
      /app\.events_old has \d+ rows, the evidence says/,
    ],
    [
      'a row that is there twice in place of another',
      `UPDATE app.parents SET x = 2`,
      /app\.parents has other content/,
    ],
    ['a table that is missing', `DROP TABLE app.quick`, /table app\.quick is missing/],
    [
      'a sequence that is behind',
      `SELECT setval('app.orders_id_seq', 10)`,
      /sequence app\.orders_id_seq stands at 10/,
    ],
    [
      'a sequence without an owner that is behind',
      `SELECT setval('app.shared', 100, true)`,
      /sequence app\.shared stands at 100/,
    ],
    ['an index that is missing', `DROP INDEX app.customers_lower`, /indexes app\.customers_lower is missing/],
    [
      'a constraint that is missing',
      `ALTER TABLE app.orders DROP CONSTRAINT orders_parent_fkey`,
      /constraints .*orders_parent_fkey.* is missing/,
    ],
    [
      'a policy that is missing',
      `DROP POLICY only_writer ON public.hidden`,
      /policies .*only_writer.* is missing/,
    ],
    [
      'a function more',
      `CREATE FUNCTION app.more() RETURNS int LANGUAGE sql RETURN 1`,
      /app\.more\(\) is there, and the source had none/,
    ],
    ['a large object that is missing', `SELECT lo_unlink(900001)`, /1 large objects, the evidence says 2/],
    [
      'a large object with other content',
      `SELECT lo_put(900001, 0, 'ONE')`,
      /large objects have other content/,
    ],
  ])('fails on %s', async (_, sql, line) => {
    const result = await drill(await changed(sql));
    expect(result.differences.join('\n')).toMatch(line);
  });

  test('does not mind a sequence that had gone on when its value was dumped', async () => {
    const result = await drill(await changed(`SELECT nextval('app.shared')`));
    expect(result.differences).toEqual([]);
  });

  test('reports what only a superuser can make, and proves the rest', async () => {
    const result = await drill(
      await databaseOf(`
        CREATE TABLE t (a int, g int); INSERT INTO t SELECT i, i FROM generate_series(1, 10) i;
        CREATE FUNCTION guard() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER guard ON ddl_command_start EXECUTE FUNCTION guard();
        CREATE PUBLICATION everything FOR ALL TABLES;
        CREATE FUNCTION c_one(int) RETURNS int LANGUAGE internal AS 'int4abs';
        CREATE VIEW over_c AS SELECT c_one(a) FROM t;
        CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
        CREATE FOREIGN TABLE afar (a int) SERVER far;
        CREATE SUBSCRIPTION theirs CONNECTION 'host=nowhere' PUBLICATION x WITH (connect = false);`),
    );
    await query(
      server.url('changed'),
      `ALTER SUBSCRIPTION theirs SET (slot_name = NONE); DROP SUBSCRIPTION theirs`,
    );
    expect(result.differences).toEqual([]);
    const lines = result.notProven.map(({ what, why }) => `${what}: ${why}`).join('\n');
    for (const name of ['guard', 'everything', 'c_one', 'over_c', 'postgres_fdw', 'far', 'afar', 'theirs'])
      expect(lines).toContain(name);
    expect(result.compared.rows).toBe(10);
  });

  test('says that an extension is not proven when it is not on the list, with what needs it', async () => {
    const result = await drill(
      await databaseOf(
        `CREATE EXTENSION pg_surgery; CREATE EXTENSION hstore; CREATE TABLE h (h hstore); INSERT INTO h VALUES ('a=>1')`,
      ),
    );
    expect(result.differences).toEqual([]);
    expect(result.notProven.map(({ what }) => what)).toContain('EXTENSION pg_surgery');
    expect(result.compared.rows).toBe(1);
  });

  test('that cannot be restored to its end is a difference, not a failure of the drill', async () => {
    const index = fixture.component.segments.findIndex((segment) => segment.name === 'data-1');
    const bytes = fixture.bytes[index] as Buffer;
    const cut = bytes.subarray(0, bytes.length - 3000);
    const result = await drill({
      ...fixture,
      open: (segment) => (segment.index === index ? Readable.from([cut]) : fixture.open(segment)),
    });
    expect(result.differences).toEqual([expect.stringMatching(/^pg_restore: .*data-1/)]);
    expect(existsSync(workDir)).toBe(false);
  });

  test('stops cleanly when the disk gets too small', async () => {
    await expect(drill(fixture, undefined, Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({
      code: 'SCRATCH_TOO_SMALL',
    });
    expect(existsSync(workDir)).toBe(false);
  });

  test('refuses to begin when the database does not fit', async () => {
    const facts = { ...fixture.component.facts, sizeBytes: 2 ** 52 };
    const huge = { ...fixture, component: { ...fixture.component, facts } };
    await expect(drill(huge)).rejects.toMatchObject({ code: 'SCRATCH_TOO_SMALL' });
  });

  test('ends with the reason when it is cancelled, and leaves no server', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new HoldfastError('DEADLINE', 'no time left')), 900);
    await expect(drill(fixture, controller.signal)).rejects.toMatchObject({ code: 'DEADLINE' });
    expect(existsSync(workDir)).toBe(false);
  });
});

describe('a hostile backup', () => {
  const witness = join(tmpdir(), `holdfast-witness-${process.pid}`);

  test.each([
    [
      'in the body of a function that the restore calls',
      `CREATE FUNCTION run() RETURNS int LANGUAGE plpgsql AS $$ BEGIN COPY (SELECT 1) TO PROGRAM 'touch ${witness}'; RETURN 1; END $$; CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW m AS SELECT run() AS r WITH NO DATA;`,
    ],
    [
      'in a function that calls itself a superuser’s',
      `CREATE FUNCTION run() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN COPY (SELECT 1) TO PROGRAM 'touch ${witness}'; RETURN 1; END $$; CREATE TABLE t (a int DEFAULT 0); CREATE INDEX i ON t ((a + 1));`,
    ],
  ])('cannot run programs: %s', async (_, sql) => {
    const made = await databaseOf(sql);
    const hostile = withStatement(
      made,
      /^CREATE (MATERIALIZED VIEW|TABLE)/,
      `COPY (SELECT 1) TO PROGRAM 'touch ${witness}'; `,
    );
    const result = await drill(hostile);
    expect(result.differences.join('\n')).toMatch(/permission denied to COPY to or from an external program/);
    expect(existsSync(witness)).toBe(false);
  });
});
