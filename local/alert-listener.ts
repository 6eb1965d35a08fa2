/** A subscriber of the alerts topic, so that the quick start shows what a person would receive. */
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

export interface ReceivedAlert {
  readonly subject: string;
  readonly text: string;
  readonly planId?: string;
  readonly kind?: string;
  readonly code?: string;
  /** `broken`, `reminder` or `recovered`. */
  readonly state?: string;
}

export class AlertListener {
  readonly #sqs = new SQSClient({});
  readonly #queueUrl: string;

  private constructor(queueUrl: string) {
    this.#queueUrl = queueUrl;
  }

  /** Subscribes a queue of its own to the topic; the AWS clients are configured by the environment. */
  static async start(topicArn: string): Promise<AlertListener> {
    const sqs = new SQSClient({});
    const sns = new SNSClient({});
    const { QueueUrl: url = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: `alerts-seen-${Date.now()}` }),
    );
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    const allow = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Attributes?.QueueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allow] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
    await sns.send(
      new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }),
    );
    sns.destroy();
    sqs.destroy();
    return new AlertListener(url);
  }

  /** The next alert that fits, or an error after so many seconds; others are dropped. */
  async next(fits: (alert: ReceivedAlert) => boolean, withinSeconds: number): Promise<ReceivedAlert> {
    const giveUpAt = Date.now() + withinSeconds * 1000;
    while (Date.now() < giveUpAt) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.#queueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 }),
      );
      for (const { Body = '{}', ReceiptHandle } of Messages) {
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle }));
        const alert = parse(Body);
        if (fits(alert)) return alert;
      }
    }
    throw new Error(`no alert arrived within ${withinSeconds} s`);
  }

  async stop(): Promise<void> {
    this.#sqs.destroy();
  }
}

function parse(body: string): ReceivedAlert {
  const message = JSON.parse(body) as {
    Subject?: string;
    Message?: string;
    MessageAttributes?: Record<string, { Value?: string }>;
  };
  const attribute = (name: string) => message.MessageAttributes?.[name]?.Value;
  return {
    subject: message.Subject ?? '',
    text: message.Message ?? '',
    planId: attribute('planId'),
    kind: attribute('kind'),
    code: attribute('code'),
    state: attribute('state'),
  };
}
