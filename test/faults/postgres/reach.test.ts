/** What stands between Holdfast and a source: each obstacle is its own clear error, before any byte flows. */
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectionSettings,
  connect,
  libpqEnvironment,
  resolveConnection,
} from '../../../adapters/postgres/connection.ts';
import { runProgram } from '../../../adapters/postgres/programs.ts';
import { parseSecret } from '../../../adapters/postgres/secret.ts';
import type { PostgresSource } from '../../../adapters/postgres/source.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import {
  contextOf,
  createDatabase,
  createSourceRole,
  driverOf,
  dumpOne,
  openSource,
  plannedOf,
  psql,
  sourceOf,
  sourcePassword,
  sourceUrl,
} from '../../support/postgres-source.ts';

const silentEnd = (client: pg.Client) => client.end().catch(() => undefined);

async function settingsOf(
  secret: string,
  choices: { auth?: PostgresSource['auth']; tls?: PostgresSource['tls']; address?: string } = {},
) {
  return resolveConnection(parseSecret(secret), {
    auth: choices.auth ?? 'scram',
    allowLoopback: true,
    ...(choices.tls ? { tls: choices.tls } : {}),
    ...(choices.address ? { lookup: async () => [choices.address as string] } : {}),
  });
}

/** Both clients that talk to a source. */
const clients: readonly [string, (settings: ConnectionSettings) => Promise<unknown>][] = [
  ['the catalogue reader', async (settings) => silentEnd(await connect(settings))],
  [
    'pg_dump',
    async (settings) =>
      runProgram('pg_dump', ['--schema-only', '--no-password'], { env: await libpqEnvironment(settings) }),
  ],
];

