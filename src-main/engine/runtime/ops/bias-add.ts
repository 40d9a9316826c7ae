import { DT, typeAttribute } from '../binding.ts';
import { isNative, runOp } from '../native.ts';
import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/**
 * x + bias along the last axis, with the operation that TensorFlow fuses with the preceding product. Shape: x [m, n],
 * bias [n].
 */
export function biasAdd(x: Tensor, bias: Tensor): Tensor {
  if (!isNative()) return tf.add(x, bias);
  return tf.customGrad((...parts) => {
    const [rows, added] = parts as unknown as [Tensor, Tensor];
    const value = runOp('BiasAdd', [typeAttribute('T', DT.float)], [rows, added]);
    return { value, gradFunc: (dy: Tensor) => [dy, tf.sum(dy, 0)] };
  })(x, bias);
}
