/** docs/recovery.md, followed: the document's own commands bring everything back from a folder and a key file. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  UpdateTableCommand,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderVault } from '../../adapters/folder/vault.ts';
import { writeBundle } from '../../core/keys/bundle.ts';
import { writePin } from '../../core/pin.ts';
import { deployLocal } from '../../local/deploy.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { testKeyRing } from '../support/world.ts';
import { loadTestKeys } from '../vectors/load.ts';
import { blocksOf } from './commands.ts';
import { backUpShop, digest, makeShop, sql } from './sample.ts';

const exec = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const document = 'recovery.md';
const passphrase = 'correct horse battery staple';

describe('docs/recovery.md', () => {
  let server: PostgresServer;
  let work: string;
  let copy: string;
  let backupId: string;
  const commands = (marker: string) => blocksOf(document, marker).map(({ text }) => text);

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'holdfast-recovery-'));
    copy = join(work, 'copy');
    await mkdir(copy);
    server = await startPostgres();
    await makeShop(server);
    const vault = folderVault(copy);
    ({ backupId } = await backUpShop(server, vault));
    const at = new Date().toISOString();
    const pin = { planId: 'shop', backupId, pinned: true, reason: 'the books of 2026', by: 'ada', at };
    await writePin({ pin, tier: 'daily', vault, keyRing: testKeyRing() });
    const { wrapping, signers } = loadTestKeys();
    const bundle = { keys: wrapping, signers };
    await writeFile(
      join(work, 'keys.txt'),
      await writeBundle(bundle, passphrase, { now: new Date(), purpose: 'test' }),
    );
  });
  afterAll(async () => {
    await server?.stop();
    await rm(work, { recursive: true, force: true });
  });

  /** Commands as somebody would type them, with nothing in the environment but what the document says. */
  const follow = async (steps: readonly string[], more: Readonly<Record<string, string>>) => {
    const folder = await mkdtemp(join(work, 'machine-'));
    const env = {
      PATH: `${join(root, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: folder,
      COPY: copy,
      EXPORT: join(work, 'keys.txt'),
      PLAN: 'shop',
      HOLDFAST_PASSPHRASE: passphrase,
      ...more,
    };
    return exec('sh', ['-eu', '-c', steps.join('\n')], { cwd: folder, env });
  };

  it('A: restores from a folder and a key file, without AWS', async () => {
    const { stdout, stderr } = await follow(commands('recovery-folder'), {
      PG_BIN: server.binDir,
      TARGET: server.url('postgres'),
      DATABASE: 'shop_a',
    });
    expect(stdout).toContain(`Restored backup ${backupId}`);
    expect(stdout).toMatch(/Compared: .*tables/);
    expect(stdout + stderr).not.toContain(server.password);
    expect(await digest(server, 'shop_a')).toEqual(await digest(server, 'shop'));
  });

  it('A: says what is missing: the key, the passphrase, the programs, the backup', async () => {
    const [command = ''] = commands('recovery-folder');
    const env = { PG_BIN: server.binDir, TARGET: server.url('postgres'), DATABASE: 'never' };
    const refused = (steps: string, more: Readonly<Record<string, string>>) =>
      follow([steps], { ...env, ...more }).then(
        () => 'it worked',
        (thrown: { stderr: string }) => thrown.stderr,
      );
    expect(await refused(command, { HOLDFAST_PASSPHRASE: 'not the passphrase' })).toContain(
      'PASSPHRASE_WRONG',
    );
    expect(await refused(command, { PG_BIN: '/nowhere' })).toContain('PG_BIN');
    expect(await refused(command, { PLAN: 'other' })).toContain('BACKUP_NOT_FOUND');
    expect(await refused(command, { COPY: join(copy, 'plans') })).toContain('BACKUP_NOT_FOUND');
    expect(await refused(command.replace('TARGET ', 'UNSET '), {})).toContain('--target-env');
    const { rows } = await sql(server, 'postgres', "SELECT 1 FROM pg_database WHERE datname = 'never'");
    expect(rows).toEqual([]);
  });

  describe('with a new account', () => {
    let emulator: Emulator;
    let outputs: Readonly<Record<string, string>>;
    const before = { ...process.env };

    beforeAll(async () => {
      emulator = await startEmulator({ stateDir: join(work, 'aws'), env: { HOLDFAST_LOCAL: 'no-iam' } });
      Object.assign(process.env, emulator.env);
      ({ outputs } = await deployLocal({ emulator, workDir: join(work, 'deploy') }));
      const url = new URL(server.url('postgres'));
      const client = new SecretsManagerClient({});
      await client.send(
        new CreateSecretCommand({ Name: 'holdfast/sources/new-server', SecretString: url.toString() }),
      );
      client.destroy();
    });
    afterAll(async () => {
      await emulator?.stop();
      process.env = before;
    });
    const account = () => ({ ...emulator.env, TARGET_SECRET: 'holdfast/sources/new-server' });

    it('B: fills a new stack with keys, backups and plans, proves and restores', async () => {
      const { stdout, stderr } = await follow(commands('recovery-stack'), {
        ...account(),
        DATABASE: 'shop_b',
      });
      expect(stderr).toMatch(/Copied 1 backups/);
      expect(stdout).toMatch(/Backups: 1 adopted, 0 present.* 1 pins/);
      expect(stdout).toContain('NO SCHEDULE WAS MADE');
      expect(stdout).toContain(`Restored backup ${backupId}`);
      expect(await digest(server, 'shop_b')).toEqual(await digest(server, 'shop'));
    });

    it('A, from a bucket: restores without asking any stack', async () => {
      const { stdout } = await follow(commands('recovery-folder'), {
        ...emulator.env,
        COPY: `s3://${outputs.VaultBucket}/${outputs.VaultPrefix === '/' ? '' : outputs.VaultPrefix}`,
        PG_BIN: server.binDir,
        TARGET: server.url('postgres'),
        DATABASE: 'shop_from_bucket',
      });
      expect(stdout).toContain(`Restored backup ${backupId}`);
      expect(await digest(server, 'shop_from_bucket')).toEqual(await digest(server, 'shop'));
    });

    it('C: makes a deleted table again, and fills it', async () => {
      const client = new DynamoDBClient({});
      const { CatalogTable: TableName } = outputs;
      await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
      await client.send(new DeleteTableCommand({ TableName }));
      await waitUntilTableNotExists({ client, maxWaitTime: 30 }, { TableName });
      client.destroy();
      const gone = await follow(['holdfast catalog rebuild || true'], account());
      expect(gone.stderr).toContain('--create-table');
      const { stdout } = await follow([...commands('recovery-catalog'), 'holdfast show $BACKUP'], {
        ...account(),
        BACKUP: backupId,
      });
      expect(stdout).toMatch(/Plans: +1 adopted/);
      expect(stdout).toMatch(/Backups: 1 adopted, 0 present; 1 of the adopted with a verification, 1 pins/);
      expect(stdout).toMatch(/Verified: +readable/);
    });

    it('a row that somebody deleted comes back by the function that cleanup calls', async () => {
      const client = new DynamoDBClient({});
      const Key = { pk: { S: 'PLAN#shop' }, sk: { S: `BACKUP#${backupId}` } };
      await client.send(new DeleteItemCommand({ TableName: outputs.CatalogTable, Key }));
      client.destroy();
      const lambda = new LambdaClient({});
      const invoke = async (event: unknown): Promise<unknown> => {
        const Payload = JSON.stringify(event);
        const reply = await lambda.send(new InvokeCommand({ FunctionName: outputs.AdoptFunction, Payload }));
        return JSON.parse(Buffer.from(reply.Payload ?? []).toString());
      };
      const backups = [{ planId: 'shop', backupId }];
      expect(await invoke({ task: 'adopt', backups })).toEqual({
        plans: 0,
        adopted: 1,
        present: 0,
        unreadable: 0,
      });
      expect(await invoke({ task: 'adopt', backups })).toMatchObject({ adopted: 0, present: 1 });
      expect(await invoke({ task: 'self-test' })).toMatchObject({ ok: true });
      lambda.destroy();
      const { stdout } = await follow(['holdfast show $BACKUP'], {
        ...account(),
        HOLDFAST_API: 'none',
        BACKUP: backupId,
      });
      expect(stdout).toMatch(/Verified: +readable/);
    });
  });
});
