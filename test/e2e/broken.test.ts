/**
 * The days when nobody looks: each thing that can break is broken on a deployed stack, a person hears of it, and the
 * next step that the alert names mends it. Through the command line and the functions, as a person would.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteTableCommand,
  DynamoDBClient,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteScheduleCommand, GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoCatalog } from '../../adapters/dynamodb/catalog.ts';
import { generateWrappingKey } from '../../core/keys/generate.ts';
import type { BackupRow, Catalog } from '../../core/ports/catalog.ts';
import { readState } from '../../core/state.ts';
import { AlertListener } from '../../local/alert-listener.ts';
import { deployLocal } from '../../local/deploy.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres-server.ts';
import { holdfast, invoke, runSql } from './support.ts';

describe('what breaks is told, and can be mended', () => {
  let work: string;
  let emulator: Emulator;
  let server: PostgresServer;
  let outputs: Readonly<Record<string, string>>;
  let catalog: Catalog;
  let listener: AlertListener;
  const before = { ...process.env };
  const password = randomBytes(9).toString('hex');

  const watch = async () => {
    const round = await holdfast('watch');
    const seen = `${round.errors}${JSON.stringify(round.json)} ${JSON.stringify(await catalog.listOpenAlerts())}`;
    expect(round, seen).toMatchObject({ code: 0, json: { status: 'done' } });
  };

  const sourceSecret = () =>
    JSON.stringify({
      engine: 'postgres',
      host: '127.0.0.1',
      port: server.port,
      username: 'holdfast_backup',
      password,
      dbname: 'shop',
    });

  const sql = (database: string, ...statements: string[]) => runSql(server.url(database), ...statements);

  const applyPlan = async (fields: Record<string, unknown> = {}) => {
    const plan = {
      id: 'shop',
      sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }],
      schedule: { cron: '0 2 * * *' },
      ...fields,
    };
    const file = join(work, 'shop.json');
    await writeFile(file, JSON.stringify(plan));
    const applied = await holdfast('plan', 'apply', '-f', file);
    expect(applied, applied.errors).toMatchObject({ code: 0 });
  };

  const backup = async (): Promise<BackupRow> => {
    const made = await holdfast('backup', 'shop');
    expect(made, made.errors).toMatchObject({ code: 0, json: { status: 'completed' } });
    return made.json as BackupRow;
  };

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'holdfast-broken-'));
    // Kept over a stop, and reachable for the user that the server runs as.
    await chmod(work, 0o711);
    await mkdir(join(work, 'pg'));
    await chmod(join(work, 'pg'), 0o777);
    const dataDir = join(work, 'pg', 'data');
    server = await startPostgres({ dataDir, password: randomBytes(9).toString('hex') });
    emulator = await startEmulator({ stateDir: join(work, 'aws'), env: { HOLDFAST_LOCAL: 'no-iam' } });
    Object.assign(process.env, emulator.env);
    ({ outputs } = await deployLocal({ emulator, workDir: join(work, 'deploy') }));
    catalog = dynamoCatalog({ tableName: outputs.CatalogTable ?? '' });
    listener = await AlertListener.start(outputs.AlertsTopicArn ?? '');
    await sql(
      'postgres',
      `CREATE ROLE holdfast_backup LOGIN CREATEDB BYPASSRLS PASSWORD '${password}' IN ROLE pg_read_all_data`,
      'CREATE DATABASE shop OWNER holdfast_backup',
    );
    await sql(
      'shop',
      'CREATE TABLE orders (id integer PRIMARY KEY, note text)',
      'INSERT INTO orders SELECT n, md5(n::text) FROM generate_series(1, 5000) n',
    );
    const secrets = new SecretsManagerClient({});
    await secrets.send(
      new CreateSecretCommand({ Name: 'holdfast/sources/shop', SecretString: sourceSecret() }),
    );
    secrets.destroy();
    await applyPlan();
  });

  afterAll(async () => {
    await listener?.stop();
    await emulator?.stop();
    await server?.stop();
    await rm(work, { recursive: true, force: true });
    process.env = before;
  });

  it('is green once there is a proven backup, an exported key that was proven, and a round of watch and cleanup', async () => {
    const { backupId } = await backup();
    const proof = await holdfast('verify', backupId);
    expect(proof, proof.errors).toMatchObject({ code: 0 });
    const exported = await holdfast('keys', 'export', '--out', join(work, 'keys.pem'));
    expect(exported, exported.errors).toMatchObject({ code: 0 });
    const proven = await holdfast('keys', 'prove', '--key', join(work, 'keys.pem'));
    expect(proven, proven.errors).toMatchObject({ code: 0 });
    const cleaned = await holdfast('cleanup');
    expect(cleaned, cleaned.errors).toMatchObject({ code: 0 });
    await watch();
    const status = await holdfast('status');
    expect(status, `${status.errors}${JSON.stringify(status.json, null, 1)}`).toMatchObject({ code: 0 });
  });

  it('a stopped database: the run fails, is told, is well again with the next good one', async () => {
    await server.stop();
    const failed = await holdfast('backup', 'shop');
    expect(failed.code).toBe(5);
    const alert = await listener.next((one) => one.kind === 'backup-failed', 30);
    expect(alert.text).toContain('shop');
    await watch();
    expect((await holdfast('status')).code).not.toBe(0);

    server = await startPostgres({ dataDir: server.dataDir, password: server.password });
    const secrets = new SecretsManagerClient({});
    await secrets.send(
      new PutSecretValueCommand({ SecretId: 'holdfast/sources/shop', SecretString: sourceSecret() }),
    );
    secrets.destroy();
    await backup();
    await watch();
    expect(
      await listener.next((one) => one.kind === 'backup-failed' && one.state === 'recovered', 30),
    ).toBeDefined();
  });

  it('a deleted schedule: watch makes it again, and says so', async () => {
    // A plan that was changed just now is given time to get its schedule.
    const row = await catalog.getPlan('shop');
    if (row) await catalog.putPlan(row.plan, row.revision, 'test', '2026-11-01T00:00:00.000Z');
    const scheduler = new SchedulerClient({});
    await scheduler.send(new DeleteScheduleCommand({ GroupName: outputs.ScheduleGroup, Name: 'shop' }));
    await watch();
    const alert = await listener.next((one) => one.kind === 'schedule-wrong', 30);
    expect(alert.text).toContain('shop');
    const again = new GetScheduleCommand({ GroupName: outputs.ScheduleGroup, Name: 'shop' });
    expect((await scheduler.send(again)).State).toBe('ENABLED');
    scheduler.destroy();
    await watch();
    await listener.next((one) => one.kind === 'schedule-wrong' && one.state === 'recovered', 30);
  });

  it('an object deleted behind its back: the verification fails, and undeleting what was hidden mends it', async () => {
    const { backupId } = await backup();
    const s3 = new S3Client({ forcePathStyle: true });
    const below = { Bucket: outputs.VaultBucket, Prefix: `plans/shop/${backupId}/a01/` };
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand(below));
    const key = Versions.find((one) => one.Key?.includes('-data') || one.Key)?.Key ?? '';
    await s3.send(new DeleteObjectCommand({ Bucket: outputs.VaultBucket, Key: key }));
    const bad = await holdfast('verify', backupId, '--level', 'stored');
    expect(bad.code).toBe(7);
    await listener.next((one) => one.kind === 'verification-failed', 30);

    const mended = await holdfast('undelete', '--as-operator', backupId);
    expect(mended, mended.errors).toMatchObject({ code: 0 });
    s3.destroy();
    const good = await holdfast('verify', backupId, '--level', 'readable');
    expect(good, good.errors).toMatchObject({ code: 0 });
  });

  it('a full quota is told before it is full, and ends with a larger one', async () => {
    await applyPlan({ quotaBytes: 10 });
    await watch();
    const alert = await listener.next((one) => one.kind === 'quota-near', 30);
    expect(alert.text).toContain('quotaBytes');
    await applyPlan({ quotaBytes: 10_000_000_000 });
    await watch();
    await listener.next((one) => one.kind === 'quota-near' && one.state === 'recovered', 30);
    await applyPlan();
  });

  it('a pause is told, starts nothing, and ends', async () => {
    expect(await holdfast('pause', 'shop', '--reason', 'a migration')).toMatchObject({ code: 0 });
    expect(
      await invoke(outputs.BackupFunction, {
        task: 'backup',
        planId: 'shop',
        scheduledTime: '2026-11-20T02:00:00Z',
      }),
    ).toMatchObject({ reply: { status: 'paused' } });
    await watch();
    expect((await listener.next((one) => one.kind === 'paused', 30)).text).toContain('a migration');
    expect(await holdfast('resume', 'shop')).toMatchObject({ code: 0 });
    await watch();
    await listener.next((one) => one.kind === 'paused' && one.state === 'recovered', 30);
  });

  it('a cleanup that stopped is told, and one by hand ends it', async () => {
    const { value, revision } = await readState(catalog, 'cleanup');
    await catalog.putState('cleanup', { ...value, completedAt: '2026-01-01T00:00:00.000Z' }, revision);
    await watch();
    const alert = await listener.next((one) => one.kind === 'cleanup-stalled', 30);
    expect(alert.text).toContain('holdfast cleanup');
    expect(await holdfast('cleanup')).toMatchObject({ code: 0 });
    await watch();
    await listener.next((one) => one.kind === 'cleanup-stalled' && one.state === 'recovered', 30);
  });

  it('lost private keys: verification says which key is missing, and the export brings them back', async () => {
    const { backupId } = await backup();
    const secrets = new SecretsManagerClient({});
    const other = await generateWrappingKey(new Date());
    const SecretString = JSON.stringify({ format: 'holdfast/private-keys', version: 1, keys: [other] });
    await secrets.send(new PutSecretValueCommand({ SecretId: outputs.SecretPrivateArn, SecretString }));
    secrets.destroy();
    const lost = await holdfast('verify', backupId, '--level', 'readable');
    expect(lost.code).not.toBe(0);
    expect(lost.json.error.code).toBe('KEY_MISSING');
    // Passing trouble is not told; what has lasted for an hour is.
    const dynamodb = new DynamoDBClient({});
    const anHourAgo = new Date(Date.now() - 61 * 60_000).toISOString();
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: outputs.CatalogTable,
        Key: { pk: { S: 'PLAN#shop' }, sk: { S: `BACKUP#${backupId}` } },
        UpdateExpression: 'SET completedAt = :at',
        ExpressionAttributeValues: { ':at': { S: anHourAgo } },
      }),
    );
    dynamodb.destroy();
    await watch();
    const alert = await listener.next((one) => one.kind === 'verification-error', 30);
    expect(alert.text).toContain('KEY_MISSING');

    const mended = await holdfast('keys', 'import', '--key', join(work, 'keys.pem'));
    expect(mended, mended.errors).toMatchObject({ code: 0 });
    const good = await holdfast('verify', backupId, '--level', 'readable');
    expect(good, good.errors).toMatchObject({ code: 0 });
  });

  it('a deleted catalog table: everything in the vault is listed again', async () => {
    const { rows } = await catalog.listBackups('shop', { status: 'completed' });
    const dynamodb = new DynamoDBClient({});
    await dynamodb.send(
      new UpdateTableCommand({ TableName: outputs.CatalogTable, DeletionProtectionEnabled: false }),
    );
    await dynamodb.send(new DeleteTableCommand({ TableName: outputs.CatalogTable }));
    dynamodb.destroy();
    const listed = await holdfast('list', 'shop');
    expect(listed.code).toBe(6);
    const rebuilt = await holdfast('catalog', 'rebuild', '--create-table', '--yes');
    expect(rebuilt, rebuilt.errors).toMatchObject({ code: 0 });
    const again = await catalog.listBackups('shop', { status: 'completed' });
    expect(again.rows.map((row) => row.backupId).sort()).toEqual(rows.map((row) => row.backupId).sort());
    expect((await catalog.getPlan('shop'))?.plan.id).toBe('shop');
    const into = ['--yes', '--no-owner', '--database', 'shop_again'];
    const restored = await holdfast('restore', rows[0]?.backupId ?? '', ...into);
    expect(restored, restored.errors).toMatchObject({ code: 0, json: { status: 'completed' } });
  });
});
