/** The heartbeat of watch: one data point a whole round. The stack has an alarm on its absence. */
import { CloudWatchClient, type MetricDatum, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { HoldfastError } from '../../core/errors.ts';
import type { Heartbeat } from '../../core/ports/surroundings.ts';
import { promptHandler } from '../aws-http.ts';

/** The alarm in infra/ names the same. */
export const heartbeatMetric = { namespace: 'Holdfast', name: 'Heartbeat', dimension: 'Stack' } as const;

export interface CloudWatchHeartbeatOptions {
  readonly stackName: string;
  /** Default: one of its own, configured from the environment. */
  readonly client?: CloudWatchClient;
}

/** Throws ACCESS_DENIED, INTERNAL. */
export function cloudWatchHeartbeat({
  stackName,
  client = heartbeatClient(),
}: CloudWatchHeartbeatOptions): Heartbeat {
  return {
    async beat(at) {
      const { namespace, name, dimension } = heartbeatMetric;
      const datum: MetricDatum = {
        MetricName: name,
        Dimensions: [{ Name: dimension, Value: stackName }],
        Timestamp: new Date(at),
        Value: 1,
        Unit: 'Count',
      };
      try {
        await client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData: [datum] }));
      } catch (thrown) {
        const said = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
        const isRefused = thrown instanceof Error && /^AccessDenied/.test(thrown.name);
        throw new HoldfastError(
          isRefused ? 'ACCESS_DENIED' : 'INTERNAL',
          `cloudwatch:PutMetricData of ${namespace}/${name} failed: ${said}`,
          {
            cause: thrown,
            ...(isRefused
              ? {}
              : { next: 'CloudWatch did not take the heartbeat: the next round sends it again.' }),
          },
        );
      }
    },
  };
}

function heartbeatClient(): CloudWatchClient {
  return new CloudWatchClient({ retryMode: 'standard', maxAttempts: 5, requestHandler: promptHandler() });
}
