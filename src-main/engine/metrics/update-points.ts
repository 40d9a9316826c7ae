import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateReport } from '../records.ts';
import { meanOf } from './masked-statistics.ts';

/** Values of one key over the reports that have it. */
function valuesOf(reports: readonly UpdateReport[], key: string): readonly number[] {
  return reports.flatMap((report) => (report[key] === undefined ? [] : [report[key]]));
}

function meanOrNothing(reports: readonly UpdateReport[], key: string): number | undefined {
  const values = valuesOf(reports, key);
  return values.length > 0 ? meanOf(values) : undefined;
}

/** Variance with divisor n - 1, over the updates; 0 for a single one. */
function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.length < 2 ? 0 : values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

function methodPoints(reports: readonly UpdateReport[]): readonly MetricPoint[] {
  const mean = (key: string) => meanOrNothing(reports, key);
  const residual = mean('residual_mean');
  const ess = reports.flatMap((report) =>
    report.weight_square === undefined ? [] : [report.weight_mean! ** 2 / report.weight_square],
  );
  const ratios = valuesOf(reports, 'ratio');
  return metricPoints({
    'apa/residual_mean': residual,
    'apa/residual_rms': residual === undefined ? undefined : Math.sqrt(mean('policy_loss')!),
    'apa/unreachable_share': mean('unreachable_share'),
    'awr/ess_share': ess.length > 0 ? meanOf(ess) : undefined,
    'awr/weight_mean': mean('weight_mean'),
    'awr/weight_max': ess.length > 0 ? Math.max(...valuesOf(reports, 'weight_max')) : undefined,
    'policy/approxkl_avg': mean('approx_kl'),
    'policy/approxkl_k3': mean('approx_kl_k3'),
    'policy/clipfrac_avg': mean('clipfrac'),
    'val/clipfrac_avg': mean('value_clipfrac'),
    'val/ratio': mean('ratio'),
    'val/ratio_var': ratios.length > 0 ? varianceOf(ratios) : undefined,
  });
}

/** What the updates of one iteration tell; an update that was skipped tells only that. */
export function updatePoints(reports: readonly UpdateReport[], learningRate: number): readonly MetricPoint[] {
  const made = reports.filter((report) => !report.skipped);
  const mean = (key: string) => meanOrNothing(made, key);
  return [
    ...metricPoints({
      'loss/policy_avg': mean('policy_loss'),
      'loss/value_avg': mean('value_loss'),
      'loss/total': mean('loss'),
      'optimizer/grad_norm': mean('grad_norm'),
      'optimizer/clip_share': mean('clipped'),
      'optimizer/skipped': reports.length - made.length,
      lr: learningRate,
    }),
    ...methodPoints(made),
  ];
}
