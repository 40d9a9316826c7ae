import { countSelected } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, entriesOf, type LossResult, meanOver } from './loss-result.ts';

export interface NextTokenInputs {
  /** log π_θ of each next token. */
  readonly logprobs: Tensor;
  /** True where the next token is trained on. */
  readonly trainedMask: Tensor;
  /** 1 where the next token is the most likely one; for the statistics, optional. */
  readonly hits?: Tensor;
  /** Number of true entries in the whole batch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

/**
 * Supervised fine-tuning: cross-entropy of the tokens to imitate.
 *
 * Eq.     L = -(1/n) Σ log π_θ(token | before), over entries where `trainedMask` is true
 * Shape   logprobs, trainedMask, hits [b, t]; loss []
 *
 * Stats: `mean_token_accuracy`, if `hits` is passed; `count` of entries.
 */
export function nextTokenLoss({ logprobs, trainedMask, hits, entries }: NextTokenInputs): LossResult {
  const n = entriesOf(trainedMask, entries);
  return {
    loss: tf.neg(meanOver(logprobs, trainedMask, n)),
    stats: {
      ...(hits && { mean_token_accuracy: additive(meanOver(hits, trainedMask, n)) }),
      count: additive(countSelected(trainedMask)),
    },
  };
}
