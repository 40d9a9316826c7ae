import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { entriesOf, type LossResult, meanOver } from './loss-result.ts';

export interface TokenwiseInputs {
  /** Score at every position of the chosen texts. */
  readonly chosenRewards: Tensor;
  readonly rejectedRewards: Tensor;
  /** True from the first differing position to the end of the longer text; all false excludes the pair. */
  readonly spanMask: Tensor;
  /** Number of pairs in the whole batch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

/**
 * Pairwise loss averaged over positions: the reward model of the released APA code.
 *
 * Eq.     L = (1/n) Σ_pairs mean over compared positions of -log σ(r_c,t - r_r,t)
 * Shape   chosenRewards, rejectedRewards, spanMask [b, t]; loss []
 */
export function tokenwiseRewardLoss({
  chosenRewards,
  rejectedRewards,
  spanMask,
  entries,
}: TokenwiseInputs): LossResult {
  const lengths = tf.sum(spanMask.toFloat(), 1);
  const pairMask = tf.greater(lengths, 0);
  const n = entriesOf(pairMask, entries);
  const chosen = maskedValues(chosenRewards, spanMask);
  const difference = tf.sub(chosen, maskedValues(rejectedRewards, spanMask));
  const summed = tf.sum(maskedValues(tf.softplus(tf.neg(difference)), spanMask), 1);
  return { loss: meanOver(tf.div(summed, tf.maximum(lengths, 1)), pairMask, n), stats: {} };
}
