/**
 * An ordinary day through the API alone, on the local AWS as deployed: a plan for a database of one's own is tried, made
 * and run by its schedule; its password breaks, a mail says so; it is mended, and a restore brings the data back.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import pg from 'pg';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localApiUrl } from '../../local/api-url.ts';
import { deployLocal } from '../../local/deploy.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres-server.ts';
import { makeUsers, signIn } from '../../local/users.ts';
import { invoke, runSql } from './support.ts';

const mailFrom = 'holdfast@example.com';
const recipient = 'ada@example.org';
const secretName = 'holdfast/sources/own';
const sources = [{ kind: 'postgres', name: 'main', secret: secretName }];
const password = randomBytes(9).toString('hex');

let work: string;
let emulator: Emulator;
let server: PostgresServer;
let smtp: SMTPServer;
let outputs: Readonly<Record<string, string>>;
let url: string;
let token: string;
let secrets: SecretsManagerClient;
const mails: Email[] = [];
const before = { ...process.env };

interface Called {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what the API answers is looked at field by field.
  readonly body: any;
}

async function call(method: string, path: string, body?: unknown): Promise<Called> {
  const reply = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: reply.status, headers: reply.headers, body: await reply.json() };
}

/** Asks again and again until something is there. */
async function until<T>(what: string, look: () => Promise<T | undefined>, withinSeconds = 60): Promise<T> {
  for (
    const giveUpAt = Date.now() + withinSeconds * 1000;
    ;
    await new Promise((wait) => setTimeout(wait, 300))
  ) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error(`${what} is not there after ${withinSeconds} s`);
  }
}

/** What was started comes to its end at its Location. */
async function ended(started: Called) {
  expect(started, JSON.stringify(started.body)).toMatchObject({ status: 202 });
  const place = started.headers.get('location') ?? '';
  return until(`the end of ${place}`, async () => {
    const { status, body } = await call('GET', place);
    return status === 200 && /^(?:completed|failed|cancelled)$/.test(body.status) ? body : undefined;
  });
}

function mailAbout(words: RegExp): Promise<Email> {
  return until(
    `a mail about ${words}`,
    async () => mails.find(({ subject = '' }) => words.test(subject)),
    30,
  );
}

async function watch(): Promise<void> {
  const { reply, error } = await invoke(outputs.WatchFunction, { task: 'watch' });
  expect(error, JSON.stringify(reply)).toBeUndefined();
}

const secretValue = (given: string) =>
  JSON.stringify({
    ...{ engine: 'postgres', host: '127.0.0.1', port: server.port, dbname: 'own' },
    ...{ username: 'holdfast', password: given },
  });

async function rowsIn(database: string): Promise<number> {
  const client = new pg.Client({ connectionString: server.url(database) });
  await client.connect();
  try {
    return Number((await client.query('SELECT count(*) AS rows FROM customers')).rows[0].rows);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'holdfast-day-'));
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, _, done) => {
      buffer(stream)
        .then((bytes) => PostalMime.parse(bytes))
        .then((mail) => {
          mails.push(mail);
          done();
        }, done);
    },
  });
  await new Promise<void>((done) => smtp.listen(0, '127.0.0.1', done));
  const { port } = smtp.server.address() as AddressInfo;
  server = await startPostgres();
  emulator = await startEmulator({
    stateDir: join(work, 'aws'),
    env: { HOLDFAST_LOCAL: 'no-iam', SMTP_HOST: `127.0.0.1:${port}` },
  });
  Object.assign(process.env, emulator.env);
  const options = { notifications: { mailFrom } };
  ({ outputs } = await deployLocal({ emulator, workDir: join(work, 'deploy'), options }));
  url = localApiUrl(emulator.endpoint, outputs.ApiUrl ?? '');
  const ses = new SESv2Client({});
  await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: mailFrom }));
  ses.destroy();
  const admin = (await makeUsers(outputs.UserPoolId ?? '')).find(({ role }) => role === 'admin');
  if (!admin) throw new Error('there is no admin');
  token = (await signIn(outputs.UserPoolClientId ?? '', admin)).access;
  await runSql(
    server.url('postgres'),
    `CREATE ROLE holdfast LOGIN CREATEDB BYPASSRLS PASSWORD '${password}' IN ROLE pg_read_all_data`,
    'CREATE DATABASE own',
  );
  await runSql(
    server.url('own'),
    'CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL)',
    'INSERT INTO customers SELECT n, md5(n::text) FROM generate_series(1, 5000) n',
  );
  secrets = new SecretsManagerClient({});
  await secrets.send(new CreateSecretCommand({ Name: secretName, SecretString: secretValue(password) }));
});

