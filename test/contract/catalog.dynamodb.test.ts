/** The catalog on DynamoDB, on the local AWS; and what only a store behind a network has to promise. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoCatalog } from '../../adapters/dynamodb/catalog.ts';
import { documentClient } from '../../adapters/dynamodb/store.ts';
import {
  counterKey,
  dayKey,
  onceKey,
  removalAttribute,
  tableDefinition,
  taskKey,
  timelineColumns,
  verificationAttributes,
} from '../../adapters/dynamodb/table.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { catalogContract } from './catalog.ts';
import { aClaim, aPlan, aRestore, completion } from './catalog-fixtures.ts';

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
  noteActions(client);
}, 120_000);

afterAll(async () => {
  client?.destroy();
  await emulator?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

catalogContract('DynamoDB on the local AWS', async () => dynamoCatalog({ tableName, client }));

test('the whole contract needs no more of IAM than table.ts says: no scan, no PutItem, deletes of leases and free keys only', () => {
  expect([...actions].sort()).toEqual([
    'ConditionCheck in transaction PLAN',
    'DeleteItem LEASE',
    'DeleteItem ONCE',
    'GetItem ALERT',
    'GetItem PLAN',
    'GetItem RESTORE',
    'GetItem STATE',
    'GetItem TASK',
    'Query',
    'Query index/byId',
    'Query index/completedTiers',
    'Query index/lists',
    'Query index/timeline',
    'Query index/unverified',
    'Update in transaction PLAN',
    'Update in transaction RESTORE',
    'UpdateItem ALERT',
    'UpdateItem AUDIT',
    'UpdateItem COUNT',
    'UpdateItem DAYS',
    'UpdateItem DRILLS',
    'UpdateItem LEASE',
    'UpdateItem ONCE',
    'UpdateItem PLAN',
    'UpdateItem RESTORE',
    'UpdateItem STATE',
    'UpdateItem TASK',
  ]);
});

/** What the catalog asked of the table: action, and the index or the kind of the partition's key. */
const actions = new Set<string>();

