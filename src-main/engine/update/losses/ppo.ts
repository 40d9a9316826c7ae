import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateStatistics } from '../../records.ts';
import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, clampExponent, entriesOf, type LossResult, meanOver } from './loss-result.ts';

export interface PpoInputs {
  /** log π_θ of the sampled entries. */
  readonly logprobs: Tensor;
  /** log π_old of the same entries, from the training forward pass. */
  readonly oldLogprobs: Tensor;
  readonly advantages: Tensor;
  /** True on stored entries. */
  readonly responseMask: Tensor;
  /** ε. */
  readonly cliprange: number;
  /** Number of true entries in the whole minibatch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

/**
 * Clipped surrogate, Schulman et al. 2017 (arXiv 1707.06347), eq. 7.
 *
 * Eq.     ρ = π_θ / π_old;  L = (1/n) Σ max(-A ρ, -A clip(ρ, 1-ε, 1+ε)), where `responseMask` is true
 * Shape   logprobs, oldLogprobs, advantages, responseMask [b, t]; loss []
 *
 * Stats: `clipfrac`; `ratio` and `ratio_square`; `approx_kl`, half the mean squared log-ratio as in TRL; `approx_kl_k3`,
 * the mean of ρ - 1 - log ρ, unbiased for KL(π_old || π_θ).
 */
export function ppoLoss({
  logprobs,
  oldLogprobs,
  advantages,
  responseMask,
  cliprange,
  entries,
}: PpoInputs): LossResult {
  const n = entriesOf(responseMask, entries);
  const selected = (x: Tensor) => maskedValues(x, responseMask);
  const logRatio = clampExponent(tf.sub(selected(logprobs), selected(oldLogprobs)));
  const ratio = tf.exp(logRatio);
  const gain = tf.neg(selected(advantages));
  const unclipped = tf.mul(gain, ratio);
  const clipped = tf.mul(gain, tf.clipByValue(ratio, 1 - cliprange, 1 + cliprange));
  const mean = (x: Tensor) => meanOver(x, responseMask, n);
  return {
    loss: mean(tf.maximum(unclipped, clipped)),
    stats: {
      clipfrac: additive(mean(tf.greater(clipped, unclipped).toFloat())),
      ratio: additive(mean(ratio)),
      ratio_square: additive(mean(tf.square(ratio))),
      approx_kl: additive(tf.mul(0.5, mean(tf.square(logRatio)))),
      approx_kl_k3: additive(mean(tf.sub(tf.sub(ratio, 1), logRatio))),
    },
  };
}

/** The statistics of policy and value loss over an iteration, as metrics. */
export function ppoPoints({ mean, variance }: UpdateStatistics): readonly MetricPoint[] {
  return metricPoints({
    'policy/approxkl_avg': mean('approx_kl'),
    'policy/approxkl_k3': mean('approx_kl_k3'),
    'policy/clipfrac_avg': mean('clipfrac'),
    'val/clipfrac_avg': mean('value_clipfrac'),
    'val/ratio': mean('ratio'),
    'val/ratio_var': variance('ratio'),
  });
}
