import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';
import { after } from './after.ts';
import { remakable } from './remade.ts';

type Save = (tensors: Tensor[]) => void;

/**
 * Layer normalization over the last axis. Shape: x [.., h], scale [h], bias [h] or null.
 * Gradient as in Ba et al. 2016: dx = r (g - mean(g) - n mean(g n)) with g = dy scale, n the normalized x, r = 1 / deviation.
 */
export function layerNorm(x: Tensor, scale: Tensor, bias: Tensor | null, epsilon: number): Tensor {
  const normalized = tf.customGrad((input, save) => {
    const centered = tf.sub(input as Tensor, tf.mean(input as Tensor, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
    const value = tf.mul(centered, inverse);
    (save as Save)([value, inverse]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [n, r] = saved as [Tensor, Tensor];
      const projected = tf.mul(n, tf.mean(tf.mul(dy, n), -1, true));
      return tf.mul(r, tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), projected));
    };
    return { value, gradFunc };
  })(x);
  const scaled = tf.mul(normalized, scale);
  return bias ? tf.add(scaled, bias) : scaled;
}

/** Root-mean-square normalization over the last axis. Shape: x [.., h], scale [h]. */
export function rmsNorm(x: Tensor, scale: Tensor, epsilon: number): Tensor {
  const normalized = tf.customGrad((input, save) => {
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(input as Tensor), -1, true), epsilon));
    const value = tf.mul(input as Tensor, inverse);
    (save as Save)([value, inverse]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [n, r] = saved as [Tensor, Tensor];
      return tf.mul(r, tf.sub(dy, tf.mul(n, tf.mean(tf.mul(dy, n), -1, true))));
    };
    return { value, gradFunc };
  })(x);
  return remakable(tf.mul(normalized, scale), [normalized, scale], ([kept, by], dy) =>
    tf.mul(after(kept as Tensor, dy), by as Tensor),
  );
}