function noteActions(of: DynamoDBDocumentClient): void {
  const kindOf = (key: unknown) => String((key as { pk: unknown }).pk).replace(/#.*/s, '');
  of.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const input = args.input as Record<string, unknown>;
        const parts = (input.TransactItems ?? []) as Record<string, { Key: unknown }>[];
        for (const part of parts) {
          for (const [what, { Key }] of Object.entries(part))
            actions.add(`${what} in transaction ${kindOf(Key)}`);
        }
        const action = String(commandName).replace('Command', '');
        if (input.Key) actions.add(`${action} ${kindOf(input.Key)}`);
        else if (action === 'Query' && input.IndexName) actions.add(`Query index/${input.IndexName}`);
        else if (action === 'Query') actions.add('Query');
        else if (parts.length === 0) actions.add(action);
        return next(args);
      },
    { step: 'initialize', priority: 'low', name: 'noteActions' },
  );
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
    const claim = await catalogThatLosesAReply().claimRun(aClaim('lost-claim'));
    expect(claim).toMatchObject({ outcome: 'claimed', row: { attempt: 1 } });
  });

  test('putting a plan', async () => {
    const plan = aPlan('lost-plan');
    const row = await catalogThatLosesAReply().putPlan(plan, 0, 'ann', '2026-11-21T02:00:00.000Z');
    expect(row).toMatchObject({ revision: 1 });
  });

  test('completing a run', async () => {
    const catalog = dynamoCatalog({ tableName, client });
    const request = aClaim('lost-complete');
    await catalog.claimRun(request);
    const owner = { planId: request.planId, backupId: request.backupId, attempt: 1 };
    await catalog.prepareCompletion(owner, completion);
    const row = await catalogThatLosesAReply().completeRun(owner, '2026-11-21T02:30:00.000Z');
    expect(row.status).toBe('completed');
  });

  /** The row of a completed backup. */
  async function aBackup(planId: string) {
    const catalog = dynamoCatalog({ tableName, client });
    const request = aClaim(planId);
    await catalog.claimRun(request);
    const owner = { planId, backupId: request.backupId, attempt: 1 };
    await catalog.prepareCompletion(owner, completion);
    return catalog.completeRun(owner, '2026-11-21T02:30:00.000Z');
  }

  test('creating, starting and parking a restore', async () => {
    const { backupId } = await aBackup('lost-restore');
    const row = aRestore('lost-restore', { backupId });
    const { restoreId, createdAt } = row;
    await catalogThatLosesAReply().createRestore(row, '2026-11-23T02:00:00.000Z');
    expect(await catalogThatLosesAReply().startRestore(restoreId, createdAt)).toBe(true);
    await catalogThatLosesAReply().waitRestore(restoreId, {
      objects: 1,
      bytes: 1,
      requestedAt: createdAt,
      expectedAt: '2026-11-21T14:00:00Z',
      estimatedCostUsd: 0,
    });
    expect(await catalogThatLosesAReply().startRestore(restoreId, createdAt)).toBe(true);
  });

  test('expiring, marking and reviving a backup', async () => {
    const row = await aBackup('lost-expiry');
    const expiry = { reason: 'policy', decidedAt: '2026-11-22T23:10:00.000Z', by: 'cleanup' } as const;
    const request = { planId: row.planId, victims: [row], keepers: [], expiry };
    expect(await catalogThatLosesAReply().expireBackups(request)).toBe(true);
    const expired = { backupId: row.backupId, guard: 1 };
    const marked = { ...expiry, markedAt: '2026-11-22T23:11:00.000Z' };
    expect(await catalogThatLosesAReply().noteMarked(row.planId, expired, marked)).toBe(true);
    const seen = { backupId: row.backupId, guard: 2 };
    const revived = await catalogThatLosesAReply().reviveBackup(row.planId, seen, marked.markedAt);
    expect(revived).toEqual({ ...row, guard: 3 });
  });

  test('adopting a plan and a backup', async () => {
    const row = { ...(await aBackup('lost-adoption')), planId: 'lost-adopted' };
    expect(await catalogThatLosesAReply().adoptBackup(row, '2026-11-22T00:00:00.000Z')).toBe(true);
    const at = '2026-11-22T00:00:00.000Z';
    const plan = { plan: aPlan('lost-adopted'), createdAt: at, updatedAt: at, updatedBy: 'adopt' };
    expect(await catalogThatLosesAReply().adoptPlan(plan)).toBe(true);
  });

  test('changing a plan that is paused', async () => {
    const catalog = dynamoCatalog({ tableName, client });
    const at = '2026-11-22T00:00:00.000Z';
    await catalog.putPlan(aPlan('lost-paused'), 0, 'ann', at);
    await catalog.setPaused('lost-paused', { at, by: 'ann', reason: 'x' });
    await catalog.saveUsage('lost-paused', { countedAt: at, backups: 1, storedBytes: 1 });
    const row = await catalogThatLosesAReply().putPlan(aPlan('lost-paused'), 1, 'ann', at);
    expect(row).toMatchObject({ revision: 2, paused: { by: 'ann' } });
  });

  test('writing a state and the audit', async () => {
    expect(await catalogThatLosesAReply().putState('lost', { a: 1 }, 0)).toMatchObject({ revision: 1 });
    const at = '2026-11-22T00:00:00.000Z';
    const what = { action: 'plan.pause', target: 'shop', detail: '', correlationId: 'c' };
    await catalogThatLosesAReply().appendAudit({ at, id: 'lost', by: 'ann', ...what });
    await catalogThatLosesAReply().appendAudit({ at, id: 'lost', by: 'ann', ...what, result: 'ok' });
  });

  test('deleting a plan, creating a task, claiming a key, counting, and saving an alert', async () => {
    const at = '2026-11-22T00:00:00.000Z';
    const until = '2026-11-22T01:00:00.000Z';
    await dynamoCatalog({ tableName, client }).putPlan(aPlan('lost-delete'), 0, 'ann', at);
    expect(await catalogThatLosesAReply().deletePlan('lost-delete', 1, 'ann', at)).toMatchObject({
      revision: 2,
    });
    const task = {
      taskId: 't-lost',
      kind: 'cleanup',
      status: 'pending',
      createdAt: at,
      createdBy: 'ann',
    } as const;
    await catalogThatLosesAReply().createTask({ ...task, correlationId: 'c' });
    expect(await catalogThatLosesAReply().claimOnce('lost', 'f', until, at)).toEqual({ outcome: 'claimed' });
    // The first begins it, the second finds it.
    for (const count of [1, 2]) {
      expect(await catalogThatLosesAReply().countUp('lost', until, at)).toBe(count);
    }
    const what = {
      kind: 'backup-missed',
      severity: 'critical',
      subject: 's',
      text: 't',
      timesTold: 1,
    } as const;
    const alert = { conditionId: 'lost', ...what, since: at, lastToldAt: at };
    await catalogThatLosesAReply().saveAlert(alert);
    expect(await dynamoCatalog({ tableName, client }).getAlert('lost')).toEqual(alert);
  });
});