/** Poses as a server: asks for a password and notes whether anything is answered. */
async function askingServer(method: 'password' | 'md5') {
  let answered = false;
  const ask = method === 'password' ? [0, 0, 0, 8, 0, 0, 0, 3] : [0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.from(['R'.charCodeAt(0), ...ask]));
      socket.on('data', (bytes: Buffer) => {
        // `p` is a PasswordMessage; X, goodbye, may come.
        answered ||= bytes[0] === 'p'.charCodeAt(0);
        // AuthenticationOk, so that what was answered is all that stops the client.
        socket.write(Buffer.from(['R'.charCodeAt(0), 0, 0, 0, 8, 0, 0, 0, 0]));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, answered: () => answered, close: () => server.close() };
}

describe('a login', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ settings: { password_encryption: 'md5' } });
    await psql(
      server,
      'postgres',
      `SET password_encryption = 'md5'; CREATE ROLE old_login LOGIN PASSWORD 'hunter2'; CREATE ROLE plain_login LOGIN PASSWORD 'hunter2'`,
    );
    const hba = join(server.dataDir, 'pg_hba.conf');
    const rules = ['host all old_login 127.0.0.1/32 md5', 'host all plain_login 127.0.0.1/32 password'];
    await writeFile(hba, `${rules.join('\n')}\n${await readFile(hba, 'utf8')}`);
    await psql(server, 'postgres', 'SELECT pg_reload_conf()');
  });
  afterAll(async () => server?.stop());

  const secret = (user: string, password = 'hunter2') =>
    `postgres://${user}:${password}@127.0.0.1:${server.port}/postgres`;

  it.each(clients)('with a wrong password is SOURCE_AUTH, without the password, by %s', async (_, use) => {
    const settings = await settingsOf(secret('postgres', 'hunter2-wrong'));
    const error = await use(settings).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SOURCE_AUTH' });
    expect(JSON.stringify({ error, text: String(error) })).not.toContain('hunter2');
  });

  it.each(clients)(
    'is not answered when the server asks for md5 and the plan says SCRAM, by %s',
    async (_, use) => {
      await expect(use(await settingsOf(secret('old_login')))).rejects.toMatchObject({
        code: 'SOURCE_AUTH_METHOD',
      });
      await expect(use(await settingsOf(secret('old_login'), { auth: 'md5' }))).resolves.not.toThrow();
    },
  );

  it.each(clients)('is not answered when the server asks for the password itself, by %s', async (_, use) => {
    for (const auth of ['scram', 'md5'] as const) {
      await expect(use(await settingsOf(secret('plain_login'), { auth }))).rejects.toMatchObject({
        code: 'SOURCE_AUTH_METHOD',
      });
    }
    await expect(use(await settingsOf(secret('plain_login'), { auth: 'password' }))).resolves.not.toThrow();
  });

  it.each(clients)(
    'sends no password to a server that asks for one by a forbidden method, by %s',
    async (_, use) => {
      for (const method of ['password', 'md5'] as const) {
        const impostor = await askingServer(method);
        const settings = await settingsOf(`postgres://u:hunter2@127.0.0.1:${impostor.port}/x`, {
          tls: 'disable',
        });
        await expect(use(settings)).rejects.toMatchObject({ code: 'SOURCE_AUTH_METHOD' });
        expect(impostor.answered()).toBe(false);
        impostor.close();
      }
    },
  );

  it('by the password itself is refused where nobody checks whose server it is', async () => {
    for (const tls of ['require', 'prefer', 'disable'] as const) {
      const remote = settingsOf('postgres://u:p@db.example.org/x', {
        auth: 'password',
        tls,
        address: '10.9.9.9',
      });
      await expect(remote).rejects.toMatchObject({ code: 'SOURCE_AUTH_METHOD' });
    }
    await expect(
      settingsOf('postgres://u:p@db.example.org/x', { auth: 'password', address: '10.9.9.9' }),
    ).resolves.toMatchObject({ tls: 'verify-full' });
  });

  it('by IAM makes a new token for each connection', async () => {
    let made = 0;
    const settings = await resolveConnection(
      parseSecret(`postgres://plain_login@127.0.0.1:${server.port}/postgres`),
      {
        ...{ auth: 'iam', allowLoopback: true, tls: 'disable' },
        iamToken: async ({ username, port }) => {
          made++;
          return username === 'plain_login' && port === server.port ? 'hunter2' : 'wrong';
        },
      },
    );
    for (const [, use] of clients) await use(settings);
    expect(made).toBe(2);
  });

  it('without a password to a server that asks for one says so', async () => {
    const settings = await settingsOf(`postgres://postgres@127.0.0.1:${server.port}/postgres`);
    for (const [, use] of clients)
      await expect(use(settings)).rejects.toMatchObject({ code: expect.stringMatching(/^SOURCE_AUTH/) });
  });

  it('to a server that is not there is SOURCE_UNREACHABLE', async () => {
    const settings = await settingsOf('postgres://u:p@127.0.0.1:1/x');
    for (const [, use] of clients)
      await expect(use(settings)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });

  it('to a loopback address is refused unless this is the local mode', async () => {
    const options = { url: server.url(), driver: { allowLoopback: false } };
    await expect(driverOf(options).targets(sourceOf(options), contextOf(options))).rejects.toMatchObject({
      code: 'HOST_FORBIDDEN',
    });
  });
});

describe('the certificate of a server', () => {
  let server: PostgresServer;
  let trusted: string;
  beforeAll(async () => {
    server = await startPostgres({ tls: true });
    trusted = await readFile(server.caFile ?? '', 'utf8');
  });
  afterAll(async () => server?.stop());

  const secret = (host: string, caCertificate?: string) =>
    JSON.stringify({
      host,
      port: server.port,
      username: 'postgres',
      password: server.password,
      dbname: 'postgres',
      caCertificate,
    });

  it.each(clients)('that nobody trusts is SOURCE_TLS, by %s', async (_, use) => {
    await expect(use(await settingsOf(secret('127.0.0.1'), { tls: 'verify-full' }))).rejects.toMatchObject({
      code: 'SOURCE_TLS',
    });
    await expect(use(await settingsOf(secret('127.0.0.1'), { tls: 'verify-ca' }))).rejects.toMatchObject({
      code: 'SOURCE_TLS',
    });
  });

  it.each(clients)(
    'that is trusted is checked against the name in the secret, not the address, by %s',
    async (_, use) => {
      const wrongName = await settingsOf(secret('db.example.org', trusted), {
        tls: 'verify-full',
        address: '127.0.0.1',
      });
      await expect(use(wrongName)).rejects.toMatchObject({ code: 'SOURCE_TLS' });
      const rightName = await settingsOf(secret('localhost', trusted), {
        tls: 'verify-full',
        address: '127.0.0.1',
      });
      await expect(use(rightName)).resolves.not.toThrow();
      const anyName = await settingsOf(secret('db.example.org', trusted), {
        tls: 'verify-ca',
        address: '127.0.0.1',
      });
      await expect(use(anyName)).resolves.not.toThrow();
    },
  );

  it.each(clients)('is not looked at with require, by %s', async (_, use) => {
    await expect(use(await settingsOf(secret('127.0.0.1'), { tls: 'require' }))).resolves.not.toThrow();
  });
});

