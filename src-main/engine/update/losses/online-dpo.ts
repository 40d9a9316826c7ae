import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateStatistics } from '../../records.ts';
import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, type LossResult } from './loss-result.ts';

export interface OnlineDpoSettings {
  /** TRL's names of the losses. */
  readonly lossType: 'sigmoid' | 'ipo';
  /** Number of pairs in a whole minibatch. */
  readonly pairs: number;
}

export interface OnlineDpoInputs {
  /** log π_θ of the sampled entries; the better response of each pair, then the other one, in adjacent rows. */
  readonly logprobs: Tensor;
  /** log π_ref of the same entries. */
  readonly refLogprobs: Tensor;
  /** True on stored entries. */
  readonly responseMask: Tensor;
  /** β, a scalar. */
  readonly beta: Tensor;
}

/** The better and the other response of each pair. Shape: [2n] to [n] both. */
function sides(x: Tensor): readonly [chosen: Tensor, rejected: Tensor] {
  const [chosen, rejected] = tf.split(x.reshape([-1, 2]), 2, 1) as [Tensor, Tensor];
  return [chosen.reshape([-1]), rejected.reshape([-1])];
}

/**
 * DPO on pairs of the policy's own responses, Guo et al. 2024 (arXiv 2402.04792), as in TRL 1.16's OnlineDPOTrainer.
 *
 * With h = Σ_t (log π_θ - log π_ref) of a response, and z = h_chosen - h_rejected:
 * Eq.     L = (1/n) Σ over pairs of -log σ(β z) (sigmoid), or (z - 1/(2β))² (ipo, over sums, not per token as in `dpo`)
 * Shape   logprobs, refLogprobs, responseMask [2n, t]; beta and loss []
 *
 * Stats: means over the pairs of `logps/…` and `rewards/…` of both sides, and `rewards/accuracies`; a tie counts 0.
 */
export function onlineDpoLoss(inputs: OnlineDpoInputs, { lossType, pairs }: OnlineDpoSettings): LossResult {
  const { responseMask, beta } = inputs;
  const sumOf = (x: Tensor) => tf.sum(maskedValues(x, responseMask), 1) as Tensor;
  const logps = sumOf(inputs.logprobs);
  const [chosen, rejected] = sides(tf.sub(logps, sumOf(inputs.refLogprobs)));
  const z = tf.sub(chosen, rejected) as Tensor;
  const losses =
    lossType === 'ipo' ? tf.square(tf.sub(z, tf.div(0.5, beta))) : tf.softplus(tf.neg(tf.mul(beta, z)) as Tensor);
  const mean = (x: Tensor) => tf.div(tf.sum(x), pairs) as Tensor;
  const [ofChosen, ofRejected] = sides(logps);
  return {
    loss: mean(losses as Tensor),
    stats: {
      'logps/chosen': additive(mean(ofChosen)),
      'logps/rejected': additive(mean(ofRejected)),
      'rewards/chosen': additive(mean(tf.mul(beta, chosen))),
      'rewards/rejected': additive(mean(tf.mul(beta, rejected))),
      'rewards/accuracies': additive(mean(tf.greater(z, 0).toFloat())),
    },
  };
}

const KEYS = ['logps/chosen', 'logps/rejected', 'rewards/chosen', 'rewards/rejected', 'rewards/accuracies'] as const;

/** The statistics of the loss over an iteration, as metrics under TRL's keys. */
export function onlineDpoPoints({ mean }: UpdateStatistics): readonly MetricPoint[] {
  const [chosen, rejected] = [mean('rewards/chosen'), mean('rewards/rejected')];
  return metricPoints({
    ...(Object.fromEntries(KEYS.map((key) => [key, mean(key)])) as Record<(typeof KEYS)[number], number | undefined>),
    'rewards/margins': chosen === undefined || rejected === undefined ? undefined : chosen - rejected,
  });
}
