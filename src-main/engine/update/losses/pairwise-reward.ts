import { countSelected } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, entriesOf, type LossResult, largest, meanOver, smallest } from './loss-result.ts';

export interface PairwiseInputs {
  /** Score of each chosen text, read at its last token. */
  readonly chosenScores: Tensor;
  readonly rejectedScores: Tensor;
  /** True on real pairs; a batch may contain filler pairs. */
  readonly pairMask: Tensor;
  /** κ, weight of (s_chosen + s_rejected)²; 0 leaves the scores' mean free. */
  readonly centerCoefficient: number;
  /** Number of true entries in the whole batch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

const EXTREME = 3e38;

/**
 * Bradley-Terry loss on whole texts, Ouyang et al. 2022 (arXiv 2203.02155), eq. 1.
 *
 * Eq.     L = (1/n) Σ [-log σ(s_c - s_r) + κ (s_c + s_r)²], over pairs where `pairMask` is true
 * Shape   chosenScores, rejectedScores, pairMask [b]; loss []
 *
 * -log σ(x) is computed as softplus(-x), which neither overflows nor loses precision for small losses.
 * Stats: `accuracy` (a tie counts one half), `margin`, `mean_reward`, `min_reward`, `max_reward`; `count` of pairs.
 */
export function pairwiseRewardLoss({
  chosenScores,
  rejectedScores,
  pairMask,
  centerCoefficient,
  entries,
}: PairwiseInputs): LossResult {
  const n = entriesOf(pairMask, entries);
  const mean = (x: Tensor) => meanOver(x, pairMask, n);
  const margin = tf.sub(chosenScores, rejectedScores);
  const both = tf.add(chosenScores, rejectedScores);
  const pairwise = tf.softplus(tf.neg(margin));
  const centered = tf.add(pairwise, tf.mul(centerCoefficient, tf.square(both)));
  const isReal = pairMask.toBool();
  const orElse = (x: Tensor, value: number) => tf.where(isReal, x, tf.fill(x.shape, value));
  return {
    loss: mean(centerCoefficient === 0 ? pairwise : centered),
    stats: {
      accuracy: additive(mean(tf.add(tf.greater(margin, 0).toFloat(), tf.mul(0.5, tf.equal(margin, 0).toFloat())))),
      margin: additive(mean(margin)),
      mean_reward: additive(tf.mul(0.5, mean(both))),
      min_reward: smallest(tf.min(orElse(tf.minimum(chosenScores, rejectedScores), EXTREME))),
      max_reward: largest(tf.max(orElse(tf.maximum(chosenScores, rejectedScores), -EXTREME))),
      count: additive(countSelected(pairMask)),
    },
  };
}
