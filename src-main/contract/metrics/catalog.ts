import { evaluationMetrics } from './evaluation-metrics.ts';
import type { MetricEntry } from './metric-entry.ts';
import { advantageMetrics, objectiveMetrics, responseMetrics } from './objective-metrics.ts';
import { supervisedMetrics } from './supervised-metrics.ts';
import { systemMetrics } from './system-metrics.ts';
import { apaMetrics, awrMetrics, ppoMetrics, updateMetrics } from './update-metrics.ts';

/** Every metric that a run may emit. */
export const metricCatalog = {
  ...objectiveMetrics,
  ...responseMetrics,
  ...advantageMetrics,
  ...updateMetrics,
  ...apaMetrics,
  ...awrMetrics,
  ...ppoMetrics,
  ...evaluationMetrics,
  ...supervisedMetrics,
  ...systemMetrics,
} as const satisfies Readonly<Record<string, MetricEntry>>;

export type MetricKey = keyof typeof metricCatalog;

export function isMetricKey(key: string): key is MetricKey {
  return Object.hasOwn(metricCatalog, key);
}
