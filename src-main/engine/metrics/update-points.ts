import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateReport, UpdateStatistics } from '../records.ts';
import { meanOf } from './masked-statistics.ts';

/** Variance with divisor n - 1; 0 for a single value. */
function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.length < 2 ? 0 : values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** Statistics over the updates that were applied; a skipped update reports only that it was skipped. */
export function updateStatistics(reports: readonly UpdateReport[]): UpdateStatistics {
  const made = reports.filter((report) => !report.skipped);
  const valuesOf = (name: string) => made.flatMap((report) => (report[name] === undefined ? [] : [report[name]]));
  const over = (values: readonly number[], fold: (values: readonly number[]) => number) =>
    values.length > 0 ? fold(values) : undefined;
  return {
    mean: (name) => over(valuesOf(name), meanOf),
    largest: (name) => over(valuesOf(name), (values) => Math.max(...values)),
    meanOf: (quantity) => over(made.map(quantity), meanOf),
    variance: (name) => over(valuesOf(name), varianceOf),
  };
}

/** Metrics that the updates of one iteration have in common, whatever the method. */
export function updatePoints(reports: readonly UpdateReport[], learningRate: number): readonly MetricPoint[] {
  const { mean } = updateStatistics(reports);
  return metricPoints({
    'loss/policy_avg': mean('policy_loss'),
    'loss/value_avg': mean('value_loss'),
    'loss/total': mean('loss'),
    'optimizer/grad_norm': mean('grad_norm'),
    'optimizer/clip_share': mean('clipped'),
    'optimizer/skipped': reports.filter((report) => report.skipped).length,
    lr: learningRate,
  });
}
