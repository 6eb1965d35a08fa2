/**
 * The whole product on the local AWS, as deployed: once with everything allowed, and once with IAM enforced, so that
 * least privilege is seen to be enough. Real functions, a real server, a real schedule, the schema with everything.
 */

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoCatalog } from '../../adapters/dynamodb/catalog.ts';
import { parsePlan } from '../../adapters/kinds.ts';
import { eventBridgeScheduler } from '../../adapters/scheduler/scheduler.ts';
import { backupIdFor } from '../../core/format/layout.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { readState } from '../../core/state.ts';
import { AlertListener } from '../../local/alert-listener.ts';
import { deployLocal } from '../../local/deploy.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres-server.ts';
import { invoke, runSql } from './support.ts';

const exec = promisify(execFile);

/** What `aws s3 sync` does. */
async function download(bucket: string, prefix: string, to: string): Promise<void> {
  const client = new S3Client({ forcePathStyle: true });
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  for (const { Key = '' } of Contents) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    await mkdir(dirname(join(to, Key)), { recursive: true });
    await writeFile(join(to, Key), (await Body?.transformToByteArray()) ?? '');
  }
  client.destroy();
}

describe.each([
  { name: 'with everything allowed', auth: false },
  { name: 'with IAM enforced', auth: true },
])('the deployed stack, $name', ({ auth }) => {
  let work: string;
  let emulator: Emulator;
  let server: PostgresServer;
  let outputs: Readonly<Record<string, string>>;
  let catalog: Catalog;
  let listener: AlertListener;
  const before = { ...process.env };
  const trusted = tls.getCACertificates('default');
  const password = randomBytes(9).toString('hex');

  const call = (name: string, event: unknown) => invoke(outputs[name], event);

  const secret = async (name: string, username: string, secretPassword = password) => {
    const client = new SecretsManagerClient({});
    const value = {
      engine: 'postgres',
      host: '127.0.0.1',
      port: server.port,
      username,
      password: secretPassword,
      dbname: 'shop',
    };
    await client.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(value) }));
    client.destroy();
  };

  const sql = (database: string, ...statements: string[]) => runSql(server.url(database), ...statements);

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'));
    server = await startPostgres();
    emulator = await startEmulator({
      stateDir: join(work, 'aws'),
      auth,
      // The policies refuse what is not TLS, and with IAM enforced they count.
      ssl: auth,
      env: { HOLDFAST_LOCAL: auth ? 'iam' : 'no-iam' },
    });
    Object.assign(process.env, emulator.env);
    // Node reads NODE_EXTRA_CA_CERTS when it starts, and this process has.
    const { AWS_CA_BUNDLE: ca } = emulator.env;
    if (ca) tls.setDefaultCACertificates([...trusted, await readFile(ca, 'utf8')]);
    // With locks in one of the two: they must be set, kept, and seen by the verification.
    const options = auth ? { objectLock: { mode: 'GOVERNANCE', days: 1 } } : {};
    ({ outputs } = await deployLocal({ emulator, workDir: join(work, 'deploy'), auth, options }));
    catalog = dynamoCatalog({ tableName: outputs.CatalogTable ?? '' });
    listener = await AlertListener.start(outputs.AlertsTopicArn ?? '');
    await sql(
      'postgres',
      `CREATE ROLE holdfast_backup LOGIN BYPASSRLS PASSWORD '${password}' IN ROLE pg_read_all_data`,
      `CREATE ROLE holdfast_restore LOGIN CREATEDB PASSWORD '${password}'`,
      'CREATE DATABASE shop',
    );
    await sql(
      'shop',
      'CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL)',
      'INSERT INTO customers SELECT n, md5(n::text) FROM generate_series(1, 20000) n',
      'CREATE TABLE orders (id integer PRIMARY KEY, customer integer REFERENCES customers, note jsonb)',
      "INSERT INTO orders SELECT n, 1 + n % 20000, jsonb_build_object('n', n) FROM generate_series(1, 50000) n",
      'CREATE VIEW named AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer',
    );
    await secret('holdfast/sources/shop', 'holdfast_backup');
    await secret('holdfast/sources/shop-restore', 'holdfast_restore');
    await secret('holdfast/sources/wrong', 'holdfast_backup', 'not-the-password');
    const scheduler = eventBridgeScheduler({
      groupName: outputs.ScheduleGroup ?? '',
      backupFunctionArn: outputs.BackupFunctionArn ?? '',
      roleArn: outputs.ScheduleRoleArn ?? '',
      deadLetterArn: outputs.ScheduleDlqArn ?? '',
    });
    for (const [id, name] of [
      ['shop', 'shop'],
      ['wrong', 'wrong'],
    ]) {
      const plan = parsePlan({
        id,
        sources: [{ kind: 'postgres', name: 'main', secret: `holdfast/sources/${name}` }],
        schedule: { cron: '0 2 * * *' },
      });
      await catalog.putPlan(plan, 0, 'test', new Date().toISOString());
      await scheduler.put(plan);
    }
  });

  afterAll(async () => {
    await listener?.stop();
    await emulator?.stop();
    await server?.stop();
    await rm(work, { recursive: true, force: true });
    process.env = before;
    tls.setDefaultCACertificates(trusted);
  });

  it('has keys after its deployment, and the template has none', async () => {
    const client = new SecretsManagerClient({});
    const { SecretString = '' } = await client.send(
      new GetSecretValueCommand({ SecretId: outputs.SecretPublicArn }),
    );
    client.destroy();
    expect(SecretString).toContain('BEGIN PUBLIC KEY');
    expect(SecretString).not.toContain('PRIVATE');
    const template = await readFile(join(work, 'deploy', 'cdk.out', 'Holdfast.template.json'), 'utf8');
    expect(template).not.toContain('PRIVATE KEY');
    expect(template).not.toContain('GenerateSecretString');
  });

  it.each([
    'BackupFunction',
    'VerifyFunction',
    'RestoreFunction',
    'CleanupFunction',
    'WatchFunction',
    'AdoptFunction',
  ])('%s passes its self-test', async (name) => {
    const { reply, error } = await call(name, { task: 'self-test' });
    expect(error).toBeUndefined();
    const { checks = [] } = reply as { checks?: { name: string; ok: boolean; detail: string }[] };
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(checks.length).toBeGreaterThan(3);
  });

  const slot = '2026-11-21T02:00:00Z';
  const backupId = backupIdFor('shop', slot);

  it('makes one backup of a slot that is delivered five times at once, and again after success', async () => {
    const event = { task: 'backup', planId: 'shop', scheduledTime: slot };
    const replies = await Promise.all(Array.from({ length: 5 }, () => call('BackupFunction', event)));
    expect(
      replies.some(({ reply }) => reply?.status === 'completed'),
      JSON.stringify(replies),
    ).toBe(true);
    expect((await call('BackupFunction', event)).reply).toMatchObject({ status: 'completed', backupId });
    const { rows } = await catalog.listBackups('shop');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ status: 'completed', backupId, kind: 'database', source: 'main' });
  });

  it('proves it by a restore drill, whose report counts every row', async () => {
    const { reply } = await call('VerifyFunction', {
      task: 'verify',
      planId: 'shop',
      backupId,
      level: 'restored',
    });
    const row = await catalog.getBackup('shop', backupId);
    expect(reply, row?.verification?.detail).toMatchObject({ result: 'passed', level: 'restored' });
    expect(row?.verification).toMatchObject({ status: 'passed', level: 'restored' });
    expect(row?.verification?.provenAt).toBeDefined();
  });

  it('has nothing left to verify, and says so when its schedule fires', async () => {
    expect((await call('VerifyFunction', { task: 'verify-due' })).reply).toMatchObject({
      waiting: { verified: 0, failed: 0, left: 0 },
      calendar: { failed: 0 },
    });
  });

  it('restores it into a new database that equals the old one', async () => {
    await catalog.createRestore(
      {
        restoreId: 'r-e2e-0000001',
        planId: 'shop',
        backupId,
        status: 'pending',
        createdBy: 'test',
        createdAt: new Date().toISOString(),
        correlationId: 'test',
        request: {
          planId: 'shop',
          backupId,
          options: { secret: 'holdfast/sources/shop-restore', database: 'shop_again', noOwner: true },
        },
      },
      new Date(Date.now() + 48 * 3_600_000).toISOString(),
    );
    const { reply } = await call('RestoreFunction', { task: 'restore', restoreId: 'r-e2e-0000001' });
    expect(reply).toMatchObject({ status: 'completed' });
    const client = new pg.Client({ connectionString: server.url('shop_again') });
    await client.connect();
    const { rows } = await client.query(
      'SELECT (SELECT count(*) FROM customers)::int AS customers, (SELECT count(*) FROM named)::int AS named',
    );
    await client.end();
    expect(rows[0]).toEqual({ customers: 20000, named: 50000 });
  });

  it('marks what has expired, every object of it, and an operator brings it back', async () => {
    const scheduledTime = '2020-01-01T02:00:00Z';
    const { reply: old } = await call('BackupFunction', { task: 'backup', planId: 'shop', scheduledTime });
    expect(old).toMatchObject({ status: 'completed' });
    const oldId = String(old.backupId);
    const { reply } = await call('CleanupFunction', { task: 'cleanup' });
    expect(reply).toMatchObject({ complete: true, failed: [], skipped: [], marked: { backups: 1 } });
    expect((await catalog.getBackup('shop', oldId))?.status).toBe('expired');
    const { value } = await readState(catalog, 'cleanup');
    expect(value?.completedAt).toBeDefined();

    const s3 = new S3Client({ forcePathStyle: true });
    const marks = async () => {
      const below = { Bucket: outputs.VaultBucket, Prefix: `plans/shop/${oldId}/` };
      const { Contents = [] } = await s3.send(new ListObjectsV2Command(below));
      return Promise.all(
        Contents.map(async ({ Key }) => {
          const tagging = new GetObjectTaggingCommand({ Bucket: outputs.VaultBucket, Key });
          const { TagSet = [] } = await s3.send(tagging);
          return TagSet.some(({ Key: name, Value }) => name === 'expire' && Value === 'yes');
        }),
      );
    };
    expect(new Set(await marks())).toEqual(new Set([true]));
    const cli = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
    const { stdout } = await exec(process.execPath, [cli, '--json', 'undelete', '--as-operator', oldId], {
      env: process.env,
    });
    expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', hidden: 0, isPinnedInVault: true });
    expect(new Set((await marks()).slice(0, -1))).toEqual(new Set([false]));
    s3.destroy();
  });

  it('watches a whole round with the rights that watch has', async () => {
    const { reply, error } = await call('WatchFunction', { task: 'watch' });
    expect(error, JSON.stringify(reply)).toBeUndefined();
    expect(reply).toMatchObject({ status: 'done', plans: 2 });
    const blind = (await catalog.listOpenAlerts()).filter(({ kind }) => kind === 'watch-incomplete');
    expect(blind).toEqual([]);
  });

  it('opens without AWS, and comes back by the commands that decrypt writes down', async () => {
    const from = join(work, 'downloaded');
    await download(outputs.VaultBucket ?? '', `plans/shop/${backupId}/`, from);
    const keys = new SecretsManagerClient({});
    for (const [file, id] of [
      ['private.json', outputs.SecretPrivateArn],
      ['public.json', outputs.SecretPublicArn],
    ] as const) {
      const { SecretString = '' } = await keys.send(new GetSecretValueCommand({ SecretId: id }));
      await writeFile(join(work, file), SecretString);
    }
    keys.destroy();
    const opened = join(work, 'opened');
    const env = { PATH: `${server.binDir}:${process.env.PATH}`, HOME: work };
    const cli = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
    const args = ['--key', join(work, 'private.json'), '--signers', join(work, 'public.json')];
    await exec(process.execPath, [cli, 'decrypt', ...args, '--in', from, '--out', opened], { env });

    const steps = (await readFile(join(opened, 'main', 'RESTORE.txt'), 'utf8'))
      .split('\n')
      .filter((line) => /^ {5}(createdb|pg_restore|vacuumdb) /.test(line))
      .map((line) => line.trim().replaceAll(/(-d |--owner=\S+ )shop\b/g, '$1shop_by_hand'));
    expect(steps.length).toBeGreaterThan(3);
    const libpq = {
      PGHOST: server.host,
      PGPORT: String(server.port),
      PGUSER: server.superuser,
      PGPASSWORD: server.password,
    };
    for (const step of steps)
      await exec('sh', ['-c', step], { cwd: join(opened, 'main'), env: { ...env, ...libpq } });
    const client = new pg.Client({ connectionString: server.url('shop_by_hand') });
    await client.connect();
    const { rows } = await client.query('SELECT count(*)::int AS named FROM named');
    await client.end();
    expect(rows[0]).toEqual({ named: 50000 });
  });

  it('tells a person when a run fails, without the password', async () => {
    const { reply } = await call('BackupFunction', {
      task: 'backup',
      planId: 'wrong',
      scheduledTime: slot,
    });
    expect(reply).toMatchObject({ status: 'failed', error: { code: 'SOURCE_AUTH' } });
    const alert = await listener.next((one) => one.planId === 'wrong' && one.kind === 'backup-failed', 20);
    expect(alert).toMatchObject({ kind: 'backup-failed', code: 'SOURCE_AUTH' });
    expect(JSON.stringify([alert, reply])).not.toContain('not-the-password');
  });

  it('tells a person when a function dies without an answer', async () => {
    // The failures queue gets what Lambda would put there; the emulator's own retries take minutes.
    const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs');
    const sqs = new SQSClient({});
    const arn = (outputs.ScheduleDlqArn ?? '').split(':');
    const queue = `${process.env.AWS_ENDPOINT_URL}/${arn[4]}/${arn[5]}`;
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queue,
        MessageBody: JSON.stringify({
          version: '1.0',
          timestamp: new Date().toISOString(),
          requestContext: {
            requestId: 'request-1',
            functionArn: `arn:aws:lambda:us-east-1:${arn[4]}:function:${outputs.BackupFunction}:$LATEST`,
            condition: 'RetriesExhausted',
            approximateInvokeCount: 3,
          },
          requestPayload: { task: 'backup', planId: 'shop', scheduledTime: '2026-11-20T02:00:00Z' },
          responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
          responsePayload: {
            errorType: 'Sandbox.Timedout',
            errorMessage: 'RequestId: x Error: Task timed out after 900.00 seconds',
          },
        }),
      }),
    );
    const alert = await listener.next((one) => one.kind === 'backup-crashed', 60);
    expect(alert.text).toContain('timed out');
    sqs.destroy();
  });

  it('keeps the catalog row small and whole', async () => {
    const client = new DynamoDBClient({});
    const row = await catalog.getBackup('shop', backupId);
    expect(row).toMatchObject({ tier: 'yearly', trigger: 'schedule', createdBy: 'scheduler', attempt: 1 });
    expect(JSON.stringify(row).length).toBeLessThan(20_000);
    const { Item } = await client.send(
      new GetItemCommand({
        TableName: outputs.CatalogTable,
        Key: { pk: { S: 'PLAN#shop' }, sk: { S: `BACKUP#${backupId}` } },
      }),
    );
    client.destroy();
    expect(Item).toBeDefined();
  });
});
