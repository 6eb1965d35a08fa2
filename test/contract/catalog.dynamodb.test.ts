/** The catalog on DynamoDB, on the local AWS; and what only a store behind a network has to promise. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoCatalog } from '../../adapters/dynamodb/catalog.ts';
import { documentClient } from '../../adapters/dynamodb/store.ts';
import { tableDefinition, verificationAttributes } from '../../adapters/dynamodb/table.ts';
import { backupIdFor } from '../../core/format/layout.ts';
import { parsePlan } from '../../core/plan.ts';
import type { ClaimRequest } from '../../core/ports/catalog.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { catalogContract } from './catalog.ts';

const tableName = 'catalog';
let emulator: Emulator;
let stateDir: string;
let client: DynamoDBDocumentClient;

function newClient(change: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  return documentClient({
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    ...change,
  });
}

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'holdfast-catalog-'));
  emulator = await startEmulator({ stateDir });
  client = newClient();
  await client.send(new CreateTableCommand({ TableName: tableName, ...tableDefinition }));
}, 120_000);

afterAll(async () => {
  client?.destroy();
  await emulator?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

catalogContract('DynamoDB on the local AWS', async () => dynamoCatalog({ tableName, client }));

function claimOf(planId: string): ClaimRequest {
  const slot = '2026-11-21T02:00:00Z';
  return {
    planId,
    backupId: backupIdFor(planId, slot),
    source: 'shop',
    kind: 'database',
    trigger: 'schedule',
    createdBy: 'scheduler',
    slot,
    correlationId: 'c-1',
    tier: 'daily',
    now: '2026-11-21T02:00:05.000Z',
    leaseUntil: '2026-11-21T02:01:05.000Z',
  };
}

/** The first write reaches DynamoDB, its reply does not come back, and the SDK sends it again. */
function loseFirstReply(of: DynamoDBDocumentClient): void {
  let lost = false;
  of.middlewareStack.add(
    (next) => async (args) => {
      const reply = await next(args);
      if (lost) return reply;
      lost = true;
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
    },
    { step: 'finalizeRequest', priority: 'low', name: 'loseFirstReply' },
  );
}

describe('a write whose reply is lost is sent again and knows itself', () => {
  function catalogThatLosesAReply() {
    const losing = newClient();
    loseFirstReply(losing);
    return dynamoCatalog({ tableName, client: losing });
  }

  test('claiming a run', async () => {
    const claim = await catalogThatLosesAReply().claimRun(claimOf('lost-claim'));
    expect(claim).toMatchObject({ outcome: 'claimed', row: { attempt: 1 } });
  });

  test('putting a plan', async () => {
    const plan = parsePlan({ id: 'lost-plan', sources: [{ kind: 'postgres', name: 'shop', secret: 's' }] });
    const row = await catalogThatLosesAReply().putPlan(plan, 0, 'ann', '2026-11-21T02:00:00.000Z');
    expect(row).toMatchObject({ revision: 1 });
  });

  test('completing a run', async () => {
    const catalog = dynamoCatalog({ tableName, client });
    const request = claimOf('lost-complete');
    await catalog.claimRun(request);
    const owner = { planId: request.planId, backupId: request.backupId, attempt: 1 };
    await catalog.prepareCompletion(owner, {
      sourceBytes: 1,
      storedBytes: 1,
      compressionRatio: 1,
      expiresAt: '2026-12-21T02:00:00.000Z',
      locations: [],
      tools: {},
      manifest: { lengthBytes: 1, sha256: '00'.repeat(32) },
    });
    const row = await catalogThatLosesAReply().completeRun(owner, '2026-11-21T02:30:00.000Z');
    expect(row.status).toBe('completed');
  });

  test('creating and starting a restore', async () => {
    const row = {
      restoreId: 'r-lost',
      planId: 'lost',
      backupId: backupIdFor('lost', '2026-11-21T02:00:00Z'),
      status: 'pending' as const,
      createdBy: 'ann',
      createdAt: '2026-11-21T02:00:00.000Z',
      request: {},
      correlationId: 'c-1',
    };
    await catalogThatLosesAReply().createRestore(row);
    expect(await catalogThatLosesAReply().startRestore('r-lost', '2026-11-21T02:00:00.000Z')).toBe(true);
  });
});