afterAll(async () => {
  secrets?.destroy();
  await emulator?.stop();
  await server?.stop();
  await new Promise<void>((done) => (smtp ? smtp.close(() => done()) : done()));
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  await rm(work, { recursive: true, force: true });
});

it('a database of one’s own is backed up by its schedule, breaks, is told by mail, is mended and restored', async () => {
  const test = await ended(await call('POST', '/v1/plans/test', { plan: { id: 'own', sources } }));
  expect(test, JSON.stringify(test)).toMatchObject({ status: 'completed', result: { ok: true } });

  // The next minute that is not about to begin while the plan is being made.
  const due = new Date(Math.ceil((Date.now() + 5_000) / 60_000) * 60_000);
  const schedule = { cron: `${due.getUTCMinutes()} ${due.getUTCHours()} * * *` };
  const made = await call('POST', '/v1/plans', {
    ...{ id: 'own', sources, schedule },
    notifications: { recipients: [recipient] },
  });
  expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201 });
  expect(new Date(made.body.nextRuns[0])).toEqual(due);
  const scheduled = await until(
    'a backup by schedule',
    async () => {
      const { body } = await call('GET', '/v1/backups?plan=own&status=completed');
      return body.items[0];
    },
    120,
  );
  expect(scheduled).toMatchObject({ trigger: 'schedule', createdBy: 'scheduler' });
  expect(new Date(scheduled.slot)).toEqual(due);
  expect(mails).toEqual([]);

  const setPassword = (given: string) =>
    secrets.send(new PutSecretValueCommand({ SecretId: secretName, SecretString: secretValue(given) }));
  await setPassword('not-the-password');
  const broken = await ended(await call('POST', '/v1/backups', { plan: 'own' }));
  expect(broken).toMatchObject({ status: 'failed', error: { code: 'SOURCE_AUTH' } });
  const mail = await mailAbout(/own/);
  expect(mail.to?.[0]?.address).toBe(recipient);
  expect(mail.text).toContain('SOURCE_AUTH');
  expect(mail.html).toContain('SOURCE_AUTH');
  // Watch, which comes round once an hour, remembers what was told.
  await watch();
  const alerts = (await call('GET', '/v1/alerts?plan=own')).body.items;
  const alert = alerts.find(({ kind }: { kind: string }) => kind === 'backup-failed');
  expect(alert, JSON.stringify(alerts)).toMatchObject({ planId: 'own', backupId: broken.backupId });

  await setPassword(password);
  const mended = await ended(await call('POST', '/v1/backups', { plan: 'own' }));
  expect(mended, JSON.stringify(mended.error)).toMatchObject({ status: 'completed' });
  await watch();
  const well = await call('GET', `/v1/alerts/${alert.alertId}`);
  expect(well.body.closedAt).toBeDefined();
  expect((await mailAbout(/Well again/)).to?.[0]?.address).toBe(recipient);

  const options = { database: 'own_again', noOwner: true };
  const restored = await ended(await call('POST', `/v1/backups/${mended.backupId}/restore`, { options }));
  expect(restored, JSON.stringify(restored.error)).toMatchObject({ status: 'completed' });
  expect(restored.result.comparison?.differences ?? []).toEqual([]);
  expect(await rowsIn('own_again')).toBe(5000);
  expect(await rowsIn('own')).toBe(5000);
}, 240_000);