describe('transactions', () => {
  const cancelled = (...codes: string[]) =>
    Object.assign(new Error(`Transaction cancelled, reasons: [${codes.join(', ')}]`), {
      name: 'TransactionCanceledException',
      CancellationReasons: codes.map((Code) => ({ Code })),
    });

  /** A catalog whose first `times` transactions are cancelled, and how many it sent. */
  function cancelling(times: number, ...codes: string[]) {
    const failing = newClient();
    const sent = { count: 0 };
    failing.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName !== 'TransactWriteItemsCommand') return next(args);
        sent.count += 1;
        if (sent.count <= times) throw cancelled(...codes);
        return next(args);
      },
      { step: 'initialize', priority: 'low', name: 'cancel' },
    );
    return { catalog: dynamoCatalog({ tableName, client: failing }), sent };
  }

  const expiry = { reason: 'policy', decidedAt: '2026-11-22T23:10:00.000Z', by: 'cleanup' } as const;
  const nothing = { backupId: '20200101T000000Z-00000000', guard: 0 };
  const request = { planId: 'shop', victims: [nothing], keepers: [], expiry };

  test('one that another stands in the way of is sent again', async () => {
    const { catalog, sent } = cancelling(3, 'TransactionConflict');
    expect(await catalog.expireBackups(request)).toBe(false);
    expect(sent.count).toBe(4);
  });

  test('after eight times it is CATALOG_UNAVAILABLE', async () => {
    const { catalog, sent } = cancelling(100, 'None', 'TransactionConflict');
    const expire = catalog.expireBackups(request);
    await expect(expire).rejects.toMatchObject({ code: 'CATALOG_UNAVAILABLE', retryable: true });
    expect(sent.count).toBe(8);
  }, 30_000);

  test('a condition that does not hold is an answer, whatever else stood in the way', async () => {
    const { catalog, sent } = cancelling(100, 'TransactionConflict', 'ConditionalCheckFailed');
    expect(await catalog.expireBackups(request)).toBe(false);
    expect(sent.count).toBe(1);
  });

  test('any other reason is CATALOG_UNAVAILABLE at once', async () => {
    const { catalog, sent } = cancelling(100, 'None', 'ItemCollectionSizeLimitExceeded');
    const expire = catalog.expireBackups(request);
    await expect(expire).rejects.toMatchObject({
      code: 'CATALOG_UNAVAILABLE',
      message: expect.stringContaining('ItemCollectionSizeLimitExceeded'),
    });
    expect(sent.count).toBe(1);
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
    const claim = aClaim('damaged');
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

describe('lists by time', () => {
  /** A catalog at that time, and the queries it sends. */
  function watchedAt(time: string) {
    const queries: { timeline: unknown; limit: unknown }[] = [];
    const watched = newClient();
    watched.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const { ExpressionAttributeValues: values, Limit } = args.input as Record<string, unknown>;
          if (commandName === 'QueryCommand')
            queries.push({ timeline: (values as Record<string, unknown>)[':v0'], limit: Limit });
          return next(args);
        },
      { step: 'initialize', priority: 'low', name: 'watch' },
    );
    return { catalog: dynamoCatalog({ tableName, client: watched, now: () => Date.parse(time) }), queries };
  }

  test('a list without a span begins with the month that is, and ends where nothing was made before', async () => {
    const { catalog, queries } = watchedAt('2026-03-31T23:30:00Z');
    await catalog.listTimeline({});
    const months = ['2026-04', '2026-03', '2026-02', '2026-01'];
    expect(queries.map(({ timeline }) => timeline)).toEqual(months.map((month) => `BACKUP#${month}`));
  });

  test('a page reads at most 24 months, and its cursor goes on behind them', async () => {
    const { catalog, queries } = watchedAt('2026-03-31T23:30:00Z');
    const span = { from: '2100-01-01T00:00:00Z', to: '2103-01-01T00:00:00Z' };
    const first = await catalog.listTimeline(span, { order: 'asc' });
    expect(first.rows).toEqual([]);
    expect(queries.at(-1)?.timeline).toBe('BACKUP#2101-12');
    expect(queries).toHaveLength(24);
    const second = await catalog.listTimeline(span, { order: 'asc', cursor: first.cursor ?? '' });
    expect(queries[24]?.timeline).toBe('BACKUP#2102-01');
    expect(queries).toHaveLength(24 + 13);
    expect(second.cursor).toBeUndefined();
  });

  test('without a filter no more rows are read than the page has', async () => {
    const { catalog, queries } = watchedAt('2110-03-31T23:30:00Z');
    const from = '2110-03-01T00:00:00Z';
    for (const day of [1, 2, 3])
      await catalog.claimRun(aClaim('by-time', { slot: `2110-03-0${day}T00:00:00Z` }));
    queries.length = 0;
    const { rows } = await catalog.listTimeline({ from, to: '2110-03-09T00:00:00Z' }, { limit: 2 });
    expect(rows).toHaveLength(2);
    expect(queries).toEqual([{ timeline: 'BACKUP#2110-03', limit: 2 }]);
  });

  test('the index is what it was in every table that is there: an update of a stack cannot change it', () => {
    const names = tableDefinition.GlobalSecondaryIndexes.map(({ IndexName }) => IndexName);
    expect(names).toEqual(['lists', 'byId', 'unverified', 'completedTiers', 'timeline']);
    expect([...timelineColumns]).toEqual(
      `origin correlationId status attempt guard startedAt completedAt failedAt sourceBytes storedBytes expiresAt error
      verificationStatus verificationLevel verificationDetail verifiedAt provenAt pin missingSince`.split(
        /\s+/,
      ),
    );
  });

  test('the index takes what DynamoDB allows: 20 attributes, and none of the notes', () => {
    expect(timelineColumns.length).toBeLessThanOrEqual(20);
    for (const note of ['versions', 'needs', 'indexes', 'expiry'])
      expect(timelineColumns).not.toContain(note);
  });
});

