/** EventBridge Scheduler on the local AWS; and what it is told beyond the contract. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  SchedulerClient,
  type SchedulerClientConfig,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventBridgeScheduler, scheduleReader } from '../../adapters/scheduler/scheduler.ts';
import { backupEventSchema } from '../../core/events.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { aPlan, schedulerContract } from './scheduler.ts';

const groupName = 'plans';
const options = {
  groupName,
  backupFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:backup',
  roleArn: 'arn:aws:iam::000000000000:role/scheduler',
  deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:failures',
};
let emulator: Emulator;
let stateDir: string;
let client: SchedulerClient;

function newClient(change: SchedulerClientConfig = {}): SchedulerClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SchedulerClient({ endpoint: emulator.endpoint, region: 'us-east-1', credentials, ...change });
}

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'holdfast-scheduler-'));
  emulator = await startEmulator({ stateDir });
  client = newClient();
  await client.send(new CreateScheduleGroupCommand({ Name: groupName }));
}, 120_000);

afterAll(async () => {
  client?.destroy();
  await emulator?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

schedulerContract('EventBridge Scheduler on the local AWS', async () =>
  eventBridgeScheduler({ ...options, client }),
);

test('the schedule delivers an event that the backup function accepts, on time, and gives up within the hour', async () => {
  await eventBridgeScheduler({ ...options, client }).put(aPlan('told'));
  const stored = await client.send(new GetScheduleCommand({ GroupName: groupName, Name: 'told' }));
  expect(stored).toMatchObject({
    State: 'ENABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: options.backupFunctionArn,
      RoleArn: options.roleArn,
      DeadLetterConfig: { Arn: options.deadLetterArn },
      RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 10 },
    },
  });
  expect(backupEventSchema.parse(JSON.parse(stored.Target?.Input ?? ''))).toEqual({
    task: 'backup',
    planId: 'told',
    scheduledTime: '<aws.scheduler.scheduled-time>',
  });
});

test('putting the same plan again does not update, which would begin the count of a rate anew', async () => {
  const sent: string[] = [];
  const watched = newClient();
  watched.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        sent.push(commandName ?? '');
        return next(args);
      },
    { step: 'initialize', name: 'watch' },
  );
  const scheduler = eventBridgeScheduler({ ...options, client: watched });
  const plan = aPlan('again', { schedule: { rate: '6 hours' } });
  await scheduler.put(plan);
  await scheduler.put(plan);
  await scheduler.put({ ...plan, enabled: false });
  expect(sent).toEqual([
    'GetScheduleCommand',
    'CreateScheduleCommand',
    'GetScheduleCommand',
    'GetScheduleCommand',
    'UpdateScheduleCommand',
  ]);
});

test('a rate goes on counting from when the plan was made, also after a change', async () => {
  const scheduler = eventBridgeScheduler({ ...options, client });
  const intervalMs = 6 * 3_600_000;
  // Two hours into its third interval.
  const anchorMs = Math.floor(Date.now() / 1000) * 1000 - 14 * 3_600_000;
  const anchor = new Date(anchorMs).toISOString();
  const plan = aPlan('counted', { schedule: { rate: '6 hours' } });
  const starts = async () =>
    (await client.send(new GetScheduleCommand({ GroupName: groupName, Name: plan.id }))).StartDate?.getTime();
  await scheduler.put(plan, anchor);
  expect(await starts()).toBe(anchorMs + 3 * intervalMs);
  await scheduler.put({ ...plan, enabled: false }, anchor);
  expect(await starts()).toBe(anchorMs + 3 * intervalMs);
});

test('a cron needs no start date', async () => {
  await eventBridgeScheduler({ ...options, client }).put(aPlan('clock'), '2026-01-01T00:00:00Z');
  const stored = await client.send(new GetScheduleCommand({ GroupName: groupName, Name: 'clock' }));
  expect(stored.StartDate).toBeUndefined();
});

test('a refused permission is ACCESS_DENIED and names the action', async () => {
  const refused = newClient();
  refused.middlewareStack.add(
    () => async () => {
      throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
    },
    { step: 'finalizeRequest', priority: 'low', name: 'refuse' },
  );
  const get = eventBridgeScheduler({ ...options, client: refused }).get('shop');
  await expect(get).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    message: expect.stringContaining('scheduler:GetSchedule'),
  });
});

async function listedBy(client: SchedulerClient): Promise<unknown[]> {
  const listed: unknown[] = [];
  for await (const each of scheduleReader({ groupName, client }).list()) listed.push(each);
  return listed;
}

test('a list of several pages is read to its end, a hundred a call', async () => {
  const asked: unknown[] = [];
  const paged = newClient();
  // The local AWS has no pages: they are put in at the wire.
  paged.middlewareStack.add(
    () => async (args) => {
      const { NextToken, MaxResults } = args.input as { NextToken?: string; MaxResults?: number };
      asked.push([NextToken, MaxResults]);
      const page = Number(NextToken ?? '0');
      const Schedules = [{ Name: `p-${page}`, State: page === 1 ? 'DISABLED' : 'ENABLED' }];
      const output = { $metadata: {}, Schedules, NextToken: page < 2 ? String(page + 1) : undefined };
      return { response: {}, output } as never;
    },
    { step: 'finalizeRequest', priority: 'low', name: 'pages' },
  );
  const listed = await listedBy(paged);
  expect(listed).toEqual([
    { planId: 'p-0', enabled: true },
    { planId: 'p-1', enabled: false },
    { planId: 'p-2', enabled: true },
  ]);
  expect(asked).toEqual([
    [undefined, 100],
    ['1', 100],
    ['2', 100],
  ]);
});

test('a list that is refused is ACCESS_DENIED and no empty one', async () => {
  const refused = newClient();
  refused.middlewareStack.add(
    () => async () => {
      throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
    },
    { step: 'finalizeRequest', priority: 'low', name: 'refuse' },
  );
  await expect(listedBy(refused)).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    message: expect.stringContaining('scheduler:ListSchedules'),
  });
});
