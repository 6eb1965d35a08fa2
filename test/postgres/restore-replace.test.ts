import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ConnectionSettings } from '../../adapters/postgres/connection.ts';
import { replaceDatabase } from '../../adapters/postgres/replace.ts';
import { dropDatabase, Undo } from '../../adapters/postgres/restore-undo.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { query } from './restore-fixture.ts';

let server: PostgresServer;
const names = { name: 'shop', restored: 'shop_restored', kept: 'shop_before' };

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server?.stop());

beforeEach(async () => {
  for (const name of ['shop', 'shop_restored']) await query(server.url(), `CREATE DATABASE ${name}`);
  await query(server.url('shop_restored'), 'CREATE TABLE restored (a int)');
});
afterEach(async () => {
  for (const name of Object.values(names))
    await query(server.url(), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
});

async function open(): Promise<pg.Client> {
  const client = new pg.Client(server.url());
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** The connection is lost at the statement: before the server has it, or with its answer. */
function losing(client: pg.Client, at: RegExp, when: 'before' | 'after'): pg.Client {
  const real = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const lossy = async (...args: unknown[]) => {
    if (!at.test(String(args[0]))) return real(...args);
    if (when === 'after') await real(...args);
    const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
    const closed = new Promise((resolve) => client.once('end', resolve));
    connection.stream.destroy();
    await closed;
    throw new Error('Connection terminated unexpectedly');
  };
  return Object.assign(client, { query: lossy });
}

const state = () =>
  query(
    server.url(),
    `SELECT datname AS name, datallowconn AS open FROM pg_database WHERE datname LIKE 'shop%' ORDER BY 1`,
  );
const swapped = [
  { name: 'shop', open: true },
  { name: 'shop_before', open: true },
];
const asBefore = [
  { name: 'shop', open: true },
  { name: 'shop_restored', open: true },
];
const quick = { pauseMilliseconds: 10, returns: 3 };

describe('replacing a database', () => {
  test('believes the server, not the lost answer to COMMIT', async () => {
    const clients = [losing(await open(), /^COMMIT/, 'after')];
    await replaceDatabase(async () => clients.shift() ?? open(), names, quick);
    expect(await state()).toEqual(swapped);
    expect(await query(server.url('shop'), 'SELECT count(*)::int AS n FROM restored')).toEqual([{ n: 0 }]);
  });

  test.each([
    ['closing it', /ALLOW_CONNECTIONS false/],
    ['the renaming', /^ALTER DATABASE .* RENAME/],
    ['COMMIT', /^COMMIT/],
  ])('that loses its connection at %s fails, and the old one is open', async (_, at) => {
    for (const when of ['before', 'after'] as const) {
      if (String(at).includes('COMMIT') && when === 'after') continue;
      const clients = [losing(await open(), at, when)];
      await expect(
        replaceDatabase(async () => clients.shift() ?? open(), names, quick),
      ).rejects.toMatchObject({
        code: 'RESTORE_FAILED',
      });
      expect(await state()).toEqual(asBefore);
    }
  });

  test('says how to open the database when the server does not come back', async () => {
    const clients = [losing(await open(), /RENAME/, 'before')];
    const gone = async () => {
      const client = clients.shift();
      if (client === undefined) throw new Error('connect ECONNREFUSED');
      return client;
    };
    await expect(replaceDatabase(gone, names, quick)).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('ALTER DATABASE "shop" ALLOW_CONNECTIONS true;'),
    });
  });
});

describe('undoing', () => {
  const settings = (): ConnectionSettings => {
    const url = new URL(server.url());
    return {
      ...{ host: url.hostname, address: url.hostname, port: Number(url.port), user: url.username },
      ...{ database: 'postgres', tls: 'disable', auth: 'scram', local: true },
      password: async () => decodeURIComponent(url.password),
    };
  };

  test('removes a database whose making was done and not answered', async () => {
    const undo = new Undo(settings(), 'postgres');
    const client = losing(await open(), /CREATE DATABASE/, 'after');
    await expect(undo.makeDatabase(client, 'shop_before', 'CREATE DATABASE shop_before')).rejects.toThrow();
    expect(await undo.undo()).toEqual([]);
    expect(await state()).toEqual(asBefore);
  });

  test('leaves a database alone that somebody else had made meanwhile', async () => {
    const undo = new Undo(settings(), 'postgres');
    const client = await open();
    await expect(undo.makeDatabase(client, 'shop', 'CREATE DATABASE shop')).rejects.toMatchObject({
      code: '42P04',
    });
    await client.end();
    expect(await undo.undo()).toEqual([]);
    expect(await state()).toEqual(asBefore);
  });

  test('does not stumble over a session that it may not end', async () => {
    await query(server.url(), `CREATE ROLE maker LOGIN CREATEDB PASSWORD 'maker'`);
    const maker = new pg.Client(server.url().replace(/\/\/.*@/, '//maker:maker@'));
    await maker.connect();
    await maker.query('CREATE DATABASE shop_before');
    const superuser = new pg.Client(server.url('shop_before'));
    await superuser.connect();
    setTimeout(() => void superuser.end(), 700);
    await dropDatabase(maker, 'shop_before');
    await maker.end();
    expect(await state()).toEqual(asBefore);
    await query(server.url(), 'DROP ROLE maker');
  });
});
