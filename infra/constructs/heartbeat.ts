/**
 * Who watches the watch: an alarm on the absence of its heartbeat. No function of ours is needed for it to be heard.
 */
import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct, type IDependable } from 'constructs';
import { heartbeatMetric } from '../../adapters/cloudwatch/heartbeat.ts';
import type { Alerts } from './alerts.ts';

export interface HeartbeatProps {
  readonly stackName: string;
  readonly alerts: Alerts;
  /** What starts the watch: its first round comes at once, and the alarm must not be there before it. */
  readonly after: IDependable;
}

export class Heartbeat extends Construct {
  constructor(scope: Construct, id: string, { stackName, alerts, after }: HeartbeatProps) {
    super(scope, id);
    const { namespace, name: metricName, dimension } = heartbeatMetric;
    const alarm = alerts.alarm(this, 'Silent', {
      alarmDescription:
        'Holdfast: the watch has not finished a round for three hours, so that missed backups go unseen. Look at the log of the watch function. (Quiet within an hour of a first deployment.)',
      metric: new Metric({
        namespace,
        metricName,
        dimensionsMap: { [dimension]: stackName },
        period: Duration.hours(1),
        statistic: 'SampleCount',
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      // Silence is what it is about.
      treatMissingData: TreatMissingData.BREACHING,
    });
    alarm.node.addDependency(after);
  }
}
