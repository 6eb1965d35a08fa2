/**
 * Backups that are not where they were written: in the second copy in another region, and in an archive class. On the
 * local AWS, which replicates, and lets archived objects come back after seconds.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dynamoCatalog } from '../../adapters/dynamodb/catalog.ts';
import { parsePlan } from '../../adapters/kinds.ts';
import { eventBridgeScheduler } from '../../adapters/scheduler/scheduler.ts';
import type { Catalog } from '../../core/ports/catalog.ts';
import { deployLocal } from '../../local/deploy.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres-server.ts';
import { holdfast, invoke, runSql } from './support.ts';

describe('a backup that is not where it was written', () => {
  let work: string;
  let emulator: Emulator;
  let server: PostgresServer;
  let outputs: Readonly<Record<string, string>>;
  let catalog: Catalog;
  const before = { ...process.env };
  const password = randomBytes(9).toString('hex');
  const s3 = () => new S3Client({ forcePathStyle: true });

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'holdfast-copies-'));
    server = await startPostgres();
    emulator = await startEmulator({ stateDir: join(work, 'aws'), env: { HOLDFAST_LOCAL: 'no-iam' } });
    Object.assign(process.env, emulator.env);
    const options = { replica: { region: 'eu-west-1' } };
    ({ outputs } = await deployLocal({ emulator, workDir: join(work, 'deploy'), options }));
    catalog = dynamoCatalog({ tableName: outputs.CatalogTable ?? '' });
    await runSql(
      server.url('postgres'),
      `CREATE ROLE holdfast_backup LOGIN CREATEDB BYPASSRLS PASSWORD '${password}' IN ROLE pg_read_all_data`,
      'CREATE DATABASE shop OWNER holdfast_backup',
    );
    await runSql(
      server.url('shop'),
      'CREATE TABLE orders AS SELECT n AS id, md5(n::text) AS note FROM generate_series(1, 5000) n',
    );
    const secrets = new SecretsManagerClient({});
    const { port } = server;
    const value = { engine: 'postgres', host: '127.0.0.1', port, username: 'holdfast_backup', password };
    const SecretString = JSON.stringify({ ...value, dbname: 'shop' });
    await secrets.send(new CreateSecretCommand({ Name: 'holdfast/sources/shop', SecretString }));
    secrets.destroy();
    const plan = parsePlan({
      id: 'shop',
      sources: [{ kind: 'postgres', name: 'main', secret: 'holdfast/sources/shop' }],
    });
    await catalog.putPlan(plan, 0, 'test', new Date().toISOString());
    await eventBridgeScheduler({
      groupName: outputs.ScheduleGroup ?? '',
      backupFunctionArn: outputs.BackupFunctionArn ?? '',
      roleArn: outputs.ScheduleRoleArn ?? '',
      deadLetterArn: outputs.ScheduleDlqArn ?? '',
    }).put(plan);
  });

  afterAll(async () => {
    await emulator?.stop();
    await server?.stop();
    await rm(work, { recursive: true, force: true });
    process.env = before;
  });

  const backup = async (scheduledTime: string): Promise<string> => {
    const event = { task: 'backup', planId: 'shop', scheduledTime };
    const { reply } = await invoke(outputs.BackupFunction, event);
    expect(reply).toMatchObject({ status: 'completed' });
    return String(reply.backupId);
  };

  const segments = async (backupId: string): Promise<readonly string[]> => {
    const below = { Bucket: outputs.VaultBucket, Prefix: `plans/shop/${backupId}/a01/` };
    const { Contents = [] } = await s3().send(new ListObjectsV2Command(below));
    expect(Contents.length).toBeGreaterThan(2);
    return Contents.map(({ Key = '' }) => Key);
  };

  it('is restored from the second copy while the vault has lost it', async () => {
    const backupId = await backup('2026-11-20T02:00:00Z');
    const there = new S3Client({ forcePathStyle: true, region: outputs.ReplicaRegion });
    const keys = await segments(backupId);
    for (const Key of [...keys, `plans/shop/${backupId}/manifest`]) {
      const copied = new HeadObjectCommand({ Bucket: outputs.ReplicaBucket, Key });
      await vi.waitFor(() => there.send(copied), 15_000);
      await s3().send(new DeleteObjectCommand({ Bucket: outputs.VaultBucket, Key }));
    }
    const into = ['--yes', '--no-owner', '--database', 'from_the_copy'];
    const restored = await holdfast('restore', backupId, ...into, '--from', 'replica');
    expect(restored, restored.errors).toMatchObject({ code: 0, json: { status: 'completed' } });
    const { differences } = restored.json.result.comparison;
    expect(differences).toEqual([]);
  });

  it('comes back from an archive class: asked for, waited for, and restored by itself', async () => {
    const backupId = await backup('2026-11-21T02:00:00Z');
    for (const Key of await segments(backupId)) {
      const CopySource = `${outputs.VaultBucket}/${Key}`;
      const archived = {
        Bucket: outputs.VaultBucket,
        Key,
        CopySource,
        StorageClass: 'DEEP_ARCHIVE',
      } as const;
      await s3().send(new CopyObjectCommand(archived));
    }
    // As a transition leaves it: the same version, in another class. The copy above made a new one.
    const dynamodb = new DynamoDBClient({});
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: outputs.CatalogTable,
        Key: { pk: { S: 'PLAN#shop' }, sk: { S: `BACKUP#${backupId}` } },
        UpdateExpression: 'REMOVE versions',
      }),
    );
    dynamodb.destroy();
    const into = ['--yes', '--no-owner', '--database', 'from_the_archive'];
    const asked = await holdfast('restore', backupId, ...into);
    expect(asked, asked.errors).toMatchObject({ code: 0, json: { status: 'waiting' } });
    expect(asked.json.waitingFor.objects).toBeGreaterThan(2);
    expect(asked.errors).toMatch(/12 h/);

    const { restoreId } = asked.json;
    await vi.waitFor(
      async () => {
        expect(await holdfast('watch')).toMatchObject({ code: 0 });
        expect((await catalog.getRestore(restoreId))?.status).toBe('completed');
      },
      { timeout: 40_000, interval: 1_000 },
    );
    expect((await catalog.getRestore(restoreId))?.result).toMatchObject({ target: 'from_the_archive' });
  });

  it('is sealed for a KMS key as well, once asked to, which alone opens it then', async () => {
    const kms = new KMSClient({});
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    kms.destroy();
    const added = await holdfast('keys', 'add-recovery', '--kms', KeyMetadata?.Arn ?? '');
    expect(added, added.errors).toMatchObject({ code: 0 });
    const backupId = await backup('2026-11-21T03:00:00Z');
    const proven = await holdfast('keys', 'prove', '--kms', '--backup', backupId);
    expect(proven, proven.errors).toMatchObject({ code: 0 });
    const listed = await holdfast('keys', 'list');
    expect(JSON.stringify(listed.json)).toContain('kms-');
  });
});
