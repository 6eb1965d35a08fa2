/** CloudWatch Logs as the API reads it, on the local AWS; and what only the real one does, at the wire. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  type FilterLogEventsCommandInput,
  type FilterLogEventsCommandOutput,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloudWatchLogReader } from '../../adapters/cloudwatch/logs.ts';
import type { LogLine } from '../../core/ports/log-reader.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { logReaderContract } from './log-reader.ts';

const config = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
const groups = { api: '/stack/api', backup: '/stack/backup', notify: '/stack/notify', verify: '/stack/none' };

let emulator: Emulator;
let stateDir: string;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'holdfast-logs-'));
  emulator = await startEmulator({ stateDir });
}, 120_000);

afterAll(async () => {
  await emulator?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

type Logged = LogLine & { readonly correlationId: string };

/** As adapters/log/log.ts writes one. */
function written({ at, level, message, correlationId, fields, ...line }: Logged): string {
  return JSON.stringify({
    ...{ level: level.toUpperCase(), message, timestamp: at, service: 'holdfast' },
    ...{ function: `Holdfast-${line.function}-1A2B`, correlationId, ...fields },
  });
}

const clock = { now: () => new Date() };

logReaderContract('the local AWS', async () => {
  const client = new CloudWatchLogsClient({ ...config, endpoint: emulator.endpoint });
  return {
    // One that was never made has no lines.
    reader: cloudWatchLogReader({ groups, clock, client }),
    async put(lines) {
      for (const [name, logGroupName] of Object.entries(groups)) {
        if (name === 'verify') continue;
        const logStreamName = 'one';
        await client.send(new CreateLogGroupCommand({ logGroupName }));
        await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
        const logEvents = lines
          .filter((line) => line.function === name)
          .map((line) => ({ timestamp: Date.parse(line.at), message: written(line) }));
        await client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
      }
    },
  };
});

const beganAt = Date.parse('2026-11-21T02:00:00Z');
const question = {
  correlationId: 'sched-one',
  from: new Date(beganAt).toISOString(),
  to: new Date(beganAt + 60_000).toISOString(),
  level: 'debug',
  limit: 100,
} as const;

/** A client whose answers are these. */
function answering(answer: (input: FilterLogEventsCommandInput) => Partial<FilterLogEventsCommandOutput>): {
  readonly client: CloudWatchLogsClient;
  readonly asked: FilterLogEventsCommandInput[];
} {
  const client = new CloudWatchLogsClient(config);
  const asked: FilterLogEventsCommandInput[] = [];
  client.middlewareStack.add(
    () => async (args) => {
      const input = args.input as FilterLogEventsCommandInput;
      asked.push(input);
      return { response: {}, output: { $metadata: {}, ...answer(input) } as FilterLogEventsCommandOutput };
    },
    { step: 'initialize', priority: 'high', name: 'answer' },
  );
  return { client, asked };
}

const event = (milliseconds: number, message: string) => ({
  timestamp: beganAt + milliseconds,
  eventId: String(milliseconds).padStart(20, '3'),
  message: JSON.stringify({ level: 'INFO', message, correlationId: 'sched-one' }),
});

test('goes on where a large group was left when the time of a page is over', async () => {
  let now = 0;
  const { client, asked } = answering(({ logGroupName, nextToken }) => {
    if (logGroupName !== 'large') return { events: [event(10, 'small')] };
    now += 4000;
    const page = Number(nextToken ?? '0');
    return page === 5 ? { events: [event(5, 'late found')] } : { events: [], nextToken: String(page + 1) };
  });
  const reader = cloudWatchLogReader({
    ...{ groups: { one: 'large', other: 'small' }, client, budgetMs: 10_000 },
    clock: { now: () => new Date(now) },
  });
  const first = await reader.read(question);
  // Nothing is given while what is older may still come.
  expect(first.lines).toEqual([]);
  expect(first.cursor).toBeDefined();
  const second = await reader.read({ ...question, cursor: first.cursor });
  expect(second.lines.map(({ message }) => message)).toEqual(['late found', 'small']);
  expect(second.cursor).toBeUndefined();
  const tokens = asked.filter(({ logGroupName }) => logGroupName === 'large').map((each) => each.nextToken);
  expect(tokens).toEqual([undefined, '1', '2', '3', '4', '5']);
});

test('gives nothing twice and leaves nothing out where a page ends in the middle of a group', async () => {
  const all = Array.from({ length: 25 }, (_, at) => event(at, `line ${at}`));
  const { client } = answering(({ startTime = 0, nextToken, limit = 0 }) => {
    const from = Number(nextToken ?? all.findIndex(({ timestamp }) => timestamp >= startTime));
    const more = from + limit < all.length;
    return { events: all.slice(from, from + limit), ...(more && { nextToken: String(from + limit) }) };
  });
  const reader = cloudWatchLogReader({ groups: { one: 'a' }, clock, client, eventsPerCall: 4 });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.read({ ...question, limit: 7, cursor });
    seen.push(...page.lines.map(({ message }) => message));
    cursor = page.cursor;
  } while (cursor !== undefined && seen.length < 100);
  expect(seen).toEqual(all.map((_, at) => `line ${at}`));
});

test('a cursor that somebody made up is refused before CloudWatch is asked', async () => {
  const { client, asked } = answering(() => ({ events: [event(10, 'one'), event(20, 'two')] }));
  const reader = cloudWatchLogReader({ groups: { one: 'a' }, clock, client });
  const { cursor = '' } = await reader.read({ ...question, limit: 1 });
  asked.length = 0;
  const made = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  for (const change of [{ after: 'abc' }, { after: '000000000000001|' }, { toMs: -1 }, { toMs: 9e15 }]) {
    const changed = Buffer.from(JSON.stringify({ ...made, ...change })).toString('base64url');
    await expect(reader.read({ ...question, cursor: changed })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  }
  expect(asked).toEqual([]);
});

test('shows no secret and no figures, and text that is no JSON as it is', async () => {
  const raw = (milliseconds: number, message: string) => ({ ...event(milliseconds, ''), message });
  const { client } = answering(() => ({
    events: [
      raw(1, JSON.stringify({ correlationId: 'sched-one', _aws: {}, MaxMemory: 1 })),
      raw(2, 'ERROR sched-one: postgres://ada:hunter2@db/shop'),
      raw(3, JSON.stringify({ correlationId: 'sched-one', message: 'x', password: 'hunter2' })),
      raw(4, JSON.stringify({ correlationId: 'sched-one', message: 'y', big: 'z'.repeat(19_000) })),
    ],
  }));
  const { lines } = await cloudWatchLogReader({ groups: { one: 'a' }, clock, client }).read(question);
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['error', 'ERROR sched-one: postgres://ada:[redacted]@db/shop'],
    ['info', 'x'],
    ['info', 'y'],
  ]);
  expect(JSON.stringify(lines)).not.toContain('hunter2');
  expect(JSON.stringify(lines[2]?.fields)).toMatch(/characters; the whole line is in CloudWatch Logs/);
});

test('says which right is missing', async () => {
  const { client } = answering(() => {
    throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
  });
  const reader = cloudWatchLogReader({ groups: { one: 'a' }, clock, client });
  await expect(reader.read(question)).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    message: expect.stringContaining('logs:FilterLogEvents on a'),
  });
});
