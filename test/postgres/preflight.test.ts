/** The look at a server before a restore: it says what the restore would be refused with, word for word, and changes nothing. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PostgresFacts } from '../../adapters/postgres/model.ts';
import type { Preflight } from '../../core/ports/recovery.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type Asked, contextOf, recovery, requestOf, source } from './restore-context.ts';
import { type Fixture, makeFixture, query } from './restore-fixture.ts';

let server: PostgresServer;
let fixture: Fixture;
let before: unknown;

beforeAll(async () => {
  server = await startPostgres();
  await query(
    server.url(),
    `CREATE ROLE shop_owner; CREATE ROLE clerk LOGIN PASSWORD 'clerk' IN ROLE shop_owner;
     CREATE ROLE restorer LOGIN CREATEDB PASSWORD 'restorer' IN ROLE shop_owner;
     CREATE ROLE stranger LOGIN CREATEDB PASSWORD 'stranger';
     CREATE ROLE reader LOGIN CREATEDB PASSWORD 'reader'; ALTER ROLE reader SET default_transaction_read_only = on;`,
  );
  await query(server.url(), 'CREATE DATABASE shop OWNER shop_owner');
  await query(server.url(), 'CREATE DATABASE other');
  await query(
    server.url('shop'),
    `CREATE EXTENSION citext; CREATE EXTENSION pg_stat_statements;
     CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
     CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION note();
     CREATE TABLE items (id int PRIMARY KEY, name citext); ALTER TABLE items OWNER TO shop_owner;
     INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 100) i;`,
  );
  fixture = await makeFixture(server.url('shop'));
}, 60_000);
afterAll(() => server?.stop());

const everything = () =>
  query(
    server.url(),
    `SELECT (SELECT array_agg(datname || datdba || datconnlimit ORDER BY oid) FROM pg_database) AS databases,
       (SELECT array_agg(rolname ORDER BY oid) FROM pg_roles) AS roles,
       (SELECT array_agg(roleid || ' ' || member ORDER BY 1) FROM pg_auth_members) AS members`,
  );
beforeEach(async () => {
  before = await everything();
  return async () => expect(await everything()).toEqual(before);
});

const as = (user: string) => server.url().replace(/\/\/.*@/, `//${user}:${user}@`);

function withFacts(facts: Partial<PostgresFacts>): Fixture {
  const own = { ...fixture.component.facts, ...facts };
  return { ...fixture, component: { ...fixture.component, facts: own } };
}

async function look(url: string, asked: Asked = {}, of = fixture, open: typeof of.open | null = of.open) {
  const secrets = { get: async () => url };
  const driver = await recovery();
  return driver.preflight(of.component, source, open ?? undefined, requestOf(asked), secrets, contextOf());
}

async function refusal(url: string, asked: Asked = {}, of = fixture): Promise<string> {
  const secrets = { get: async () => url };
  const driver = await recovery();
  const error = await driver
    .restore(of.component, source, of.open, requestOf(asked), secrets, contextOf())
    .then(() => ({ message: 'it was restored', code: '' }))
    .catch((thrown) => thrown);
  return `${error.message} (${error.code})`;
}

const states = ({ checks }: Preflight) => Object.fromEntries(checks.map(({ name, state }) => [name, state]));
const found = ({ checks }: Preflight, name: string) => checks.find((check) => check.name === name);
/** What is free changes from moment to moment. */
const worded = (detail = '') => detail.replace(/\d+ free/, 'so much free');
const failed = ({ checks }: Preflight) => checks.filter(({ state }) => state === 'failed');

test('of a server that takes the backup, all is ok, and what it needs and has free is told', async () => {
  const result = await look(server.url(), { database: 'copy' });
  expect(states(result)).toEqual({
    ...{ reach: 'ok', definitions: 'ok', version: 'ok', rights: 'ok', name: 'ok', selection: 'ok' },
    ...{ roles: 'ok', 'left-out': 'ok', locale: 'ok', extensions: 'ok', space: 'ok' },
  });
  const { sizeBytes } = fixture.component.facts as unknown as PostgresFacts;
  expect(result.needsBytes).toBe(Math.ceil(sizeBytes * 1.1));
  expect(found(result, 'space')?.detail).toMatch(
    new RegExp(`about ${result.needsBytes} bytes.*; \\d+ are free`),
  );
  expect(JSON.stringify(result)).not.toContain('password');
});

