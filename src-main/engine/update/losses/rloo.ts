import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { UpdateStatistics } from '../../records.ts';
import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, clampExponent, entriesOf, type LossResult, meanOver } from './loss-result.ts';
import { clipPoints, clipShares } from './ratio-clipping.ts';

export interface RlooSettings {
  /** ε_low. */
  readonly epsilon: number;
  readonly epsilonHigh: number;
  /** Number of responses in a whole minibatch. */
  readonly rows: number;
}

export interface RlooInputs {
  /** log π_θ of the sampled entries. */
  readonly logprobs: Tensor;
  /** log π_old of the same entries. */
  readonly oldLogprobs: Tensor;
  /** Entropy of π_θ at each entry; for the statistics. */
  readonly entropy: Tensor;
  /** Equal along each row. */
  readonly advantages: Tensor;
  /** True on entries that are learned from. */
  readonly responseMask: Tensor;
  /** Number of true entries in the whole minibatch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

/**
 * REINFORCE on whole responses, with the clipped ratio of TRL 1.16; Ahmadian et al. 2024 (arXiv 2402.14740).
 *
 * Eq.     ρ = Π π_θ / π_old over a response;  L = -(1/rows) Σ min(ρ A, clip(ρ, 1 - ε_low, 1 + ε_high) A)
 * Shape   logprobs, oldLogprobs, entropy, advantages, responseMask [b, t]; loss []
 *
 * Stats: `entropy`, and the shares of clipped ratios.
 */
export function rlooLoss(inputs: RlooInputs, settings: RlooSettings): LossResult {
  const { responseMask, rows } = { ...inputs, ...settings };
  const selected = (x: Tensor) => maskedValues(x, responseMask);
  const difference = tf.sub(selected(inputs.logprobs), selected(inputs.oldLogprobs));
  const ratio = tf.exp(clampExponent(tf.sum(difference, 1, true)));
  // A response without entries has an advantage too; its ratio is 1.
  const advantages = tf.slice(inputs.advantages, [0, 0], [-1, 1]);
  const clipped = tf.clipByValue(ratio, 1 - settings.epsilon, 1 + settings.epsilonHigh);
  const gain = tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages));
  const n = entriesOf(responseMask, inputs.entries);
  return {
    loss: tf.neg(tf.div(tf.sum(gain), rows)),
    stats: {
      entropy: additive(meanOver(inputs.entropy, responseMask, n)),
      ...clipShares({ ...inputs, ratio, entries: n }, settings),
    },
  };
}

/** The statistics of the loss over an iteration, as metrics. @param kl of each response, whose entries are counted. */
export function rlooPoints(
  statistics: UpdateStatistics,
  { beta, kl, entries }: { readonly beta: number; readonly kl: Float64Array; readonly entries: number },
): readonly MetricPoint[] {
  const total = kl.reduce((sum, one) => sum + one, 0);
  return [
    ...metricPoints({
      entropy: statistics.mean('entropy'),
      kl: beta > 0 ? total / entries : undefined,
      'rloo/beta': beta,
    }),
    ...clipPoints(statistics),
  ];
}
