import { DT, typeAttribute } from '../binding.ts';
import { isNative, runOp } from '../native.ts';
import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';
import { select } from './select.ts';

/**
 * `x` where `selected` is true and 0 elsewhere, whatever the masked value is (0 times infinity would be NaN). Same
 * shapes.
 */
export function maskedValues(x: Tensor, selected: Tensor): Tensor {
  return select(selected.toBool(), x, tf.scalar(0));
}

/** Number of true entries as a float scalar. */
export function countSelected(selected: Tensor): Tensor {
  return tf.sum(selected.toFloat());
}

/** Sum over the true entries; 0 if there are none. Scalar. */
export function maskedSum(x: Tensor, selected: Tensor): Tensor {
  return tf.sum(maskedValues(x, selected));
}

/** `x` times a scalar, and exactly 0 if the scalar is 0, even where x is not finite. Any shape. */
export function scaledOrZero(x: Tensor, scale: Tensor): Tensor {
  if (isNative()) return runOp('MulNoNan', [typeAttribute('T', DT.float)], [x, scale]);
  return tf.where(tf.equal(scale, 0), tf.zerosLike(x), tf.mul(x, scale));
}
