/** Lambda, SNS and CloudWatch as watch sees them, on the local AWS; the event that a function gets is read at the wire. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateTopicCommand,
  type ListSubscriptionsByTopicCommandOutput,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll } from 'vitest';
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
    },
  };
});
