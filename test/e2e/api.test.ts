/**
 * The control plane on the local AWS, as deployed and with IAM enforced: tokens of the real user pool, the real gateway,
 * the API function with its own role, and what it sets going.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scheduleReader } from '../../adapters/scheduler/scheduler.ts';
import { localApiUrl } from '../../local/api-url.ts';
import { deployLocal } from '../../local/deploy.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres-server.ts';
import { type LocalTokens, makeUsers, signIn } from '../../local/users.ts';
import { invoke, runSql } from './support.ts';

interface Called {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what the API answers is looked at field by field in the tests.
  readonly body: any;
}

let work: string;
let emulator: Emulator;
let server: PostgresServer;
let outputs: Readonly<Record<string, string>>;
let url: string;
let schedules: ReturnType<typeof scheduleReader>;
let s3: S3Client;
const tokens = new Map<string, LocalTokens>();
const before = { ...process.env };
const trusted = tls.getCACertificates('default');

const plan = {
  id: 'shop',
  sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }],
  schedule: { cron: '0 2 * * *' },
};

async function call(
  method: string,
  path: string,
  asked: {
    readonly as?: string;
    readonly token?: string;
    readonly body?: unknown;
    readonly headers?: object;
  } = {},
): Promise<Called> {
  const token = asked.token ?? (asked.as && tokens.get(asked.as)?.access);
  const reply = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(asked.body !== undefined && { 'content-type': 'application/json' }),
      ...asked.headers,
    },
    body: asked.body === undefined ? undefined : JSON.stringify(asked.body),
  });
  const text = await reply.text();
  const isJson = /json/.test(reply.headers.get('content-type') ?? '');
  return {
    status: reply.status,
    headers: reply.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
}

/** Asks until the answer is as far as wanted. */
async function until(path: string, isThere: (answer: Called) => boolean): Promise<Called> {
  for (const giveUpAt = Date.now() + 90_000; ; await new Promise((wait) => setTimeout(wait, 500))) {
    const answer = await call('GET', path, { as: 'viewer' });
    if (isThere(answer)) return answer;
    if (Date.now() > giveUpAt) throw new Error(`${path} stays ${JSON.stringify(answer.body).slice(0, 2000)}`);
  }
}

const taskEnded = ({ body }: Called) => /^(?:completed|failed)$/.test(body.status);

async function keysBelow(Prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: outputs.VaultBucket, Prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'holdfast-api-'));
  server = await startPostgres();
  // The policies refuse what is not TLS.
  emulator = await startEmulator({
    stateDir: join(work, 'aws'),
    auth: true,
    ssl: true,
    env: { HOLDFAST_LOCAL: 'iam' },
  });
  Object.assign(process.env, emulator.env);
  // Node reads NODE_EXTRA_CA_CERTS when it starts, and this process has.
  const { AWS_CA_BUNDLE: ca = '' } = emulator.env;
  tls.setDefaultCACertificates([...trusted, await readFile(ca, 'utf8')]);
  const options = { objectLock: { mode: 'GOVERNANCE', days: 1 } };
  ({ outputs } = await deployLocal({ emulator, workDir: join(work, 'deploy'), auth: true, options }));
  url = localApiUrl(emulator.endpoint, outputs.ApiUrl ?? '');
  schedules = scheduleReader({ groupName: outputs.ScheduleGroup ?? '' });
  s3 = new S3Client({ forcePathStyle: true });
  for (const user of await makeUsers(outputs.UserPoolId ?? ''))
    tokens.set(user.role, await signIn(outputs.UserPoolClientId ?? '', user));

  const password = randomBytes(9).toString('hex');
  await runSql(
    server.url('postgres'),
    `CREATE ROLE holdfast_backup LOGIN BYPASSRLS PASSWORD '${password}' IN ROLE pg_read_all_data`,
    'CREATE DATABASE shop',
  );
  await runSql(
    server.url('shop'),
    'CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL)',
    'INSERT INTO customers SELECT n, md5(n::text) FROM generate_series(1, 1000) n',
  );
  const secrets = new SecretsManagerClient({});
  const { port } = server;
  const secret = {
    engine: 'postgres',
    host: '127.0.0.1',
    port,
    username: 'holdfast_backup',
    password,
    dbname: 'shop',
  };
  const Name = 'holdfast/sources/shop';
  await secrets.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(secret) }));
  secrets.destroy();
});

