/** The alerts topic: everything that a person must hear of is published here. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IAlarmAction,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlertsProps {
  /** Subscribed; AWS asks the address to confirm. Default: nobody yet. */
  readonly email?: string;
}

export class Alerts extends Construct {
  readonly topic: Topic;
  private readonly action: IAlarmAction;
  private readonly alarms: Alarm[] = [];

  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { displayName: 'Holdfast', enforceSSL: true });
    this.topic.addToResourcePolicy(
      // A topic with a policy of its own loses the default one, which let the account's alarms publish.
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (props.email) this.topic.addSubscription(new EmailSubscription(props.email));
    this.action = new SnsAction(this.topic);
    this.alarm(this, 'NotDelivered', {
      alarmDescription:
        'Holdfast: within a day an alert could not be delivered to one of its recipients. Look at the subscriptions of the topic: a mailbox that is gone, an address that refuses.',
      metric: this.topic.metricNumberOfNotificationsFailed({
        period: Duration.minutes(5),
        statistic: 'Sum',
      }),
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      // One failure in a day, the longest that CloudWatch looks back at such periods: it speaks to the topic that may be
      // the one at fault, so it must last until watch has seen it.
      evaluationPeriods: 288,
      datapointsToAlarm: 1,
      // No notifications, no metric.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /**
   * An alarm that is heard when it begins and when it ends. One about a recipient goes to the topic as well: the others
   * still hear it, and it speaks once, so that it makes no circle. Watch repeats what is still raised.
   */
  alarm(scope: Construct, id: string, props: AlarmProps): Alarm {
    const alarm = new Alarm(scope, id, props);
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
    this.alarms.push(alarm);
    return alarm;
  }

  /** Of everything, without a filter: whom it concerns is decided there. A function is no person: see core/health. */
  toldBy(notify: IFunction): void {
    this.topic.addSubscription(new LambdaSubscription(notify));
  }

  /** Of those that are there so far. */
  get alarmNames(): readonly string[] {
    return this.alarms.map(({ alarmName }) => alarmName);
  }
}
