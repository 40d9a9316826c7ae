import { tf } from '../runtime/tf.ts';
import type { Tensor, Weights } from '../runtime/types.ts';

/** x Wᵀ + b with torch.nn.Linear's weight. Shape: x [m, in], `name`.weight [out, in], result [m, out]. */
export function linear(weights: Weights, name: string, x: Tensor, bias: boolean): Tensor {
  const product = tf.matMul(x, weights(`${name}.weight`), false, true);
  return bias ? tf.add(product, weights(`${name}.bias`)) : product;
}

/** x W + b with Conv1D's weight. Shape: x [m, in], `name`.weight [in, out], result [m, out]. */
export function conv1d(weights: Weights, name: string, x: Tensor): Tensor {
  return tf.add(tf.matMul(x, weights(`${name}.weight`)), weights(`${name}.bias`));
}
