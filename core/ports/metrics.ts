/** Figures of what a run did, for graphs and alarms. Writing one never fails and never waits. */
import type { MetricName } from '../metrics.ts';

export interface Metrics {
  /** Of this moment. What is undefined or no number is left out; figures that are told by plan have its name, too. */
  put(values: Readonly<Partial<Record<MetricName, number | undefined>>>, about?: MetricsAbout): void;
}

export interface MetricsAbout {
  readonly planId?: string;
  /** Stand in the line beside the figures, for who searches logs; no dimension, so that they cost nothing. */
  readonly fields?: Readonly<Record<string, string | number | undefined>>;
}

export const noMetrics: Metrics = { put() {} };
