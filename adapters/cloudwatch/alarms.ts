/**
 * The stack's own alarms, and the failures that lie in its last queue. The queue is asked itself as well: SQS stops
 * reporting the metrics of a queue that nobody has touched for six hours, and its alarm then takes it for empty.
 */
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { HoldfastError } from '../../core/errors.ts';
import type { Alarms, RaisedAlarm } from '../../core/ports/surroundings.ts';
import { promptHandler } from '../aws-http.ts';

export interface StackAlarmsOptions {
  /** DescribeAlarms takes at most 100. */
  readonly alarmNames: readonly string[];
  /** Of the queue of failures that could not be reported. */
  readonly unhandledQueueUrl: string;
  /** Default: one of their own, configured from the environment. */
  readonly cloudWatch?: CloudWatchClient;
  readonly sqs?: SQSClient;
}

export function stackAlarms(options: StackAlarmsOptions): Alarms {
  const settings = { retryMode: 'standard', maxAttempts: 5 } as const;
  const {
    alarmNames,
    unhandledQueueUrl,
    cloudWatch = new CloudWatchClient({ ...settings, requestHandler: promptHandler() }),
    sqs = new SQSClient({ useQueueUrlAsEndpoint: false, ...settings, requestHandler: promptHandler() }),
  } = options;
  return {
    async raised() {
      const [alarms, left] = await Promise.all([
        raisedOf(cloudWatch, alarmNames),
        leftIn(sqs, unhandledQueueUrl),
      ]);
      return [...alarms, ...left];
    },
  };
}

async function raisedOf(client: CloudWatchClient, AlarmNames: readonly string[]): Promise<RaisedAlarm[]> {
  const command = new DescribeAlarmsCommand({
    AlarmNames: [...AlarmNames],
    AlarmTypes: ['MetricAlarm'],
    MaxRecords: 100,
  });
  const { MetricAlarms = [] } = await client.send(command).catch(refused('cloudwatch:DescribeAlarms'));
  return MetricAlarms.filter(({ StateValue }) => StateValue === 'ALARM').map(
    ({ AlarmName = '?', AlarmDescription = '', StateUpdatedTimestamp }) => ({
      name: AlarmName,
      description: AlarmDescription,
      since: StateUpdatedTimestamp?.toISOString(),
    }),
  );
}

async function leftIn(client: SQSClient, QueueUrl: string): Promise<RaisedAlarm[]> {
  const { Attributes } = await client
    .send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }))
    .catch(refused(`sqs:GetQueueAttributes on ${QueueUrl}`));
  const count = Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  if (count === 0) return [];
  const description = `${count} failures could not be reported and lie in ${QueueUrl}. Read them there, then delete them; the runs may still be listed as running.`;
  return [{ name: 'unreported-failures', description }];
}

function refused(action: string): (thrown: unknown) => never {
  return (thrown) => {
    const name = thrown instanceof Error ? thrown.name : 'Error';
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    const isDenied = /^AccessDenied|^AuthorizationError/.test(name);
    throw new HoldfastError(isDenied ? 'ACCESS_DENIED' : 'INTERNAL', `${action} failed: ${name}: ${said}`, {
      cause: thrown,
      details: { action, name },
      ...(isDenied ? {} : { next: 'AWS did not answer: ask again.' }),
    });
  };
}
