/**
 * Several kinds of source in one recovery point, on the deployed stack with IAM enforced: PostgreSQL, MongoDB and a
 * bucket, made together, proven, restored; files in increments; and copies on a disk that need the disk and a key file.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoCatalog } from '../../adapters/dynamodb/catalog.ts';
import { parsePlan } from '../../adapters/kinds.ts';
import { eventBridgeScheduler } from '../../adapters/scheduler/scheduler.ts';
import type { BackupRow, Catalog } from '../../core/ports/catalog.ts';
import { deployLocal } from '../../local/deploy.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres-server.ts';
import { type MongoServer, mongo, startMongo } from '../support/mongo-server.ts';
import { holdfast, invoke, runSql } from './support.ts';

const uploads = 'shop-uploads';

describe.skipIf(!mongo)('a plan of several kinds of source', () => {
  let work: string;
  let emulator: Emulator;
  let server: PostgresServer;
  let documents: MongoServer;
  let client: MongoClient;
  let outputs: Readonly<Record<string, string>>;
  let catalog: Catalog;
  const before = { ...process.env };
  const trusted = tls.getCACertificates('default');
  const password = randomBytes(9).toString('hex');
  const s3 = () => new S3Client({ forcePathStyle: true });

  const upload = (Key: string, Body: string | Uint8Array, more = {}) =>
    s3().send(new PutObjectCommand({ Bucket: uploads, Key, Body, ...more }));
  const keysBelow = async (Prefix: string): Promise<readonly string[]> => {
    const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: uploads, Prefix }));
    return Contents.map(({ Key = '' }) => Key.slice(Prefix.length)).sort();
  };
  const textOf = async (Key: string): Promise<string> => {
    const { Body } = await s3().send(new GetObjectCommand({ Bucket: uploads, Key }));
    return (await Body?.transformToString()) ?? '';
  };
  const ok = async (...args: readonly string[]) => {
    const done = await holdfast(...args);
    expect(done, `${args.join(' ')}: ${done.errors}`).toMatchObject({ code: 0 });
    return done.json;
  };
  const backup = async (planId: string, scheduledTime: string): Promise<string> => {
    const { reply } = await invoke(outputs.BackupFunction, { task: 'backup', planId, scheduledTime });
    expect(reply, JSON.stringify(reply)).toMatchObject({ status: 'completed' });
    return String(reply.backupId);
  };
  const row = async (planId: string, backupId: string): Promise<BackupRow> => {
    const found = await catalog.getBackup(planId, backupId);
    if (!found) throw new Error(`${backupId} has no row`);
    return found;
  };

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'holdfast-sources-'));
    [server, documents] = await Promise.all([startPostgres(), startMongo()]);
    emulator = await startEmulator({
      stateDir: join(work, 'aws'),
      auth: true,
      ssl: true,
      env: {
        HOLDFAST_LOCAL: 'iam',
        MONGO_TOOLS_BIN: mongo?.binDir ?? '',
        HOLDFAST_MONGOD: mongo?.mongod.path ?? '',
      },
    });
    Object.assign(process.env, emulator.env);
    const { AWS_CA_BUNDLE: ca } = emulator.env;
    if (ca) tls.setDefaultCACertificates([...trusted, await readFile(ca, 'utf8')]);
    await s3().send(new CreateBucketCommand({ Bucket: uploads }));
    const options = { filesBuckets: [uploads], objectLock: { mode: 'GOVERNANCE', days: 1 } };
    ({ outputs } = await deployLocal({ emulator, workDir: join(work, 'deploy'), auth: true, options }));
    catalog = dynamoCatalog({ tableName: outputs.CatalogTable ?? '' });
    await runSql(
      server.url('postgres'),
      `CREATE ROLE holdfast LOGIN CREATEDB BYPASSRLS PASSWORD '${password}' IN ROLE pg_read_all_data`,
      'CREATE DATABASE shop OWNER holdfast',
    );
    await runSql(
      server.url('shop'),
      'CREATE TABLE orders AS SELECT n AS id, md5(n::text) AS note FROM generate_series(1, 5000) n',
      'ALTER TABLE orders OWNER TO holdfast',
    );
    client = await new MongoClient(documents.url()).connect();
    const carts = client.db('carts').collection<{ _id: number; items: string[] }>('open');
    await carts.insertMany(Array.from({ length: 3000 }, (_, n) => ({ _id: n, items: [`item ${n}`] })));
    await carts.createIndex({ items: 1 });
    for (let n = 0; n < 40; n += 1) await upload(`photos/${n}.txt`, `photo ${n} ${'x'.repeat(n * 50)}`);
    await upload('invoices/2026/köln.pdf', 'an invoice', {
      ContentType: 'application/pdf',
      Metadata: { customer: '17' },
    });
    await upload('invoices/copy.pdf', 'an invoice');

    const secrets = new SecretsManagerClient({});
    const values: Record<string, unknown> = {
      'holdfast/sources/shop': {
        ...{ engine: 'postgres', host: '127.0.0.1', port: server.port, username: 'holdfast', password },
        dbname: 'shop',
      },
      'holdfast/sources/carts': { uri: documents.url('carts') },
    };
    for (const [Name, value] of Object.entries(values))
      await secrets.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }));
    secrets.destroy();
    const scheduler = eventBridgeScheduler({
      groupName: outputs.ScheduleGroup ?? '',
      backupFunctionArn: outputs.BackupFunctionArn ?? '',
      roleArn: outputs.ScheduleRoleArn ?? '',
      deadLetterArn: outputs.ScheduleDlqArn ?? '',
    });
    await mkdir(join(work, 'second-disk'), { mode: 0o700 });
    const files = { kind: 'files', name: 'uploads', bucket: uploads };
    for (const plan of [
      {
        id: 'everything',
        sources: [
          { kind: 'postgres', name: 'shop', secret: 'holdfast/sources/shop' },
          { kind: 'mongodb', name: 'carts', secret: 'holdfast/sources/carts', serverSelectionSeconds: 2 },
          files,
        ],
        vaults: [{ name: 'disk', folder: join(work, 'second-disk') }],
      },
      {
        id: 'uploads',
        sources: [{ ...files, mode: 'incremental' }],
        retention: { hourly: 0, daily: 2, weekly: 0, monthly: 0, yearly: 0 },
      },
    ]) {
      const parsed = parsePlan(plan);
      await catalog.putPlan(parsed, 0, 'test', new Date().toISOString());
      await scheduler.put(parsed);
    }
  });

  afterAll(async () => {
    await client?.close();
    await emulator?.stop();
    await Promise.all([server?.stop(), documents?.stop()]);
    await rm(work, { recursive: true, force: true });
    process.env = before;
    tls.setDefaultCACertificates(trusted);
  });

  it('is tested from where its backups run', async () => {
    const [tested] = await ok('plan', 'test', 'everything');
    const checks = tested.sources.flatMap((one: { checks: { ok: boolean }[] }) => one.checks);
    expect(checks.length).toBeGreaterThan(10);
    expect(checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([]);
  });

  it('makes one backup of all, which is proven by restoring each', async () => {
    const made = await ok('backup', 'everything', '--label', 'before the 4.2 migration');
    expect(made).toMatchObject({ status: 'completed', kind: 'full', label: 'before the 4.2 migration' });
    const proof = await ok('verify', made.backupId, '--level', 'restored', '--report');
    expect(proof, JSON.stringify(proof.report?.remarks)).toMatchObject({
      status: 'passed',
      level: 'restored',
    });
    const levels = proof.report.components.map(({ name, level }: { name: string; level: string }) => [
      name,
      level,
    ]);
    expect(levels).toEqual([
      ['shop', 'restored'],
      ['carts', 'restored'],
      ['uploads', 'restored'],
    ]);
    // The disk that the plan names has a copy of it.
    const { copies } = await row('everything', made.backupId);
    expect(copies?.disk, JSON.stringify(copies)).toMatchObject({ at: expect.any(String) });
    expect(copies?.disk?.error).toBeUndefined();
    expect(await readdir(join(work, 'second-disk', 'plans', 'everything', made.backupId))).toContain(
      'manifest',
    );
  });

  it('is restored by its label, a component at a time, beside what is there', async () => {
    const point = ['everything@before the 4.2 migration', '--yes'];
    const database = await ok('restore', ...point, '--component', 'carts');
    expect(database).toMatchObject({ status: 'completed' });
    const { target, comparison } = database.result;
    expect(comparison.differences).toEqual([]);
    const restored = client.db(/carts_restored_\w+/.exec(target)?.[0] ?? '');
    expect(await restored.collection('open').countDocuments()).toBe(3000);
    expect((await restored.collection('open').indexes()).map(({ name }) => name)).toContain('items_1');

    const files = await ok('restore', ...point, '--component', 'uploads');
    expect(files).toMatchObject({ status: 'completed' });
    const [, prefix = ''] =
      new RegExp(`s3://${uploads}/(holdfast-restored/[^ ]+/)`).exec(files.result.target) ?? [];
    expect((await keysBelow(prefix)).length).toBe(42);
    expect(await textOf(`${prefix}invoices/2026/köln.pdf`)).toBe('an invoice');
    const { ContentType, Metadata } = await s3().send(
      new GetObjectCommand({ Bucket: uploads, Key: `${prefix}invoices/2026/köln.pdf` }),
    );
    expect({ ContentType, Metadata }).toEqual({
      ContentType: 'application/pdf',
      Metadata: { customer: '17' },
    });
  });

  it('reads only what has changed the second time, and one file is brought back of any point', async () => {
    await backup('uploads', '2026-09-30T02:00:00Z');
    await upload('photos/6.txt', 'another photo 6');
    const first = await backup('uploads', '2026-10-01T02:00:00Z');
    await upload('photos/7.txt', 'another photo 7');
    await upload('photos/new.txt', 'a new one');
    await s3().send(new DeleteObjectCommand({ Bucket: uploads, Key: 'photos/8.txt' }));
    const second = await backup('uploads', '2026-10-02T02:00:00Z');
    const made = await row('uploads', second);
    expect(made.needs?.map(({ backupId }) => backupId)).toContain(first);
    expect(made.storedBytes).toBeLessThan(made.sourceBytes ?? 0);
    const proof = await ok('verify', second, '--level', 'restored');
    expect(proof).toMatchObject({ status: 'passed', level: 'restored' });

    const old = await ok(
      'restore',
      first,
      '--yes',
      '--path',
      'photos/7.txt',
      '--to',
      `s3://${uploads}/holdfast-restored/old/`,
    );
    expect(old).toMatchObject({ status: 'completed' });
    expect(await keysBelow('holdfast-restored/old/')).toEqual(['photos/7.txt']);
    expect(await textOf('holdfast-restored/old/photos/7.txt')).toMatch(/^photo 7 /);
    const all = await ok('restore', second, '--yes', '--to', `s3://${uploads}/holdfast-restored/all/`);
    expect(all).toMatchObject({ status: 'completed' });
    const there = await keysBelow('holdfast-restored/all/');
    expect(there).toContain('photos/new.txt');
    expect(there).not.toContain('photos/8.txt');
    expect(await textOf('holdfast-restored/all/photos/7.txt')).toBe('another photo 7');
  });

  it('keeps the packs of an expired backup as long as another one needs them', async () => {
    const rows = (await catalog.listBackups('uploads')).rows;
    // The one between is held by the restore of before.
    const [second = '', , first = ''] = rows.map(({ backupId }) => backupId);
    // What a run built upon does not expire within a day: here that day has gone.
    const dynamodb = new DynamoDBClient({});
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: outputs.CatalogTable,
        Key: { pk: { S: 'PLAN#uploads' }, sk: { S: `BACKUP#${first}` } },
        UpdateExpression: 'REMOVE basedOnUntil',
      }),
    );
    dynamodb.destroy();
    // All are past their policy: the newest good one stays all the same, and what it needs.
    await ok('cleanup', 'uploads');
    expect(await row('uploads', first)).toMatchObject({ status: 'expired' });
    expect(await row('uploads', second)).toMatchObject({ status: 'completed' });
    const isMarked = async (key: string) => {
      const tagging = new GetObjectTaggingCommand({ Bucket: outputs.VaultBucket, Key: key });
      const { TagSet = [] } = await s3().send(tagging);
      return TagSet.some(({ Key, Value }) => Key === 'expire' && Value === 'yes');
    };
    const folder = `plans/uploads/${first}/`;
    const { Contents = [] } = await s3().send(
      new ListObjectsV2Command({ Bucket: outputs.VaultBucket, Prefix: folder }),
    );
    const marks = new Map<string, boolean>();
    for (const { Key = '' } of Contents) marks.set(Key.slice(folder.length), await isMarked(Key));
    expect(marks.get('manifest')).toBe(true);
    const packs = [...marks].filter(([name]) => /\/0001-/.test(name));
    expect(packs.length).toBeGreaterThan(0);
    expect(packs.filter(([, marked]) => marked)).toEqual([]);
    expect(await ok('verify', second, '--level', 'restored')).toMatchObject({ status: 'passed' });
  });

  it('is on a disk of one’s own: mirrored, verified and restored there with a key file alone', async () => {
    const disk = join(work, 'disk');
    const mirrored = await ok('mirror', '--to', disk);
    expect(mirrored.problems.count).toBe(0);
    expect(await ok('mirror', '--to', disk)).toMatchObject({ copied: 0 });
    const key = join(work, 'keys.txt');
    await ok('keys', 'export', '--out', key);
    const aws = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
    const withAws = { ...process.env };
    process.env = aws as NodeJS.ProcessEnv;
    try {
      const verified = await ok(
        'verify',
        '--from',
        disk,
        '--latest',
        'uploads',
        '--key',
        key,
        '--level',
        'restored',
      );
      expect(verified).toMatchObject({ result: 'passed', level: 'restored' });
      const to = join(work, 'brought-back');
      const restored = await ok(
        ...['restore', '--from', disk, '--latest', 'uploads', '--key', key, '--to', to, '--yes'],
      );
      expect(restored).toMatchObject({ status: 'completed' });
      expect(await readFile(join(to, 'photos', '7.txt'), 'utf8')).toBe('another photo 7');
      expect(await readFile(join(to, 'invoices', '2026', 'köln.pdf'), 'utf8')).toBe('an invoice');
    } finally {
      process.env = withAws;
    }
  });

  it('takes a restore point before a database is replaced, and a part of a plan is none of the plan', async () => {
    const [newest] = (await catalog.listBackups('everything')).rows;
    await client
      .db('carts')
      .collection<{ _id: number }>('open')
      .deleteMany({ _id: { $lt: 1000 } });
    const replaced = await ok(
      'restore',
      newest?.backupId ?? '',
      '--yes',
      '--replace',
      '--component',
      'carts',
    );
    expect(replaced).toMatchObject({ status: 'completed' });
    expect(await client.db('carts').collection('open').countDocuments()).toBe(3000);
    const [point] = (await catalog.listBackups('everything')).rows;
    expect(point).toMatchObject({
      status: 'completed',
      trigger: 'restore-point',
      only: ['carts'],
      kind: 'database',
    });
    expect(point?.label).toContain(newest?.backupId);
    const kept = await ok(
      'restore-point',
      'everything',
      'half of it',
      '--only',
      'uploads',
      '--keep-days',
      '3',
    );
    expect(kept).toMatchObject({ status: 'completed', trigger: 'restore-point', keepDays: 3, kind: 'files' });
  });

  it('backs up a folder of this machine by the command line, with the stack’s own keys and rows', async () => {
    const folder = join(work, 'documents');
    await mkdir(join(folder, 'empty'), { recursive: true });
    await writeFile(join(folder, 'letter.txt'), 'Dear Sir');
    const plan = join(work, 'folder.yaml');
    await writeFile(
      plan,
      JSON.stringify({
        id: 'folder',
        enabled: false,
        sources: [{ kind: 'files', name: 'docs', path: folder }],
      }),
    );
    await ok('plan', 'apply', '-f', plan);
    const made = await ok('backup', 'folder', '--here');
    expect(made).toMatchObject({ status: 'completed', kind: 'files' });
    expect(await ok('verify', made.backupId, '--level', 'restored')).toMatchObject({ status: 'passed' });
  });

  it('fails as a whole when one of its sources does, and says which', async () => {
    await documents.stop();
    const { reply } = await invoke(outputs.BackupFunction, {
      task: 'backup',
      planId: 'everything',
      scheduledTime: '2026-11-20T02:00:00Z',
    });
    expect(reply).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('carts') } });
  });
});