describe('a server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ settings: { max_connections: 12, max_locks_per_transaction: 10 } });
    await createSourceRole(server);
  });
  afterAll(async () => server?.stop());

  it('without a free connection is SOURCE_FULL', async () => {
    await psql(server, 'postgres', `CREATE ROLE crowd LOGIN PASSWORD 'crowd'`);
    const crowd: pg.Client[] = [];
    try {
      for (let i = 0; i < 12; i++) {
        const client = new pg.Client({
          host: server.host,
          port: server.port,
          user: 'crowd',
          password: 'crowd',
          database: 'postgres',
        });
        client.on('error', () => undefined);
        await client.connect().then(
          () => crowd.push(client),
          () => undefined,
        );
      }
      await expect(openSource({ url: sourceUrl(server, 'postgres') })).rejects.toMatchObject({
        code: 'SOURCE_FULL',
      });
    } finally {
      await Promise.all(crowd.map(silentEnd));
    }
  });

  it('without room for locks is SOURCE_LOCK_TABLE_FULL, naming the setting', async () => {
    await createDatabase(server, 'many');
    for (let at = 0; at < 2000; at += 20) {
      await psql(
        server,
        'many',
        Array.from({ length: 20 }, (_, i) => `CREATE TABLE t${at + i} (id int);`).join('\n'),
      );
    }
    await expect(openSource({ url: sourceUrl(server, 'many') })).rejects.toMatchObject({
      code: 'SOURCE_LOCK_TABLE_FULL',
      message: expect.stringContaining('max_locks_per_transaction'),
    });
    const options = { url: sourceUrl(server, 'many') };
    const checks = await driverOf(options).test(sourceOf(options), contextOf(options));
    expect(checks.find((check) => check.name.endsWith('room for locks'))).toMatchObject({ ok: false });
  });
});

describe('a table', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
    await createSourceRole(server);
    await createDatabase(server, 'shop');
    await psql(
      server,
      'shop',
      `CREATE ROLE reader LOGIN PASSWORD '${sourcePassword}'; CREATE TABLE open_table (id int); GRANT SELECT ON open_table TO reader;
       CREATE TABLE "closed ""table""" (id int); CREATE TABLE guarded (id int); GRANT SELECT ON guarded TO reader;
       ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;`,
    );
  });
  afterAll(async () => server?.stop());

  const reader = () => sourceUrl(server, 'shop').replace('holdfast_source', 'reader');

  it('that the role may not read is SOURCE_PRIVILEGE, by name', async () => {
    await expect(openSource({ url: reader() })).rejects.toMatchObject({
      code: 'SOURCE_PRIVILEGE',
      message: expect.stringContaining('public.closed "table"'),
    });
  });

  it('that the role may not read is named by a test of the plan, which says what to do and what is well', async () => {
    const options = { url: reader() };
    const checks = await driverOf(options).test(sourceOf(options), contextOf(options));
    const bad = checks.filter(({ ok }) => !ok);
    expect(bad).toMatchObject([
      {
        name: 'shop: privileges and row security',
        detail: expect.stringMatching(
          /role reader may not read 1 .*public\.closed "table".*\(SOURCE_PRIVILEGE\)/,
        ),
        next: expect.stringContaining('Grant'),
      },
    ]);
    for (const name of ['login', 'shop: server', 'shop: size', 'shop: free connections'])
      expect(checks).toContainEqual(expect.objectContaining({ name, ok: true }));
    const open = {
      url: reader(),
      source: { exclude: { tables: [{ schema: 'public', table: 'closed "table"' }] } },
    };
    const guarded = await driverOf(open).test(sourceOf(open), contextOf(open));
    expect(guarded.filter(({ ok }) => !ok)).toMatchObject([
      { detail: expect.stringContaining('public.guarded') },
    ]);
  });

  it('with row level security is SOURCE_ROW_SECURITY, by name, and never fewer rows', async () => {
    const exclude = { tables: [{ schema: 'public', table: 'closed "table"' }] };
    await expect(openSource({ url: reader(), source: { exclude } })).rejects.toMatchObject({
      code: 'SOURCE_ROW_SECURITY',
      message: expect.stringContaining('public.guarded'),
    });
  });

  it('that another session has locked is SOURCE_LOCKED, by name, and no other', async () => {
    const other = new pg.Client({ connectionString: server.url('shop') });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE guarded IN ACCESS EXCLUSIVE MODE');
    const error = await openSource({
      url: sourceUrl(server, 'shop'),
      source: { lockTimeoutSeconds: 1 },
    }).catch((thrown: unknown) => thrown);
    await silentEnd(other);
    expect(error).toMatchObject({
      code: 'SOURCE_LOCKED',
      message: expect.stringContaining('public.guarded'),
    });
    expect(String(error)).not.toContain('open_table');
  });
});

