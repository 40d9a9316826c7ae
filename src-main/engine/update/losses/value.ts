import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, entriesOf, type LossResult, meanOver } from './loss-result.ts';

export interface ValueInputs {
  /** V of the critic being trained. */
  readonly values: Tensor;
  readonly returns: Tensor;
  /** True on stored entries. */
  readonly responseMask: Tensor;
  /** Number of true entries in the whole minibatch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}

/**
 * Value regression of APA and AWR.
 *
 * Eq.     L = 1/(2n) Σ (V - Ret)², over entries where `responseMask` is true
 * Shape   values, returns, responseMask [b, t]; loss []
 *
 * Stats: `value_mean`.
 */
export function valueLoss({ values, returns, responseMask, entries }: ValueInputs): LossResult {
  const n = entriesOf(responseMask, entries);
  const error = tf.sub(maskedValues(values, responseMask), maskedValues(returns, responseMask));
  return {
    loss: tf.mul(0.5, meanOver(tf.square(error), responseMask, n)),
    stats: { value_mean: additive(meanOver(values, responseMask, n)) },
  };
}
