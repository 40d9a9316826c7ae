import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateStatistics } from '../../records.ts';
import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, type LossResult } from './loss-result.ts';

export interface A2poInputs {
  /** log π_θ of the sampled entries. */
  readonly logprobs: Tensor;
  /** log π_ref of the same entries. */
  readonly refLogprobs: Tensor;
  /** Score minus the optimal value, equal along each row. */
  readonly advantages: Tensor;
  /** True on entries that are learned from; a row without any counts in nothing. */
  readonly responseMask: Tensor;
  /** β₂, a scalar. */
  readonly beta2: Tensor;
  /** Number of responses that are learned from in the whole minibatch, at least 1, a scalar. */
  readonly responses: Tensor;
}

/**
 * Optimal advantage regression, Brantley et al. 2025 (arXiv 2505.20686), as in TRL 1.16's A2POTrainer.
 *
 * Eq.     L = (1/responses) Σ over responses (β₂ Σ_t (log π_θ - log π_ref) - A)²,  A = score - V*
 * Shape   logprobs, refLogprobs, advantages, responseMask [b, t]; beta2, responses and loss []
 *
 * Stats: `implicit_reward` and `advantage`, the means of both terms.
 */
export function a2poLoss({
  logprobs,
  refLogprobs,
  advantages,
  responseMask,
  beta2,
  responses,
}: A2poInputs): LossResult {
  const ratio = tf.sub(maskedValues(logprobs, responseMask), maskedValues(refLogprobs, responseMask));
  const implicit = tf.mul(tf.sum(ratio, 1), beta2);
  // Any entry of a row has the row's advantage.
  const isLearned = tf.any(responseMask.toBool(), 1);
  const target = tf.where(isLearned, tf.slice(advantages, [0, 0], [-1, 1]).reshape([-1]), tf.zerosLike(implicit));
  const mean = (x: Tensor) => tf.div(tf.sum(x), responses) as Tensor;
  return {
    loss: mean(tf.square(tf.sub(implicit, target))),
    stats: { implicit_reward: additive(mean(implicit)), advantage: additive(mean(target)) },
  };
}

/** The statistics of the loss over an iteration, as metrics under TRL's keys. */
export function a2poPoints({ mean }: UpdateStatistics): readonly MetricPoint[] {
  const meanSquare = mean('policy_loss');
  return metricPoints({
    implicit_reward: mean('implicit_reward'),
    advantage: mean('advantage'),
    'a2po/residual_rms': meanSquare === undefined ? undefined : Math.sqrt(meanSquare),
  });
}
