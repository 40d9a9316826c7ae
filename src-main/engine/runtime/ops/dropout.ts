import { DT, typeAttribute } from '../binding.ts';
import { isNative, runOp } from '../native.ts';
import { philox } from '../philox.ts';
import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/** Uniform numbers in [0, 1) that depend on the seed alone. Shape: seed int32 [2], result as given. */
function uniforms(seed: Tensor, shape: readonly number[]): Tensor {
  if (isNative()) {
    const types = [typeAttribute('dtype', DT.float), typeAttribute('T', DT.int32), typeAttribute('Tseed', DT.int32)];
    return runOp('StatelessRandomUniform', types, [tf.tensor1d([...shape], 'int32'), seed]);
  }
  const [first, second] = seed.dataSync();
  const count = shape.reduce((product, axis) => product * axis, 1);
  const values = new Float32Array(count);
  for (let index = 0; index < count; index += 4) {
    const words = philox([index >>> 2, 0, 0x64726f70, 0], [first! >>> 0, second! >>> 0]);
    for (let lane = 0; lane < 4 && index + lane < count; lane++) values[index + lane] = words[lane]! / 2 ** 32;
  }
  return tf.tensor(values, [...shape]);
}

/**
 * x with a share of its numbers set to zero and the others scaled so that the mean stays (Srivastava et al. 2014); the
 * same seed and stream drop the same numbers, also when a layer is computed again for its gradient.
 * @param seed int32 [2], other in every update.
 * @param stream which of the places that drop in an update this is; a 32-bit whole number.
 * Shape: any, result as `x`.
 */
export function dropout(x: Tensor, share: number, seed: Tensor, stream: number): Tensor {
  const own = tf.add(seed, tf.tensor1d([stream | 0, 0], 'int32'));
  const kept = tf.greaterEqual(uniforms(own, x.shape), tf.scalar(share)).toFloat();
  return tf.mul(x, tf.mul(kept, 1 / (1 - share)));
}
