/** The look at a MongoDB server before a restore: it says what the restore would be refused with, and changes nothing. */
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MongodbRestoreOptions } from '../../adapters/mongodb/restore-options.ts';
import type { Preflight } from '../../core/ports/recovery.ts';
import {
  type Recoverable,
  recoverable,
  recovery,
  recoveryContext,
  restoreRequest,
} from '../support/mongo-recovery.ts';
import { type MongoServer, mongo, startMongo } from '../support/mongo-server.ts';
import { dumpMongo, failureOf, mongoSource } from '../support/mongo-source.ts';
import { type FakeMember, startFakeMember } from '../support/mongo-stand-in.ts';

const states = ({ checks }: Preflight) => Object.fromEntries(checks.map(({ name, state }) => [name, state]));
const found = ({ checks }: Preflight, name: string) => checks.find((check) => check.name === name);
const failed = ({ checks }: Preflight) => checks.filter(({ state }) => state === 'failed');

type Asked = Partial<MongodbRestoreOptions> & { readonly replace?: boolean };

function given(url: string, { replace = false, ...options }: Asked) {
  const secrets = { get: async () => url };
  return { secrets, request: restoreRequest(options, { replace }) };
}

function look({ component, open }: Recoverable, url: string, asked: Asked = {}) {
  const { secrets, request } = given(url, asked);
  return recovery().preflight(component, mongoSource(), open, request, secrets, recoveryContext());
}

describe.skipIf(!mongo)('a look before a restore', () => {
  let server: MongoServer;
  let client: MongoClient;
  let backup: Recoverable;

  beforeAll(async () => {
    server = await startMongo();
    client = await new MongoClient(server.url()).connect();
    await client
      .db('shop')
      .collection('orders')
      .insertMany([{ n: 1 }, { n: 2 }]);
    await client.db('taken').collection('mine').insertOne({ n: 1 });
    const [component] = await dumpMongo(server.url(), { databases: ['shop'] });
    backup = recoverable(component as NonNullable<typeof component>);
  });
  afterAll(async () => {
    await client?.close();
    await server?.stop();
  });

  /** Collections of all databases. A stand-in shows a database that it was only asked about, without any. */
  async function everything() {
    const { databases } = await client.db('admin').admin().listDatabases();
    const lists = databases.map(async ({ name }) => {
      const found = await client.db(name).listCollections({}, { nameOnly: true }).toArray();
      return found.map((one) => `${name}.${one.name}`);
    });
    return (await Promise.all(lists)).flat().sort();
  }

  async function refusal(url: string, asked: Asked): Promise<string> {
    const { secrets, request } = given(url, asked);
    const { component, open } = backup;
    const driver = recovery();
    const error = await failureOf(
      driver.restore(component, mongoSource(), open, request, secrets, recoveryContext()),
    );
    return `${error.message} (${error.code})`;
  }

  it('finds nothing in the way of a new name, and makes nothing', async () => {
    const before = await everything();
    const result = await look(backup, server.url());
    expect(failed(result)).toEqual([]);
    expect(states(result)).toMatchObject({ selection: 'ok', reach: 'ok', name: 'ok', oplog: 'ok' });
    expect(found(result, 'name')?.detail).toContain('shop_restored_20261121t020000z');
    expect(result.needsBytes).toBeGreaterThan(0);
    expect(await everything()).toEqual(before);
  });

  it.each<readonly [string, string, Asked]>([
    ['a database that holds something', 'name', { database: 'taken' }],
    ['a collection that the backup does not hold', 'selection', { database: 'x', collections: ['nope'] }],
    ['users and roles of a backup that has none', 'selection', { usersAndRoles: true }],
  ])('says of %s what the restore says', async (_, name, asked) => {
    const result = await look(backup, server.url(), asked);
    expect(failed(result).map((check) => check.name)).toEqual([name]);
    expect(found(result, name)).toMatchObject({
      detail: await refusal(server.url(), asked),
      next: expect.any(String),
    });
  });

  it('says of a server that is not there what the restore says', async () => {
    const url = 'mongodb://127.0.0.1:1/?tls=false';
    const result = await look(backup, url, { database: 'x' });
    expect(failed(result).map(({ name }) => name)).toEqual(['reach']);
    expect(found(result, 'reach')?.detail).toBe(await refusal(url, { database: 'x' }));
  });

  it('warns of collections that would be dropped, and drops none', async () => {
    const result = await look(backup, server.url(), { database: 'taken', drop: true });
    expect(found(result, 'name')).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('1 in taken'),
    });
    expect(await client.db('taken').collection('mine').countDocuments()).toBe(1);
  });
});

