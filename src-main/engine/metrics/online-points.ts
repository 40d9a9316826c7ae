import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { AdvantageBatch, UpdateReport } from '../records.ts';
import { maskedStatistics } from './masked-statistics.ts';
import { rolloutPoints, scorePoints } from './rollout-points.ts';
import { updatePoints } from './update-points.ts';

/** How well the critic predicted the returns; empty for a method without a critic. */
function valueStatistics({ values, returns, responseMask }: AdvantageBatch) {
  if (!values || !returns) return {};
  const target = maskedStatistics(returns.data, responseMask.data);
  const errors = maskedStatistics(
    returns.data.map((value, i) => value - values.data[i]!),
    responseMask.data,
  );
  return {
    'returns/mean': target.mean,
    'returns/std': Math.sqrt(target.variance),
    'values/mean': maskedStatistics(values.data, responseMask.data).mean,
    'values/explained_variance': target.variance > 0 ? 1 - errors.variance / target.variance : Number.NaN,
  };
}

/** Spread of advantages before and after scaling, and how well the critic predicted the returns. */
function advantagePoints(batch: AdvantageBatch): readonly MetricPoint[] {
  const stored = batch.responseMask.data;
  const of = (x: { readonly data: Float32Array }) => maskedStatistics(x.data, stored);
  const raw = of(batch.rawAdvantages);
  return metricPoints({
    'advantages/mean': raw.mean,
    'advantages/std': Math.sqrt(raw.variance),
    'advantages/scaled_std': Math.sqrt(of(batch.advantages).variance),
    'advantages/valid_share': raw.n / stored.length,
    ...valueStatistics(batch),
  });
}

export interface FinishedUpdates {
  /** One report per update of the iteration. */
  readonly reports: readonly UpdateReport[];
  /** Learning rate of the last update. */
  readonly learningRate: number;
}

/** Every metric that an iteration of an online recipe records, whatever the method, from its batch and its updates. */
export function onlinePoints(batch: AdvantageBatch, done: FinishedUpdates): readonly MetricPoint[] {
  return [...rolloutPoints(batch), ...advantagePoints(batch), ...updatePoints(done.reports, done.learningRate)];
}

/** The same for responses of a dataset: nothing about what the policy itself writes, which only evaluations show. */
export function givenPoints(batch: AdvantageBatch, done: FinishedUpdates): readonly MetricPoint[] {
  return [...scorePoints(batch), ...advantagePoints(batch), ...updatePoints(done.reports, done.learningRate)];
}
