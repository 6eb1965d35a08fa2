import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type Asked, contextOf, recovery, requestOf, source } from './restore-context.ts';
import { type Fixture, makeFixture, query } from './restore-fixture.ts';

let server: PostgresServer;
let fixture: Fixture;

beforeAll(async () => {
  server = await startPostgres();
  await query(
    server.url(),
    `CREATE ROLE shop_owner; CREATE ROLE clerk LOGIN PASSWORD 'clerk';
     CREATE ROLE restorer LOGIN CREATEDB PASSWORD 'restorer' IN ROLE shop_owner;
     CREATE ROLE reader LOGIN PASSWORD 'reader'; ALTER ROLE reader SET default_transaction_read_only = on;`,
  );
  await query(server.url(), 'CREATE DATABASE shop OWNER shop_owner');
  await query(
    server.url('shop'),
    `SET ROLE shop_owner; CREATE SCHEMA app; CREATE TABLE app.items (id int PRIMARY KEY, name text);
     INSERT INTO app.items SELECT i, 'item ' || i FROM generate_series(1, 100) i; CREATE INDEX ON app.items (name);`,
  );
  fixture = await makeFixture(server.url('shop'), { large: ['app.items'] });
}, 60_000);
afterAll(() => server?.stop());

const as = (user: string, database?: string) => server.url(database).replace(/\/\/.*@/, `//${user}:${user}@`);

async function restoreAs(user: string, request: Asked, auth = source.auth) {
  const driver = await recovery({
    iamToken: async () => {
      throw new Error('no token for this server');
    },
  });
  const secrets = { get: async () => as(user) };
  const order = requestOf(request);
  return driver.restore(fixture.component, { ...source, auth }, fixture.open, order, secrets, contextOf());
}

const names = async () =>
  (await query<{ n: string }>(server.url(), 'SELECT datname AS n FROM pg_database ORDER BY 1')).map(
    (r) => r.n,
  );

describe('the role to restore with', () => {
  test('is asked for by name when the secret of the source cannot create databases', async () => {
    await expect(restoreAs('reader', { database: 'copy' })).rejects.toMatchObject({
      code: 'TARGET_UNSUITABLE',
      next: expect.stringMatching(/second secret.*--secret.*The role to restore with/s),
    });
    expect(await names()).not.toContain('copy');
  });

  test('is refused when its transactions are read-only, before anything is touched', async () => {
    await query(server.url(), 'ALTER ROLE reader CREATEDB');
    await expect(restoreAs('reader', { database: 'copy', secret: 'other' })).rejects.toMatchObject({
      code: 'TARGET_UNSUITABLE',
      message: expect.stringContaining('default_transaction_read_only'),
    });
    await query(server.url(), 'ALTER ROLE reader NOCREATEDB');
  });

  test.each(['iam', 'md5'] as const)(
    'logs in as its own secret can where the plan says auth %s',
    async (auth) => {
      const outcome = await restoreAs('restorer', { database: 'copy', secret: 'other' }, auth);
      expect(outcome.comparison?.differences).toEqual([]);
      await query(server.url(), 'DROP DATABASE copy');
    },
  );
});

describe('replacing as a role that is no superuser', () => {
  let clerk: pg.Client;
  let ended: Promise<unknown>;
  beforeEach(async () => {
    clerk = new pg.Client(as('clerk', 'shop'));
    ended = new Promise((resolve) => clerk.on('error', resolve));
    await clerk.connect();
    return async () => clerk.end().catch(() => undefined);
  });

  test('is refused at the start when there are sessions that it may not end', async () => {
    const before = await names();
    await expect(restoreAs('restorer', { database: 'shop', replace: true })).rejects.toMatchObject({
      code: 'TARGET_UNSUITABLE',
      message: expect.stringMatching(/clerk.*pg_signal_backend/s),
    });
    expect(await names()).toEqual(before);
    expect((await clerk.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('ends the sessions of others with pg_signal_backend, and keeps what it replaced', async () => {
    await query(server.url(), 'GRANT pg_signal_backend TO restorer');
    const outcome = await restoreAs('restorer', { database: 'shop', replace: true });
    await ended;
    const kept = (await names()).filter((name) => name.startsWith('shop_before_'));
    expect(kept).toEqual([expect.stringMatching(/^shop_before_\d{8}t\d{6}z$/)]);
    expect(outcome.nextSteps.join(' ')).toMatch(/subscription/);
    await query(server.url(), `DROP DATABASE "${kept[0]}"`);
  });
});
