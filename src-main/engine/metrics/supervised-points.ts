import { isMetricKey } from '#contract/metrics/catalog.ts';
import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateReport } from '../records.ts';

/** Numbers of the report whose names are metrics, below a prefix. */
function named(report: UpdateReport, prefix: string): readonly MetricPoint[] {
  return Object.entries(report).flatMap(([name, value]) => {
    const key = `${prefix}${name}`;
    return isMetricKey(key) ? [{ key, value }] : [];
  });
}

/** What one update of SFT or reward modeling tells. */
export function supervisedPoints(report: UpdateReport, learningRate: number): readonly MetricPoint[] {
  return [
    ...named(report, ''),
    ...metricPoints({
      learning_rate: learningRate,
      'training/clipped': report.clipped,
      'training/skipped': report.skipped,
    }),
  ];
}

/** What an evaluation on held-out records tells. */
export function evaluationPoints(report: UpdateReport): readonly MetricPoint[] {
  return named(report, 'eval/');
}
