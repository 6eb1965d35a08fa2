/** Lambda, SNS and CloudWatch as watch sees them, on the local AWS; the event that a function gets is read at the wire. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateTopicCommand,
  type ListSubscriptionsByTopicCommandOutput,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stackAlarms } from '../../adapters/cloudwatch/alarms.ts';
import { cloudWatchHeartbeat, heartbeatMetric } from '../../adapters/cloudwatch/heartbeat.ts';
import { lambdaStarter } from '../../adapters/lambda/starter.ts';
import { snsRecipients } from '../../adapters/sns/recipients.ts';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { surroundingsContract } from './surroundings.ts';

let emulator: Emulator;
let stateDir: string;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'holdfast-surroundings-'));
  emulator = await startEmulator({ stateDir });
}, 120_000);

afterAll(async () => {
  await emulator?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

surroundingsContract('the local AWS', async () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const config = { endpoint: emulator.endpoint, region: 'us-east-1', credentials };
  const sns = new SNSClient(config);
  const cloudWatch = new CloudWatchClient(config);
  // The local AWS confirms e-mail by itself; the real one answers with these words in place of an ARN until then.
  sns.middlewareStack.add(
    (next) => async (args) => {
      const reply = await next(args);
      const { Subscriptions } = reply.output as ListSubscriptionsByTopicCommandOutput;
      for (const each of Subscriptions ?? []) {
        if (each.Protocol === 'email') each.SubscriptionArn = 'PendingConfirmation';
      }
      return reply;
    },
    { step: 'deserialize', priority: 'high', name: 'unconfirmed' },
  );
  const topicArn = (await sns.send(new CreateTopicCommand({ Name: 'alerts' }))).TopicArn ?? '';
  const sqs = new SQSClient(config);
  const queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'unhandled' }))).QueueUrl ?? '';
  const stackName = 'Contract';
  let last: InvokeCommandInput | undefined;
  const lambda = new LambdaClient(config);
  // What leaves is looked at; there is no function to take it.
  lambda.middlewareStack.add(
    () => async (args) => {
      last = args.input as InvokeCommandInput;
      return { response: {}, output: { $metadata: {}, StatusCode: 202 } } as never;
    },
    { step: 'finalizeRequest', priority: 'low', name: 'take' },
  );
  return {
    starter: lambdaStarter({ functions: { restore: 'f-restore' }, client: lambda }),
    received: async () =>
      last?.FunctionName === 'f-restore' && last.InvocationType === 'Event'
        ? JSON.parse(Buffer.from(last.Payload as Uint8Array).toString('utf8'))
        : undefined,
    recipients: snsRecipients({ topicArn, client: sns }),
    async subscribe() {
      const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:listener';
      await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint }));
      await sns.send(
        new SubscribeCommand({ TopicArn: topicArn, Protocol: 'email', Endpoint: 'ops@example.org' }),
      );
    },
    async subscribeFiltered() {
      const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:of-one-plan';
      const Attributes = { FilterPolicy: JSON.stringify({ plans: ['shop'] }) };
      await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint, Attributes }));
    },
    alarms: stackAlarms({
      alarmNames: ['Contract-NotDelivered', 'Contract-Unread'],
      unhandledQueueUrl: queueUrl,
      cloudWatch,
      sqs,
    }),
    async raise() {
      for (const AlarmName of ['Contract-NotDelivered', 'Contract-Unread', 'Somebody-Elses']) {
        await cloudWatch.send(
          new PutMetricAlarmCommand({
            AlarmName,
            AlarmDescription: 'Look at it.',
            Namespace: 'AWS/SNS',
            MetricName: 'NumberOfNotificationsFailed',
            Statistic: 'Sum',
            Period: 300,
            EvaluationPeriods: 288,
            DatapointsToAlarm: 1,
            Threshold: 0,
            ComparisonOperator: 'GreaterThanThreshold',
            TreatMissingData: 'notBreaching',
          }),
        );
        if (AlarmName === 'Contract-Unread') continue;
        const StateReason = 'told so by a test';
        await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason }));
      }
    },
    heartbeat: cloudWatchHeartbeat({ stackName, client: cloudWatch }),
    async beats() {
      const { Datapoints = [] } = await cloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: heartbeatMetric.namespace,
          MetricName: heartbeatMetric.name,
          Dimensions: [{ Name: heartbeatMetric.dimension, Value: stackName }],
          StartTime: new Date(Date.now() - 3_600_000),
          EndTime: new Date(Date.now() + 60_000),
          Period: 3600,
          Statistics: ['SampleCount'],
        }),
      );
      return Datapoints.reduce((sum, { SampleCount = 0 }) => sum + SampleCount, 0);
    },
    broken: {
      // The real client, and no such function.
      starter: lambdaStarter({ functions: { cleanup: 'f-none' }, client: new LambdaClient(config) }),
      recipients: snsRecipients({ topicArn: `${topicArn}-gone`, client: sns }),
      alarms: stackAlarms({ alarmNames: ['any'], unhandledQueueUrl: `${queueUrl}-gone`, cloudWatch, sqs }),
    },
  };
});

test('failures that lie in the last queue are seen, whatever its alarm says', async () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const config = { endpoint: emulator.endpoint, region: 'us-east-1', credentials };
  const sqs = new SQSClient(config);
  const QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'left' }))).QueueUrl ?? '';
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'lost' }));
  const cloudWatch = new CloudWatchClient(config);
  const alarms = stackAlarms({ alarmNames: ['none'], unhandledQueueUrl: QueueUrl, cloudWatch, sqs });
  expect(await alarms.raised()).toMatchObject([
    { name: 'unreported-failures', description: expect.stringContaining('1 failures') },
  ]);
});