afterAll(async () => {
  s3?.destroy();
  await emulator?.stop();
  await server?.stop();
  tls.setDefaultCACertificates(trusted);
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  await rm(work, { recursive: true, force: true });
});

describe('who may call', () => {
  it('is everybody for what tells nothing', async () => {
    expect(await call('GET', '/v1/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect((await call('GET', '/v1/openapi.json')).body.openapi).toMatch(/^3\.1/);
  });

  it('is nobody without a token, with one that nobody signed, or with the word of who somebody is', async () => {
    const id = tokens.get('admin')?.id ?? '';
    const [head, claims] = (tokens.get('admin')?.access ?? '').split('.');
    expect((await call('GET', '/v1/status')).status).toBe(401);
    expect((await call('GET', '/v1/status', { token: `${head}.${claims}.AAAA` })).status).toBe(401);
    expect((await call('GET', '/v1/status', { token: id })).status).toBe(401);
    expect((await call('GET', '/v1/status', { as: 'viewer' })).status).toBe(200);
  });

  it('is who has the role for it: a viewer starts nothing, an operator makes no plan, and is told so', async () => {
    const refused = await call('POST', '/v1/backups', { as: 'viewer', body: { plan: 'shop' } });
    expect(refused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(refused.body.detail).toContain('holdfast-operator');
    expect((await call('POST', '/v1/plans', { as: 'operator', body: plan })).status).toBe(403);
    expect((await call('GET', '/v1/audit', { as: 'operator' })).status).toBe(403);
    expect(await schedules.find('shop')).toBeUndefined();
  });

  it.each(['/v1/plans', '/v1/backups', '/v1/restores', '/v1/alerts', '/v1/metrics'])(
    'sees %s as a viewer, with the rights that the function has',
    async (path) => {
      expect((await call('GET', path, { as: 'viewer' })).status).toBe(200);
    },
  );
});

describe('a plan', () => {
  it('is made with its schedule by an admin, and once: the same request again is answered again', async () => {
    const request = { as: 'admin', body: plan, headers: { 'idempotency-key': 'make-the-shop' } };
    const made = await call('POST', '/v1/plans', request);
    expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201 });
    expect(made.headers.get('etag')).toBe('"1"');
    const again = await call('POST', '/v1/plans', request);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await schedules.get('shop')).toMatchObject({ enabled: true });
  });

  it('is tried at its sources by the function that will read them', async () => {
    const started = await call('POST', '/v1/plans/shop/test', { as: 'operator', body: {} });
    expect(started, JSON.stringify(started.body)).toMatchObject({ status: 202 });
    const { body } = await until(started.headers.get('location') ?? '', taskEnded);
    expect(body, JSON.stringify(body)).toMatchObject({ status: 'completed' });
  });
});

