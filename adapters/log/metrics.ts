/**
 * Figures as lines of the log in CloudWatch's embedded metric format, which Logs turns into metrics by itself: no call, no
 * right, nothing to wait for. Written here and not by Powertools, whose lines carry a dimension `service` of their own, so
 * that each series would have one more than the heartbeat's.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { type MetricName, metricDimensions, metrics, metricsNamespace } from '../../core/metrics.ts';
import type { Metrics } from '../../core/ports/metrics.ts';

export interface LogMetricsOptions {
  readonly stackName: string;
  readonly functionName: string;
  /** In every line, for who searches. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  /** Default: stdout, past whatever Lambda makes of the console. */
  readonly write?: (line: string) => void;
  readonly nowMs?: () => number;
}

export function logMetrics(options: LogMetricsOptions): Metrics {
  const { stackName, functionName, fields, nowMs = Date.now } = options;
  const { write = (line: string) => void process.stdout.write(line) } = options;
  const { stack, function: ofFunction, plan } = metricDimensions;
  return {
    put(values, { planId, fields: more } = {}) {
      const kept = (Object.entries(values) as [MetricName, number | undefined][]).filter(
        (pair): pair is [MetricName, number] => pair[1] !== undefined && Number.isFinite(pair[1]),
      );
      if (kept.length === 0) return;
      const directive = (by: string, dimensions: readonly (readonly string[])[]) => {
        const named = kept.filter(([name]) => metrics[name].by === by);
        const Metrics = named.map(([name]) => ({ Name: name, Unit: metrics[name].unit }));
        return named.length === 0 ? [] : [{ Namespace: metricsNamespace, Dimensions: dimensions, Metrics }];
      };
      const line = {
        ...fields,
        ...more,
        _aws: {
          Timestamp: nowMs(),
          CloudWatchMetrics: [
            ...directive('stack', [[stack]]),
            ...directive('plan', planId === undefined ? [[stack]] : [[stack], [stack, plan]]),
            ...directive('function', [[stack, ofFunction]]),
          ],
        },
        [stack]: stackName,
        [ofFunction]: functionName,
        ...(planId !== undefined && { [plan]: planId }),
        ...Object.fromEntries(kept),
      };
      write(`${JSON.stringify(line)}\n`);
    },
  };
}