/** Between a client and the server: when the client sends `text`, nothing goes either way any more. */
async function stallingProxy(port: number) {
  const sockets: Socket[] = [];
  let stallAt: string | undefined;
  let stalled: () => void = () => undefined;
  const proxy = createServer((client) => {
    const upstream = dial(port, '127.0.0.1');
    let silent = false;
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('data', (bytes: Buffer) => {
      if (stallAt !== undefined && bytes.includes(stallAt)) {
        silent = true;
        stalled();
      }
      if (!silent) upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => {
      if (!silent) client.write(bytes);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => {
      if (!silent) client.destroy();
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    /** Resolves when the text came by. */
    stallAt(text: string): Promise<void> {
      stallAt = text;
      return new Promise((resolve) => {
        stalled = resolve;
      });
    },
    close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

describe('a server that falls silent', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
    await psql(server, 'postgres', 'CREATE TABLE t (id int)');
  });
  afterAll(async () => server?.stop());

  /** What `run` ends with when it is aborted after the server fell silent at `text`. */
  async function abortedAt(
    text: string,
    run: (options: { url: string; signal: AbortSignal }, stall: () => void) => Promise<unknown>,
    stallFirst = true,
  ): Promise<unknown> {
    const proxy = await stallingProxy(server.port);
    const controller = new AbortController();
    const stall = () =>
      void proxy
        .stallAt(text)
        .then(() => setTimeout(() => controller.abort(new HoldfastError('DEADLINE', 'no time left')), 50));
    if (stallFirst) stall();
    const url = server.url('postgres').replace(`:${server.port}/`, `:${proxy.port}/`);
    try {
      return await run({ url, signal: controller.signal }, stall).catch((thrown: unknown) => thrown);
    } finally {
      proxy.close();
    }
  }

  it.each([
    'search_path',
    'pg_export_snapshot',
    'LOCK TABLE',
    'pg_table_size',
    'pg_identify_object',
    '_RETURN',
  ])('while a source is opened, at %s, does not outlive the deadline', async (text) => {
    expect(await abortedAt(text, openSource)).toMatchObject({ code: 'DEADLINE' });
  });

  it.each(['search_path', 'datistemplate'])(
    'while its databases are listed, at %s, does not outlive the deadline',
    async (text) => {
      const listed = await abortedAt(text, (options) => {
        const all = { ...options, source: { databases: 'all' } };
        return driverOf(all).targets(sourceOf(all), contextOf(all));
      });
      expect(listed).toMatchObject({ code: 'DEADLINE' });
    },
  );

  it.each(['count(*)', '_RETURN', 'transaction_timestamp'])(
    'while evidence is taken or confirmed, at %s, does not outlive the deadline',
    async (text) => {
      const ended = await abortedAt(
        text,
        async (options, stall) => {
          const opened = await openSource(options);
          try {
            const dumped = [];
            for (const planned of plannedOf(opened)) dumped.push((await dumpOne(opened, planned)).segment);
            stall();
            return await opened.confirm(dumped, await opened.evidence(options.signal));
          } finally {
            await opened.close();
          }
        },
        false,
      );
      expect(ended).toMatchObject({ code: 'DEADLINE' });
    },
  );
});
