import { countSelected } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, entriesOf, type LossResult, largest, meanOver } from './loss-result.ts';
import { sideStatistics, sumOfTrained, type TokenReadings } from './preference-statistics.ts';

export interface KtoSettings {
  readonly beta: number;
  /** λ_D and λ_U, weights of responses with a thumb up and down. */
  readonly desirableWeight: number;
  readonly undesirableWeight: number;
}

export interface KtoInputs extends KtoSettings {
  /** log π_θ of each next token. */
  readonly logprobs: Tensor;
  /** True on the tokens of a response. */
  readonly trainedMask: Tensor;
  /** log π_ref of whole responses. */
  readonly refLogprobs: Tensor;
  /** True on responses with a thumb up. */
  readonly desiredMask: Tensor;
  /** True on real rows; a batch may contain filler rows. */
  readonly rowMask: Tensor;
  /** z, the distance to the reference over the whole batch, at least 0; 0 with `apo_zero_unpaired`. A scalar. */
  readonly kl: Tensor;
  /** For the statistics, optional. */
  readonly readings?: TokenReadings;
  /** Number of true entries in the whole batch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

/**
 * Kahneman-Tversky optimization, Ethayarajh et al. 2024 (arXiv 2402.01306), eq. 7 and 8.
 *
 * With h = log π_θ(y) - log π_ref(y), 1 - σ(x) = σ(-x), and no gradient through z:
 * Eq.     L = (1/n) Σ λ_D σ(-β (h - z)) over desired rows + λ_U σ(-β (z - h)) over the others
 * Shape   logprobs, trainedMask [b, t]; refLogprobs, desiredMask, rowMask [b]; kl and loss []
 *
 * Stats: those of {@link sideStatistics}, with desired responses as chosen; `kto/kl`; `count` of rows.
 */
export function ktoLoss(inputs: KtoInputs): LossResult {
  const { logprobs, trainedMask, refLogprobs, desiredMask, rowMask, kl, readings } = inputs;
  const entries = entriesOf(rowMask, inputs.entries);
  const logps = sumOfTrained(logprobs, trainedMask);
  const ratios = tf.sub(logps, refLogprobs) as Tensor;
  const desired = desiredMask.toBool();
  const ahead = tf.mul(tf.sub(ratios, kl), inputs.beta) as Tensor;
  const losses = tf.where(
    desired,
    tf.mul(tf.sigmoid(tf.neg(ahead)), inputs.desirableWeight),
    tf.mul(tf.sigmoid(ahead), inputs.undesirableWeight),
  ) as Tensor;
  const rows = { rewards: tf.mul(ratios, inputs.beta) as Tensor, logps, trainedMask, readings, entries };
  const real = rowMask.toBool();
  return {
    loss: meanOver(losses, rowMask, entries),
    stats: {
      ...sideStatistics('chosen', { ...rows, rowMask: tf.logicalAnd(real, desired) }),
      ...sideStatistics('rejected', { ...rows, rowMask: tf.logicalAnd(real, tf.logicalNot(desired)) }),
      'kto/kl': largest(kl),
      count: additive(countSelected(rowMask)),
    },
  };
}