describe('what the restore refuses', () => {
  const cases: readonly (readonly [string, string, () => readonly [string, Asked?, Fixture?]])[] = [
    [
      'a role that may not create databases',
      'rights',
      () => [as('clerk'), { database: 'copy', noOwner: true }],
    ],
    ['a role that only reads', 'rights', () => [as('reader'), { database: 'copy', noOwner: true }]],
    ['a name that is taken', 'name', () => [server.url(), { database: 'other' }]],
    [
      'a database to replace that is not there',
      'name',
      () => [server.url(), { database: 'x', replace: true }],
    ],
    [
      'a database of somebody else',
      'name',
      () => [as('restorer'), { database: 'other', replace: true, noOwner: true }],
    ],
    [
      'roles that are not there',
      'roles',
      () => [server.url(), { database: 'copy' }, withFacts({ owner: 'gone' })],
    ],
    ['owners that it cannot act for', 'roles', () => [as('stranger'), { database: 'copy' }]],
    [
      'extensions that the server lacks',
      'extensions',
      () => {
        const postgis = { name: 'no_such', version: '1', schema: 'public', trusted: true };
        return [server.url(), { database: 'copy' }, withFacts({ extensions: [postgis] })];
      },
    ],
    [
      'too little room',
      'space',
      () => [server.url(), { database: 'copy' }, withFacts({ sizeBytes: 2 ** 52 })],
    ],
    [
      'a table that the backup does not hold',
      'selection',
      () => [
        server.url(),
        { database: 'copy', only: { schemas: [], tables: [{ schema: 'public', table: 'no' }] } },
      ],
    ],
    [
      'a password that is wrong',
      'reach',
      () => [server.url().replace(/:[^:@]*@/, ':wrong@'), { database: 'copy' }],
    ],
    [
      'a server that is not there',
      'reach',
      () => ['postgresql://u:p@127.0.0.1:1/postgres', { database: 'copy' }],
    ],
  ];
  test.each(cases)(
    '%s is what the look says, in the same words, and how to mend it',
    async (_, name, given) => {
      const [url, asked, of] = given();
      const result = await look(url, asked, of);
      expect(failed(result).map((check) => check.name)).toEqual([name]);
      expect(worded(found(result, name)?.detail)).toBe(worded(await refusal(url, asked, of)));
      expect(found(result, name)?.next).toBeTruthy();
    },
  );
});

test('all that is wrong is said at once, not the first of it', async () => {
  const extensions = [{ name: 'no_such', version: '1', schema: 'public', trusted: true }];
  const of = withFacts({ owner: 'gone', extensions });
  const result = await look(as('clerk'), { database: 'other' }, of);
  expect(failed(result).map(({ name }) => name)).toEqual(['rights', 'name', 'roles', 'extensions']);
});

describe('what a restore goes on with, and a person should know before', () => {
  test('of a role that is no superuser: what is left out, and extensions that it may not create', async () => {
    const result = await look(as('restorer'), { database: 'copy', noOwner: true });
    expect(failed(result)).toEqual([]);
    expect(found(result, 'left-out')).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('EVENT TRIGGER noted: event triggers need a superuser'),
    });
    expect(found(result, 'extensions')).toMatchObject({
      state: 'warning',
      detail: expect.stringMatching(/may not create them: pg_stat_statements$/),
    });
    expect(found(result, 'space')).toMatchObject({
      state: 'unknown',
      next: expect.stringContaining('storage'),
    });
  });

  test('roles that will be made', async () => {
    const of = withFacts({ owner: 'gone' });
    const result = await look(server.url(), { database: 'copy', createRoles: true }, of);
    expect(found(result, 'roles')).toMatchObject({ state: 'ok', detail: expect.stringContaining('gone') });
  });

  test('a server that is older, other versions of extensions, and a locale that it does not list', async () => {
    const of = withFacts({
      ...{ serverVersion: '99.1', serverVersionNum: 990_001, collate: 'xx_XX.UTF-8', ctype: 'xx_XX.utf8' },
      ...{ localeProvider: 'libc', locale: undefined as never },
      extensions: [{ name: 'citext', version: '99', schema: 'public', trusted: true }],
    });
    const result = await look(server.url(), { database: 'copy' }, of);
    expect(failed(result)).toEqual([]);
    expect(found(result, 'version')).toMatchObject({ state: 'warning', next: expect.stringContaining('99') });
    expect(found(result, 'extensions')).toMatchObject({ detail: expect.stringContaining('instead of 99') });
    expect(found(result, 'locale')).toMatchObject({ detail: expect.stringContaining('does not list xx_XX') });
    expect(await refusal(server.url(), { database: 'copy' }, of)).toContain('xx_XX');
  });
});

test('without what the backup itself holds, only what depends on it is unknown', async () => {
  const result = await look(server.url(), { database: 'copy' }, fixture, null);
  expect(states(result)).toMatchObject({ roles: 'unknown', name: 'ok', extensions: 'ok', space: 'ok' });
  expect(found(result, 'definitions')).toBeUndefined();
});
