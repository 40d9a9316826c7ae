import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { clampExponent, entriesOf, type LossResult, meanOver } from './loss-result.ts';

export interface AwrInputs {
  /** log π_θ of the sampled entries. */
  readonly logprobs: Tensor;
  readonly advantages: Tensor;
  /** True on stored entries. */
  readonly responseMask: Tensor;
  /** 1/λ, a scalar. */
  readonly inverseLambda: Tensor;
  /** Largest weight, or null for no cap. */
  readonly weightMax: number | null;
  /** Number of true entries of the whole minibatch when this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

/**
 * Advantage-weighted regression, Peng et al. 2019 (arXiv 1910.00177).
 *
 * Eq.     L = -(1/n) Σ min(exp(A/λ), w_max) log π_θ, over entries where `responseMask` is true
 * Shape   logprobs, advantages, responseMask [b, t]; inverseLambda and loss []
 *
 * Stats: `weight_mean` and `weight_square`, whose ratio gives the effective sample size; `weight_max`.
 */
export function awrLoss({
  logprobs,
  advantages,
  responseMask,
  inverseLambda,
  weightMax,
  entries,
}: AwrInputs): LossResult {
  const n = entriesOf(responseMask, entries);
  const exponent = clampExponent(tf.mul(inverseLambda, maskedValues(advantages, responseMask)));
  const uncapped = tf.exp(exponent);
  const weights = weightMax === null ? uncapped : tf.minimum(uncapped, weightMax);
  const weighted = tf.mul(weights, maskedValues(logprobs, responseMask));
  return {
    loss: tf.neg(meanOver(weighted, responseMask, n)),
    stats: {
      weight_mean: meanOver(weights, responseMask, n),
      weight_square: meanOver(tf.square(weights), responseMask, n),
      weight_max: tf.max(maskedValues(weights, responseMask)),
    },
  };
}