describe.skipIf(!mongo)('what a server says of the user and of its disk', () => {
  let backup: Recoverable;
  beforeAll(async () => {
    const server = await startMongo();
    const client = await new MongoClient(server.url()).connect();
    await client
      .db('shop')
      .collection('orders')
      .insertOne({ text: 'x'.repeat(5000) });
    const [component] = await dumpMongo(server.url(), { databases: ['shop'] });
    backup = recoverable(component as NonNullable<typeof component>);
    await client.close();
    await server.stop();
  });

  interface Told {
    readonly users?: readonly object[];
    readonly privileges?: readonly object[];
    readonly free?: number;
    readonly hello?: object;
  }

  async function against(
    { users = [{ user: 'u', db: 'admin' }], privileges, free, hello }: Told,
    asked: Asked = {},
  ) {
    const commands: string[] = [];
    const member: FakeMember = await startFakeMember((command) => {
      const [name = ''] = Object.keys(command);
      commands.push(name);
      if (/^(hello|ismaster)$/i.test(name))
        return { isWritablePrimary: true, minWireVersion: 0, maxWireVersion: 21, ...hello };
      if (name === 'buildInfo') return { version: '99.0.1', gitVersion: 'x' };
      if (name === 'listCollections')
        return { cursor: { id: 0n, ns: `${command.$db}.$cmd.listCollections`, firstBatch: [] } };
      if (name === 'connectionStatus')
        return { authInfo: { authenticatedUsers: users, authenticatedUserPrivileges: privileges } };
      if (name === 'dbStats') return free === undefined ? {} : { fsTotalSize: 1e6, fsUsedSize: 1e6 - free };
      return {};
    });
    try {
      const url = `mongodb://127.0.0.1:${member.port}/?tls=false&directConnection=true`;
      return { result: await look(backup, url, { database: 'copy', ...asked }), commands };
    } finally {
      member.stop();
    }
  }

  const may = (resource: object, ...actions: string[]) => ({ resource, actions });
  const writes = ['createCollection', 'insert', 'createIndex'];
  it.each<readonly [string, string, Told & { readonly asked?: Asked }]>([
    ['no login is asked for', 'ok', { users: [], privileges: [] }],
    ['it may write everywhere', 'ok', { privileges: [may({ db: '', collection: '' }, ...writes)] }],
    ['it may do anything', 'ok', { privileges: [may({ anyResource: true }, 'anyAction')] }],
    ['it may write there', 'ok', { privileges: [may({ db: 'copy', collection: '' }, ...writes)] }],
    ['it may write elsewhere', 'failed', { privileges: [may({ db: 'other', collection: '' }, ...writes)] }],
    ['it may only read', 'failed', { privileges: [may({ db: '', collection: '' }, 'find')] }],
    [
      'it may not drop',
      'failed',
      { privileges: [may({ db: '', collection: '' }, ...writes)], asked: { drop: true } },
    ],
    [
      'one collection is its own',
      'warning',
      { privileges: [may({ db: 'copy', collection: 'orders' }, ...writes)] },
    ],
    ['it does not tell', 'unknown', {}],
  ])('where %s, the rights are %s', async (_, state, { asked, ...told }) => {
    const { result } = await against(told, asked);
    expect(found(result, 'rights')?.state).toBe(state);
  });

  it.each<readonly [string, string, Told]>([
    ['has room', 'ok', { free: 900_000 }],
    ['has little', 'warning', { free: 10 }],
    ['does not tell', 'unknown', {}],
    ['is many', 'unknown', { free: 900_000, hello: { msg: 'isdbgrid' } }],
  ])('a server that %s: space is %s', async (_, state, told) => {
    const { result } = await against({ users: [], ...told });
    expect(found(result, 'space')?.state).toBe(state);
    expect(result.needsBytes).toBeGreaterThan(0);
  });

  it('is all that is asked: no command writes', async () => {
    const { result, commands } = await against({ users: [], free: 900_000 });
    expect(failed(result)).toEqual([]);
    const asking = [
      'hello',
      'ismaster',
      'isMaster',
      'buildInfo',
      'listCollections',
      'connectionStatus',
      'dbStats',
    ];
    expect(commands.filter((name) => ![...asking, 'ping', 'endSessions'].includes(name))).toEqual([]);
  });
});
