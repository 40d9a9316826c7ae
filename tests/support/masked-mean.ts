import { countSelected, maskedSum } from '#engine/runtime/ops/masked.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Tensor } from '#engine/runtime/types.ts';

/** Mean over the true entries; 0 for none. Scalar. */
export function maskedMean(x: Tensor, selected: Tensor): Tensor {
  return tf.div(maskedSum(x, selected), tf.maximum(countSelected(selected), 1));
}
