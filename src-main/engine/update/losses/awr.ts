import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateStatistics } from '../../records.ts';
import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, clampExponent, entriesOf, type LossResult, largest, meanOver } from './loss-result.ts';

export interface AwrInputs {
  /** log π_θ of the sampled entries. */
  readonly logprobs: Tensor;
  readonly advantages: Tensor;
  /** True on stored entries. */
  readonly responseMask: Tensor;
  /** λ, a scalar. */
  readonly lambda: Tensor;
  /** Largest weight, or null for no cap. */
  readonly weightMax: number | null;
  /** Number of true entries in the whole minibatch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

/**
 * Advantage-weighted regression, Peng et al. 2019 (arXiv 1910.00177).
 *
 * Eq.     L = -(1/n) Σ min(exp(A/λ), w_max) log π_θ, over entries where `responseMask` is true
 * Shape   logprobs, advantages, responseMask [b, t]; lambda and loss []
 *
 * Stats: `weight_mean` and `weight_square`, whose ratio gives the effective sample size; `weight_max`.
 */
export function awrLoss({ logprobs, advantages, responseMask, lambda, weightMax, entries }: AwrInputs): LossResult {
  const n = entriesOf(responseMask, entries);
  const exponent = clampExponent(tf.div(maskedValues(advantages, responseMask), lambda));
  const uncapped = tf.exp(exponent);
  const weights = weightMax === null ? uncapped : tf.minimum(uncapped, weightMax);
  const weighted = tf.mul(weights, maskedValues(logprobs, responseMask));
  return {
    loss: tf.neg(meanOver(weighted, responseMask, n)),
    stats: {
      weight_mean: additive(meanOver(weights, responseMask, n)),
      weight_square: additive(meanOver(tf.square(weights), responseMask, n)),
      weight_max: largest(tf.max(maskedValues(weights, responseMask))),
    },
  };
}

/** The loss's statistics over an iteration, as metrics. */
export function awrPoints({ mean, meanOf, largest: largestOf }: UpdateStatistics): readonly MetricPoint[] {
  return metricPoints({
    'awr/ess_share': meanOf((report) => report.weight_mean! ** 2 / report.weight_square!),
    'awr/weight_mean': mean('weight_mean'),
    'awr/weight_max': largestOf('weight_max'),
  });
}