describe('a backup', () => {
  let backupId: string;

  it('is made on request, to its end', async () => {
    const started = await call('POST', '/v1/backups', {
      as: 'operator',
      body: { plan: 'shop', label: 'by hand' },
    });
    expect(started, JSON.stringify(started.body)).toMatchObject({ status: 202 });
    backupId = started.body.backupId;
    const isOver = ({ status, body }: Called) => status === 200 && /^(?:completed|failed)$/.test(body.status);
    const { body } = await until(`/v1/backups/${backupId}`, isOver);
    expect(body, JSON.stringify(body.error)).toMatchObject({ status: 'completed', label: 'by hand' });
    expect(await keysBelow(`plans/shop/${backupId}/manifest`)).toHaveLength(1);
    expect(body.steps.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['claim', 'dump main', 'write-manifest', 'complete']),
    );
    expect(body.steps.every(({ state }: { state: string }) => state === 'done')).toBe(true);
  });

  it('has a log that the API may read, and no other one', async () => {
    const path = `/v1/log?backup=${backupId}`;
    // What its function wrote is there once the invocation has ended.
    const isThere = ({ body }: Called) =>
      body.items?.some((line: { function: string }) => line.function === 'backup');
    const { body } = await until(path, isThere);
    expect(body.items.map(({ message }: { message: string }) => message)).toContain('segment stored');
    expect(body.groups.length).toBeGreaterThan(5);
  });

  it('is proven on request', async () => {
    const path = `/v1/backups/${backupId}/verify`;
    const started = await call('POST', path, { as: 'operator', body: { level: 'readable' } });
    expect(started, JSON.stringify(started.body)).toMatchObject({ status: 202 });
    const { body } = await until(started.headers.get('location') ?? '', taskEnded);
    expect(body, JSON.stringify(body)).toMatchObject({ status: 'completed' });
  });

  it('is pinned by a word that lies in the vault', async () => {
    const pinned = await call('POST', `/v1/backups/${backupId}/pin`, {
      as: 'operator',
      body: { reason: 'year-end' },
    });
    expect(pinned, JSON.stringify(pinned.body)).toMatchObject({ status: 200 });
    expect(await keysBelow(`plans/shop/${backupId}/pins/`)).toHaveLength(1);
  });

  it('is downloaded by links that work for who has them, sealed', async () => {
    const path = `/v1/backups/${backupId}/download`;
    const answer = await call('POST', path, { as: 'admin', body: { minutes: 5 } });
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
    const [first] = answer.body.items;
    const reply = await fetch(first.url);
    expect(reply.status).toBe(200);
    expect((await reply.arrayBuffer()).byteLength).toBe(first.lengthBytes);
  });

  it('is not deleted while it is pinned', async () => {
    const refused = await call('DELETE', `/v1/backups/${backupId}`, { as: 'admin' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'BACKUP_KEPT' } });
  });
});

it('the round of watch has the rights that it has now, with the schedules to mend', async () => {
  const { reply, error } = await invoke(outputs.WatchFunction, { task: 'watch' });
  expect(error, JSON.stringify(reply)).toBeUndefined();
  const { body } = await call('GET', '/v1/alerts', { as: 'viewer' });
  const blind = body.items.filter(({ kind }: { kind: string }) => kind === 'watch-incomplete');
  expect(blind).toEqual([]);
});

it('notify proves that it reaches what it needs, and nothing of the vault', async () => {
  const { reply, error } = await invoke(outputs.NotifyFunction, { task: 'self-test' });
  expect(error, JSON.stringify(reply)).toBeUndefined();
  expect(reply, JSON.stringify(reply)).toMatchObject({ ok: true });
});

it('what was done stands in the audit trail: in the catalog for who asks, and sealed in the vault', async () => {
  const { status, body } = await call('GET', '/v1/audit?limit=200', { as: 'admin' });
  expect(status).toBe(200);
  const actions = body.items.map(({ action }: { action: string }) => action);
  for (const action of ['plan.create', 'backup.create']) expect(actions).toContain(action);
  const objects = await keysBelow('audit/api/');
  expect(objects.filter((key) => key.endsWith('-intent')).length).toBeGreaterThan(3);
  expect(objects.filter((key) => key.endsWith('-outcome')).length).toBeGreaterThan(3);
});

it('a plan that is deleted loses its schedule, and needs its revision to be said', async () => {
  expect((await call('DELETE', '/v1/plans/shop', { as: 'admin' })).status).toBe(428);
  const { headers } = await call('GET', '/v1/plans/shop', { as: 'viewer' });
  const gone = await call('DELETE', '/v1/plans/shop', {
    as: 'admin',
    headers: { 'if-match': headers.get('etag') ?? '' },
  });
  expect(gone.status, JSON.stringify(gone.body)).toBeLessThan(300);
  expect(await schedules.get('shop')).toBeUndefined();
});
