/** Alerts through SNS on the local AWS, read from a queue that listens to the topic. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { snsAlerts } from '../../adapters/sns/alerts.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { alert, alertsContract } from './alerts.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
let emulator: Emulator;
let stateDir: string;
let sns: SNSClient;
let sqs: SQSClient;
let queueUrl: string;
let topicArn: string;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'holdfast-alerts-'));
  emulator = await startEmulator({ stateDir });
  const config = { endpoint: emulator.endpoint, region: 'us-east-1', credentials };
  sns = new SNSClient(config);
  sqs = new SQSClient(config);
  topicArn = (await sns.send(new CreateTopicCommand({ Name: 'alerts' }))).TopicArn ?? '';
  queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'listener' }))).QueueUrl ?? '';
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
  );
  const Endpoint = Attributes?.QueueArn;
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint }));
}, 120_000);

afterAll(async () => {
  sns?.destroy();
  sqs?.destroy();
  await emulator?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const envelope = z.object({
  Subject: z.string(),
  Message: z.string(),
  MessageAttributes: z.record(
    z.string(),
    z.object({ Type: z.enum(['String', 'String.Array']), Value: z.string() }),
  ),
});

async function received() {
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 10 }));
  const [message] = Messages ?? [];
  await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message?.ReceiptHandle }));
  const { Subject, Message, MessageAttributes } = envelope.parse(JSON.parse(message?.Body ?? 'null'));
  const attributes = Object.entries(MessageAttributes).map(([name, { Value }]) => [name, Value]);
  return { subject: Subject, text: Message, attributes: Object.fromEntries(attributes) };
}

alertsContract('SNS on the local AWS', async () => ({
  alerts: snsAlerts({ topicArn, client: sns }),
  broken: snsAlerts({ topicArn: `${topicArn}-gone`, client: sns }),
  received,
}));

test('a secret that slipped into an alert does not leave', async () => {
  const text = 'Why: connection to postgres://backup:hunter2@db/shop refused, PGPASSWORD=hunter2';
  await snsAlerts({ topicArn, client: sns }).publish({ ...alert, text });
  expect((await received()).text).toBe(
    'Why: connection to postgres://backup:[redacted]@db/shop refused, PGPASSWORD=[redacted]',
  );
});
