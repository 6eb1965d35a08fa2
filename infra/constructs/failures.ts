/**
 * Where failures go that no function lived to report: crashed and timed-out runs (Lambda's failure destination) and
 * schedules that could not start theirs (Scheduler's dead-letter queue). One queue, one function that turns each
 * message into a failed run and an alert, and alarms for when even that does not happen.
 */
import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alerts } from './alerts.ts';
import type { RuntimeFunction } from './runtime-function.ts';

export class FailureQueue extends Construct {
  readonly queue: Queue;
  /** What the failures function itself could not handle. */
  readonly unhandled: Queue;

  /** The failures function's own limit; the queue hides a message six times as long, as Lambda advises. */
  static readonly handlerTimeout = Duration.minutes(1);
  private static readonly attempts = 5;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    // Two weeks, SQS's longest: someone must come back from holiday and still find it.
    const common = {
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
      retentionPeriod: Duration.days(14),
    };
    this.unhandled = new Queue(this, 'Unhandled', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(6 * FailureQueue.handlerTimeout.toSeconds()),
      deadLetterQueue: { queue: this.unhandled, maxReceiveCount: FailureQueue.attempts },
    });
  }

  handledBy(handler: RuntimeFunction): void {
    handler.function.addEventSource(
      new SqsEventSource(this.queue, { batchSize: 10, reportBatchItemFailures: true }),
    );
  }

  /** The backstop: no function of ours is needed for these to be heard. */
  watchedBy(alerts: Alerts): void {
    alerts.alarm(this, 'Unread', {
      alarmDescription:
        'Holdfast: failures have waited over 30 minutes to be reported. Look at the log of the failures function.',
      metric: this.queue.metricApproximateAgeOfOldestMessage({
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      threshold: Duration.minutes(30).toSeconds(),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // An empty queue has no age.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alerts.alarm(this, 'UnhandledLeft', {
      alarmDescription:
        'Holdfast: failures could not be reported and lie in the dead-letter queue. Read them there; the runs may still be listed as running.',
      metric: this.unhandled.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