describe('failures', () => {
  test('a table that is not there is CATALOG_UNAVAILABLE and says so', async () => {
    const get = dynamoCatalog({ tableName: 'nowhere', client }).getPlan('shop');
    await expect(get).rejects.toMatchObject({
      code: 'CATALOG_UNAVAILABLE',
      message: expect.stringContaining('table nowhere'),
      next: expect.stringContaining('table is not there'),
    });
  });

  test('a store that does not answer is CATALOG_UNAVAILABLE', async () => {
    const dead = newClient({ endpoint: 'http://127.0.0.1:9', maxAttempts: 2 });
    const get = dynamoCatalog({ tableName, client: dead }).getPlan('shop');
    await expect(get).rejects.toMatchObject({ code: 'CATALOG_UNAVAILABLE', retryable: true });
  });

  test('a refused permission is ACCESS_DENIED and names the action', async () => {
    const refused = newClient();
    refused.middlewareStack.add(
      () => async () => {
        throw Object.assign(new Error('not authorized to perform: dynamodb:GetItem'), {
          name: 'AccessDeniedException',
        });
      },
      { step: 'finalizeRequest', priority: 'low', name: 'refuse' },
    );
    const get = dynamoCatalog({ tableName, client: refused }).getPlan('shop');
    await expect(get).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('dynamodb:GetItem'),
    });
  });
});

describe('rows', () => {
  test('attributes that a later release added are passed over, those of the wrong type are not', async () => {
    const catalog = dynamoCatalog({ tableName, client });
    const claim = claimOf('damaged');
    await catalog.claimRun(claim);
    const item = { pk: 'PLAN#damaged', sk: `BACKUP#${claim.backupId}` };
    const { now: startedAt, ...rest } = claim;
    const good = { ...item, ...rest, startedAt, status: 'running', attempt: 1 };
    await client.send(new PutCommand({ TableName: tableName, Item: { ...good, addedLater: { by: 'v2' } } }));
    const row = await catalog.getBackup('damaged', claim.backupId);
    expect(row).toMatchObject({ status: 'running' });
    expect(row).not.toHaveProperty('addedLater');
    await client.send(new PutCommand({ TableName: tableName, Item: { ...good, attempt: 'one' } }));
    const read = catalog.getBackup('damaged', claim.backupId);
    await expect(read).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('attempt'),
    });
  });
});

test('recording a verification names no attribute but those that the verify role may touch', async () => {
  const seen: Record<string, unknown>[] = [];
  const watched = newClient();
  watched.middlewareStack.add(
    (next) => async (args) => {
      seen.push(args.input as Record<string, unknown>);
      return next(args);
    },
    { step: 'initialize', priority: 'low', name: 'watch' },
  );
  const catalog = dynamoCatalog({ tableName, client: watched });
  for (const status of ['passed', 'failed', 'error'] as const) {
    const state = { status, level: 'restored', verifiedAt: '2026-11-21T03:00:00.000Z', detail: 'x' } as const;
    const full = { ...state, reportKey: 'reports/x', provenAt: '2026-11-21T03:00:00.000Z' };
    for (const each of [state, full]) {
      const record = catalog.recordVerification('shop', '20200101T000000Z-00000000', each);
      await expect(record).rejects.toMatchObject({ code: 'CONFLICT' });
    }
  }
  expect(seen).toHaveLength(6);
  for (const request of seen) {
    const named = [
      ...Object.keys(request.Key as object),
      ...Object.values(request.ExpressionAttributeNames as Record<string, string>),
    ];
    expect(verificationAttributes).toEqual(expect.arrayContaining(named));
    // A row that is asked back counts as every attribute of it.
    expect(request.ReturnValues ?? 'NONE').toBe('NONE');
    expect(request.ReturnValuesOnConditionCheckFailure ?? 'NONE').toBe('NONE');
  }
});
