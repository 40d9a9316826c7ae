import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/** The same numbers as a constant: no gradient passes through. Shape: any. Source: torch.Tensor.detach. */
export function detached(x: Tensor): Tensor {
  return tf.customGrad((given) => ({
    value: tf.clone(given as Tensor),
    gradFunc: (dy: Tensor) => tf.zerosLike(dy),
  }))(x);
}
