import { detached } from '../../runtime/ops/detached.ts';
import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import type { GrpoInputs, GrpoSettings } from './grpo-inputs.ts';
import { clampExponent, entriesOf } from './loss-result.ts';

export interface Ratio {
  /** log ρ: [b, t] for tokens, [b, 1] for sequences. */
  readonly log: Tensor;
  /** True entries of each row, at least 1. Shape: [b, 1]. */
  readonly lengths: Tensor;
}

/** log of the probability ratio of each token, or its mean over each sequence (Zheng et al. 2025, arXiv 2507.18071). */
export function ratioOf({ logprobs, oldLogprobs, responseMask }: GrpoInputs, level: 'token' | 'sequence'): Ratio {
  const difference = tf.sub(maskedValues(logprobs, responseMask), maskedValues(oldLogprobs, responseMask));
  const lengths = tf.maximum(tf.sum(responseMask.toFloat(), 1, true), 1);
  const log = level === 'token' ? difference : tf.div(tf.sum(difference, 1, true), lengths);
  return { log: clampExponent(log), lengths };
}

/** -min(ρ A, clip(ρ) A), or for `cispo` -min(ρ, ε_high) A log π_θ with a constant weight. Shape: [b, t]. */
export function objective(inputs: GrpoInputs, ratio: Tensor, settings: GrpoSettings): Tensor {
  const advantages = maskedValues(inputs.advantages, inputs.responseMask);
  const { epsilon, epsilonHigh } = settings;
  if (settings.lossType === 'cispo') {
    const weights = detached(tf.minimum(ratio, epsilonHigh));
    return tf.neg(tf.mul(tf.mul(weights, advantages), maskedValues(inputs.logprobs, inputs.responseMask)));
  }
  const clipped = tf.clipByValue(ratio, 1 - epsilon, 1 + epsilonHigh);
  return tf.neg(tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages)));
}

/** k3 of π_θ from the start, weighted by the ratio if wanted. Shape: [b, t]. Source: TRL 1.16. */
export function klOf({ logprobs, refLogprobs, responseMask }: GrpoInputs, ratio: Tensor, corrected: boolean): Tensor {
  const d = clampExponent(tf.sub(maskedValues(refLogprobs, responseMask), maskedValues(logprobs, responseMask)));
  const k3 = tf.sub(tf.sub(tf.exp(d), d), 1);
  return corrected ? tf.mul(k3, ratio) : k3;
}

/** Sums the entries' losses as the loss type says. Shape: x [b, t], lengths [b, 1], result []. */
export function reduced(x: Tensor, inputs: GrpoInputs, lengths: Tensor, settings: GrpoSettings): Tensor {
  const { lossType, rows, maxCompletionLength } = settings;
  const masked = maskedValues(x, inputs.responseMask);
  if (lossType === 'grpo') return tf.div(tf.sum(tf.div(masked, lengths)), rows);
  const divisor = {
    dr_grpo: () => tf.scalar(rows * maxCompletionLength),
    bnpo: () => entriesOf(inputs.responseMask, inputs.entries),
    dapo: () => inputs.items,
    cispo: () => inputs.items,
  }[lossType]();
  return tf.div(tf.sum(masked), divisor);
}
