import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateStatistics } from '../../records.ts';
import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, entriesOf, type LossResult, meanOver } from './loss-result.ts';

export interface ApaInputs {
  /** log π_θ of the sampled entries. */
  readonly logprobs: Tensor;
  /** log π_init of the same entries. */
  readonly refLogprobs: Tensor;
  readonly advantages: Tensor;
  /** True on stored entries. */
  readonly responseMask: Tensor;
  /** λ, a scalar. */
  readonly lambda: Tensor;
  /** Number of true entries in the whole minibatch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

/**
 * Advantage-Induced Policy Alignment, Zhu et al. 2023 (arXiv 2306.02231).
 *
 * Eq.     L = (1/n) Σ (log π_θ - A/λ - log π_init)², over entries where `responseMask` is true
 * Shape   logprobs, refLogprobs, advantages, responseMask [b, t]; lambda and loss []
 *
 * Masked entries are excluded before the square, so that their values cannot affect the loss or its gradient.
 * Stats: `residual_mean`; `unreachable_share`, the share of targets above log 1.
 */
export function apaLoss({ logprobs, refLogprobs, advantages, responseMask, lambda, entries }: ApaInputs): LossResult {
  const n = entriesOf(responseMask, entries);
  const shift = tf.div(maskedValues(advantages, responseMask), lambda);
  const target = tf.add(maskedValues(refLogprobs, responseMask), shift);
  const residual = tf.sub(maskedValues(logprobs, responseMask), target);
  return {
    loss: meanOver(tf.square(residual), responseMask, n),
    stats: {
      residual_mean: additive(meanOver(residual, responseMask, n)),
      unreachable_share: additive(meanOver(tf.greater(target, 0).toFloat(), responseMask, n)),
    },
  };
}

/** The loss's statistics over an iteration, as metrics. */
export function apaPoints({ mean }: UpdateStatistics): readonly MetricPoint[] {
  const meanSquare = mean('policy_loss');
  return metricPoints({
    'apa/residual_mean': mean('residual_mean'),
    'apa/residual_rms': meanSquare === undefined ? undefined : Math.sqrt(meanSquare),
    'apa/unreachable_share': mean('unreachable_share'),
  });
}
