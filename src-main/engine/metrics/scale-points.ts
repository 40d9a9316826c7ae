import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';

/** Current scales: the divisors of scores and advantages. */
export function scalePoints(scales: {
  readonly scoreDeviation: number;
  readonly advantageDeviation: number;
  readonly isFrozen: boolean;
}): readonly MetricPoint[] {
  return metricPoints({
    'scales/score_std': scales.scoreDeviation,
    'scales/advantage_std': scales.advantageDeviation,
    'scales/frozen': scales.isFrozen ? 1 : 0,
  });
}
