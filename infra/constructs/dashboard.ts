/**
 * One page of graphs for a person who asks how it goes: runs, figures, the API and the functions. The figures are those
 * of core/metrics.ts, which the functions write as lines of their logs.
 */
import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Dashboard as CloudWatchDashboard,
  ComparisonOperator,
  GraphWidget,
  type IMetric,
  type IWidget,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type MetricName, metricDimensions, metrics, metricsNamespace } from '../../core/metrics.ts';
import type { Alerts } from './alerts.ts';

export interface DashboardProps {
  readonly stackName: string;
  /** All functions of the stack, by the name that people know. */
  readonly functions: Readonly<Record<string, IFunction>>;
  /** Where there is one. */
  readonly api: HttpApi | undefined;
}

const wide = 8;

/** A figure of the whole stack. */
export function figure(stackName: string, name: MetricName, statistic: string, period: Duration): Metric {
  return new Metric({
    namespace: metricsNamespace,
    metricName: name,
    dimensionsMap: { [metricDimensions.stack]: stackName },
    statistic,
    period,
  });
}

export class Dashboard extends Construct {
  readonly dashboard: CloudWatchDashboard;

  constructor(scope: Construct, id: string, { stackName, functions, api }: DashboardProps) {
    super(scope, id);
    const hour = Duration.hours(1);
    const of = (name: MetricName, statistic: string) =>
      figure(stackName, name, statistic, hour).with({ label: `${metrics[name].title} (${statistic})` });
    const used = (name: 'PeakMemoryBytes' | 'ScratchBytes') =>
      Object.entries(functions).map(
        ([label, { functionName }]) =>
          new Metric({
            namespace: metricsNamespace,
            metricName: name,
            dimensionsMap: {
              [metricDimensions.stack]: stackName,
              [metricDimensions.function]: functionName,
            },
            statistic: Stats.MAXIMUM,
            period: hour,
            label,
          }),
      );
    const each = (metric: (one: IFunction) => Metric) =>
      Object.entries(functions).map(([label, one]) => metric(one).with({ label, period: hour }));
    const { SUM, MAXIMUM } = Stats;
    const p90 = Stats.percentile(90);
    const rows: IWidget[][] = [
      [
        graph('Backups', of('BackupsCompleted', SUM), of('BackupsFailed', SUM)),
        graph('Proof', of('VerificationsPassed', SUM), of('VerificationsFailed', SUM)),
        graph('Restores', of('RestoresCompleted', SUM), of('RestoresFailed', SUM)),
      ],
      [
        graph(
          'Seconds of backups',
          of('BackupSeconds', p90),
          of('BackupSeconds', MAXIMUM),
          of('BackupLagSeconds', MAXIMUM),
        ),
        graph('Seconds of proof and restores', of('VerificationSeconds', p90), of('RestoreSeconds', p90)),
        graph('Bytes', of('BackupSourceBytes', SUM), of('BackupStoredBytes', SUM)),
      ],
      [
        graph(
          'Marked for expiry',
          of('CleanupMarkedBackups', SUM),
          of('CleanupMarkedObjects', SUM),
          of('CleanupFailures', SUM),
        ),
        graph('Peak memory', ...used('PeakMemoryBytes')),
        graph('In use below /tmp', ...used('ScratchBytes')),
      ],
      [
        graph('Invocations', ...each((one) => one.metricInvocations())),
        graph('Failed invocations', ...each((one) => one.metricErrors())),
        graph('Longest invocation', ...each((one) => one.metricDuration({ statistic: MAXIMUM }))),
      ],
      ...(api === undefined
        ? []
        : [
            [
              graph('Calls of the API', api.metricCount({ period: hour, statistic: SUM })),
              graph(
                'Refused and failed calls',
                api.metricClientError({ period: hour, statistic: SUM }),
                api.metricServerError({ period: hour, statistic: SUM }),
              ),
              graph('Milliseconds of calls', api.metricLatency({ period: hour, statistic: p90 })),
            ],
          ]),
    ];
    this.dashboard = new CloudWatchDashboard(this, 'Page', {
      defaultInterval: Duration.days(7),
      widgets: rows,
    });
  }
}

/** What the functions themselves tell by the topic; this is for when that way is broken. */
export function alarmOnFailures(
  scope: Construct,
  stackName: string,
  alerts: Alerts,
  notify: IFunction,
): void {
  alerts.alarm(scope, 'BackupsFailing', {
    alarmDescription:
      'Holdfast: three backups or more failed within an hour, which points to something that they share. See `holdfast status`; each failure has an alert of its own.',
    metric: figure(stackName, 'BackupsFailed', Stats.SUM, Duration.hours(1)),
    threshold: 3,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 1,
    // Written only when one failed.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  alerts.alarm(scope, 'NotTold', {
    alarmDescription:
      'Holdfast: the notify function failed, so that mail and channels may have missed a message. The subscriptions of the topic are not concerned. Look at its log.',
    metric: notify.metricErrors({ period: Duration.minutes(5), statistic: Stats.SUM }),
    threshold: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

function graph(title: string, ...left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: wide });
}