test('what is removed by itself says when, in seconds', async () => {
  const catalog = dynamoCatalog({ tableName, client });
  const at = '2026-11-22T00:00:00.000Z';
  const of = async (key: object) => {
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: key }));
    return Item?.[removalAttribute];
  };
  const days = (count: number) => Date.parse(at) / 1000 + count * 86_400;
  const task = {
    taskId: 't-removed',
    kind: 'cleanup',
    status: 'pending',
    createdAt: at,
    createdBy: 'a',
  } as const;
  await catalog.createTask({ ...task, correlationId: 'c' });
  expect(await of(taskKey('t-removed'))).toBe(days(30));
  await catalog.claimOnce('removed', 'f', '2026-11-23T00:00:00Z', at);
  expect(await of(onceKey('removed'))).toBe(days(1));
  await catalog.countUp('removed', '2026-11-23T00:00:00Z', at);
  expect(await of(counterKey('removed'))).toBe(days(1));
  const counts = { completed: 0, failed: 0, missed: 0, sourceBytes: 0, storedBytes: 0, seconds: 0 };
  const proofs = { longestSeconds: 0, verified: 0, verifyFailed: 0, proven: 0 };
  await catalog.putDay({ planId: 'removed', day: '2026-11-22', ...counts, ...proofs });
  expect(await of(dayKey('removed', '2026-11-22'))).toBe(days(1100));
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
  await catalog.noteStored('shop', '20200101T000000Z-00000000', '2026-11-21T03:00:00.000Z');
  await catalog.saveProof('shop', { storedAt: '2026-11-21T03:00:00.000Z' });
  expect(seen).toHaveLength(8);
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
