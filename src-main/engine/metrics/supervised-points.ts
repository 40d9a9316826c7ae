import { isMetricKey } from '#contract/metrics/catalog.ts';
import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateReport } from '../records.ts';

/** Values of the report whose names are metrics, with a prefix. */
function named(report: UpdateReport, prefix: string): readonly MetricPoint[] {
  return Object.entries(report).flatMap(([name, value]) => {
    const key = `${prefix}${name}`;
    return isMetricKey(key) ? [{ key, value }] : [];
  });
}

/** Metrics of one update of SFT or reward modeling. */
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

/** Metrics of an evaluation on held-out records. */
export function evaluationPoints(report: UpdateReport): readonly MetricPoint[] {
  return named(report, 'eval/');
}
