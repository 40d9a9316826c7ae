import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { AdvantageBatch } from '../records.ts';
import { maskedStatistics } from './masked-statistics.ts';

/** Spread of advantages before and after scaling, and how well the critic foresaw the returns. */
export function advantagePoints(batch: AdvantageBatch): readonly MetricPoint[] {
  const stored = batch.responseMask.data;
  const of = (x: { readonly data: Float32Array }) => maskedStatistics(x.data, stored);
  const raw = of(batch.rawAdvantages);
  const returns = of(batch.returns);
  const errors = maskedStatistics(
    batch.returns.data.map((target, i) => target - batch.values.data[i]!),
    stored,
  );
  return metricPoints({
    'advantages/mean': raw.mean,
    'advantages/std': Math.sqrt(raw.variance),
    'advantages/scaled_std': Math.sqrt(of(batch.advantages).variance),
    'advantages/valid_share': raw.n / stored.length,
    'returns/mean': returns.mean,
    'returns/std': Math.sqrt(returns.variance),
    'values/mean': of(batch.values).mean,
    'values/explained_variance': returns.variance > 0 ? 1 - errors.variance / returns.variance : Number.NaN,
  });
}
