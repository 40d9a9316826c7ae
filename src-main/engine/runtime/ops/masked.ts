import { DT, typeAttribute } from '../binding.ts';
import { isNative, runOp } from '../native.ts';
import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';
import { select } from './select.ts';

/** `x` where `selected` is true and 0 elsewhere, whatever stands there (0 times infinity would be NaN). Same shapes. */
export function maskedValues(x: Tensor, selected: Tensor): Tensor {
  return select(selected.toBool(), x, tf.scalar(0));
}

/** Number of true entries as a float scalar. */
export function countSelected(selected: Tensor): Tensor {
  return tf.sum(selected.toFloat());
}

/** Sum over the true entries; 0 for none. Scalar. */
export function maskedSum(x: Tensor, selected: Tensor): Tensor {
  return tf.sum(maskedValues(x, selected));
}

/** Mean over the true entries; 0 for none. Scalar. */
export function maskedMean(x: Tensor, selected: Tensor): Tensor {
  return tf.div(maskedSum(x, selected), tf.maximum(countSelected(selected), 1));
}

/** Population variance over the true entries (divides by their number). Scalar. */
export function maskedVariance(x: Tensor, selected: Tensor): Tensor {
  return maskedMean(tf.square(tf.sub(x, maskedMean(x, selected))), selected);
}

/**
 * (x - mean) / sqrt(variance + epsilon) over the true entries, 0 elsewhere; `shiftMean` false adds the mean back.
 * The variance is the unbiased one when `unbiased` is set (divides by n - 1).
 */
export function whiten(
  x: Tensor,
  selected: Tensor,
  options: { readonly shiftMean?: boolean; readonly unbiased?: boolean; readonly epsilon?: number } = {},
): Tensor {
  const { shiftMean = true, unbiased = false, epsilon = 1e-8 } = options;
  const count = countSelected(selected);
  const mean = maskedMean(x, selected);
  const variance = maskedVariance(x, selected);
  const corrected = unbiased ? tf.mul(variance, tf.div(count, tf.maximum(tf.sub(count, 1), 1))) : variance;
  const scaled = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(corrected, epsilon)));
  return maskedValues(shiftMean ? scaled : tf.add(scaled, mean), selected);
}

/** exp(min(x, limit)), whose gradient is 0 where the limit holds. Any shape. */
export function clampedExp(x: Tensor, limit = 20): Tensor {
  return tf.exp(tf.minimum(x, limit));
}

/** `x` times a scalar, and exactly 0 where the scalar is 0, also where x is not finite. Any shape. */
export function scaledOrZero(x: Tensor, scale: Tensor): Tensor {
  if (isNative()) return runOp('MulNoNan', [typeAttribute('T', DT.float)], [x, scale]);
  return tf.where(tf.equal(scale, 0), tf.zerosLike(x), tf.mul(x, scale));
}
