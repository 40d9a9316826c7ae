import { countSelected, maskedSum } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor, TensorRecord } from '../../runtime/types.ts';

export interface LossResult {
  /** Scalar. */
  readonly loss: Tensor;
  /** Scalars, not differentiated; means over the same entries as the loss, but for names that end in `_max`. */
  readonly stats: TensorRecord;
}

/** Log-ratios and exponents are held within ± this: exp(88) is infinite in float32, and 0 times infinity is NaN. */
export const EXPONENT_LIMIT = 60;

/** x within ± {@link EXPONENT_LIMIT}; its gradient is 0 where the limit holds. Shape: any. */
export function clampExponent(x: Tensor): Tensor {
  return tf.clipByValue(x, -EXPONENT_LIMIT, EXPONENT_LIMIT);
}

/** n = max(number of true entries, 1), or the given count when the arrays are a part of a larger batch. Scalar. */
export function entriesOf(selected: Tensor, entries?: Tensor): Tensor {
  return entries ?? tf.maximum(countSelected(selected), 1);
}

/** (1/n) Σ over true entries. Shape: [..] and [..] to a scalar. */
export function meanOver(x: Tensor, selected: Tensor, entries: Tensor): Tensor {
  return tf.div(maskedSum(x, selected), entries);
}
