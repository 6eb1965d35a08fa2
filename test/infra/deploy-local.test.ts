/** The stack on the local AWS, for real: deployed, completed beyond CloudFormation, filled with keys, and run. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectTaggingCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { removalAttribute } from '../../adapters/dynamodb/table.ts';
import { localApiUrl } from '../../local/api-url.ts';
import { type RunningConsole, startConsole } from '../../local/console/server.ts';
import { deployLocal, type LocalDeployment } from '../../local/deploy.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { makeUsers } from '../../local/users.ts';
import { standInLayer } from './synthesise.ts';

const app = fileURLToPath(new URL('stand-in-app.ts', import.meta.url));
const options = {
  layerPath: standInLayer,
  mongoLayerPath: standInLayer,
  objectLock: { mode: 'GOVERNANCE', days: 2 },
  ceilingDays: { hourly: 9 },
  console: { enabled: true },
};
let dir: string;
let emulator: Emulator;
let deployed: LocalDeployment;
let clientConfig: object;

const deploy = (more: object = {}, workDir = 'work') =>
  deployLocal({ emulator, workDir: join(dir, workDir), app, options: { ...options, ...more } });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-deploy-'));
  // No function of this test runs a database's programs: no need to build them first.
  const env = { HOLDFAST_TOOLS_ROOT: dir, MONGO_TOOLS_BIN: dir };
  emulator = await startEmulator({ stateDir: join(dir, 'emulator'), env });
  clientConfig = {
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
  };
  deployed = await deploy();
});
afterAll(async () => {
  await emulator?.stop();
  await rm(dir, { recursive: true, force: true });
});

const output = (name: string) => deployed.outputs[name] ?? '';
const keySecrets = [
  'SecretPublicArn',
  'SecretPrivateArn',
  'SecretSigningBackupArn',
  'SecretSigningVerifyArn',
  'SecretSigningOperatorArn',
  'SecretIndexArn',
];
const secretValue = async (name: string) =>
  (await new SecretsManagerClient(clientConfig).send(new GetSecretValueCommand({ SecretId: output(name) })))
    .SecretString;

describe('the deployed stack', () => {
  it('has its keys, made by the custom resource', async () => {
    for (const name of keySecrets) expect((await secretValue(name))?.length, name).toBeGreaterThan(100);
  });

  it('runs a function that knows where everything is', async () => {
    const reply = await new LambdaClient(clientConfig).send(
      new InvokeCommand({
        FunctionName: output('BackupFunction'),
        Payload: JSON.stringify({ task: 'self-test' }),
      }),
    );
    const { event, env } = JSON.parse(Buffer.from(reply.Payload ?? []).toString());
    expect(event).toEqual({ task: 'self-test' });
    expect(env).toContain('HOLDFAST_VAULT_BUCKET');
    expect(env).not.toContain('HOLDFAST_SECRET_PRIVATE');
  });

  it('has what the local CloudFormation leaves out: lifecycle, lock, protection, rows that go', async () => {
    const s3 = new S3Client(clientConfig);
    const Bucket = output('VaultBucket');
    const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(Rules?.map(({ ID }) => ID)).toEqual([
      'expire-marked',
      'expire-probes',
      'sweep',
      'archive-yearly',
      'ceiling-hourly',
    ]);
    const { ObjectLockConfiguration } = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
    expect(ObjectLockConfiguration?.Rule?.DefaultRetention).toEqual({ Mode: 'GOVERNANCE', Days: 2 });
    const dynamodb = new DynamoDBClient(clientConfig);
    const TableName = output('CatalogTable');
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    expect(Table?.DeletionProtectionEnabled).toBe(true);
    const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toMatchObject({
      AttributeName: removalAttribute,
      TimeToLiveStatus: 'ENABLED',
    });
    expect(deployed.settings.filter(({ changed }) => changed).length).toBeGreaterThan(0);
  });
});

it('an unchanged stack is not deployed again, but a setting that was lost is put back', async () => {
  const s3 = new S3Client(clientConfig);
  const Bucket = output('VaultBucket');
  const Rules = [
    { ID: 'other', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 1 } },
  ];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  const again = await deploy();
  expect(again.changed).toBe(false);
  expect(again.outputs).toEqual(deployed.outputs);
  expect(again.settings.filter(({ changed }) => changed).map(({ what }) => what)).toEqual([
    'VaultBucket0925C477.LifecycleConfiguration',
  ]);
});

it('a changed stack is deployed again, and keeps bucket, table and keys', async () => {
  const before = await Promise.all(keySecrets.map(secretValue));
  const changed = await deploy({ undeleteDays: 20, verify: { everyMinutes: 30 } });
  expect(changed.changed).toBe(true);
  expect(changed.outputs).toEqual({ ...deployed.outputs, UndeleteDays: '20' });
  expect(await Promise.all(keySecrets.map(secretValue))).toEqual(before);
});

it('an existing bucket that is unfit fails the deployment with the list of what it lacks', async () => {
  await new S3Client(clientConfig).send(new CreateBucketCommand({ Bucket: 'unfit' }));
  const attempt = deploy(
    { stackName: 'Second', objectLock: undefined, ceilingDays: {}, vault: { existingBucket: 'unfit' } },
    'second',
  );
  await expect(attempt).rejects.toThrow(/Bucket unfit lacks what a vault needs:\s+1\.\s+versioning is off/);
});

describe('a console on this machine', () => {
  let running: RunningConsole;
  let apiUrl: string;
  beforeAll(async () => {
    apiUrl = localApiUrl(emulator.endpoint, output('ApiUrl'));
    running = await startConsole({
      ...{ apiUrl, endpoint: emulator.endpoint, distDir: dir, port: 0 },
      userPoolId: output('UserPoolId'),
      clientId: output('UserPoolClientId'),
    });
  });
  afterAll(() => running?.close());

  it('signs somebody in with code and PKCE, by their password, and the gateway takes the token', async () => {
    for (const [name, value] of Object.entries(emulator.env)) vi.stubEnv(name, value);
    const [viewer] = await makeUsers(output('UserPoolId'));
    const { metadata, clientId, scope } = (await (await fetch(`${running.url}/config.json`)).json()) as {
      metadata: Record<string, string>;
      clientId: string;
      scope: string;
    };
    const code_verifier = randomBytes(32).toString('base64url');
    const redirect_uri = `${running.url}/signed-in`;
    const asked = new URL(metadata.authorization_endpoint ?? '');
    asked.search = new URLSearchParams({
      ...{ response_type: 'code', client_id: clientId, redirect_uri, scope, state: 's' },
      code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    const signIn = (password: string) =>
      fetch(asked, {
        ...{ method: 'POST', redirect: 'manual' },
        body: new URLSearchParams({ name: 'viewer', password }),
      });
    expect((await signIn('a guess')).status).toBe(401);
    const back = new URL((await signIn(viewer?.password ?? '')).headers.get('location') ?? '');
    const exchange = (form: Record<string, string>) =>
      fetch(metadata.token_endpoint ?? '', { method: 'POST', body: new URLSearchParams(form) });
    const granted = (await (
      await exchange({
        ...{ grant_type: 'authorization_code', client_id: clientId, redirect_uri, code_verifier },
        code: back.searchParams.get('code') ?? '',
      })
    ).json()) as Record<'access_token' | 'refresh_token', string>;
    const renewed = (await (
      await exchange({
        ...{ grant_type: 'refresh_token', client_id: clientId, refresh_token: granted.refresh_token },
      })
    ).json()) as Record<'access_token', string>;
    const call = (token: string) =>
      fetch(`${apiUrl}/v1/plans`, { headers: { authorization: `Bearer ${token}` } });
    for (const { access_token } of [granted, renewed]) expect((await call(access_token)).status).toBe(200);
    expect((await call('a.b.c')).status).toBe(401);
  });

  it('is let in by the gateway: what a browser asks beforehand reaches the function, without a token', async () => {
    const asked = await fetch(`${apiUrl}/v1/plans/shop`, {
      method: 'OPTIONS',
      headers: { origin: running.url, 'access-control-request-method': 'PUT' },
    });
    expect([asked.status, ((await asked.json()) as { name: string }).name]).toEqual([200, 'api']);
  });
});

it('a second copy of what is written arrives in the other region, with its tags', async () => {
  const { outputs, settings } = await deploy(
    { stackName: 'Copied', replica: { region: 'eu-west-1' } },
    'copied',
  );
  const Bucket = outputs.VaultBucket ?? '';
  const replica = outputs.ReplicaBucket ?? '';
  expect(replica).toMatch(/^copied-replica-[0-9a-f]{6}-000000000000-eu-west-1$/);
  expect(outputs.ReplicaRegion).toBe('eu-west-1');
  const s3 = new S3Client(clientConfig);
  const there = new S3Client({ ...clientConfig, region: 'eu-west-1' });
  const { Rules } = await there.send(new GetBucketLifecycleConfigurationCommand({ Bucket: replica }));
  expect(Rules?.map(({ ID }) => ID)).toContain('expire-marked');
  expect(settings.map(({ what }) => what)).toContainEqual(
    expect.stringMatching(/^VaultBucket.*ReplicationConfiguration$/),
  );

  const Key = 'plans/p/b/manifest';
  await s3.send(
    new PutObjectCommand({ Bucket, Key, Body: 'sealed', Tagging: 'role=manifest', IfNoneMatch: '*' }),
  );
  const copy = await vi.waitFor(() => there.send(new GetObjectCommand({ Bucket: replica, Key })), 10_000);
  expect(await copy.Body?.transformToString()).toBe('sealed');
  const { TagSet } = await there.send(new GetObjectTaggingCommand({ Bucket: replica, Key }));
  expect(TagSet).toEqual([{ Key: 'role', Value: 'manifest' }]);

  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await there.send(new GetObjectCommand({ Bucket: replica, Key }));
});

it('bad options are refused before anything is deployed, with the value', async () => {
  await expect(deploy({ undeleteDays: -1 }, 'bad')).rejects.toThrow(
    'undeleteDays is -1: a whole number from 1 to 3650',
  );
});
