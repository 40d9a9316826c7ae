import { tf } from '../tf.ts';
import type { Tensor, TensorRecord } from '../types.ts';

/**
 * Repeats `body` while `condition` (a bool scalar) holds. Every tensor keeps its shape and dtype from one iteration to
 * the next: carry a key/value cache at its full length and write it with {@link writeAt}. Both functions may read
 * tensors from outside. Not differentiable.
 */
export function whileLoop(
  state: TensorRecord,
  condition: (state: TensorRecord) => Tensor,
  body: (state: TensorRecord) => TensorRecord,
): TensorRecord {
  let current: TensorRecord = Object.fromEntries(
    Object.entries(state).map(([name, tensor]) => [name, tf.clone(tensor)]),
  );
  while (tf.tidy(() => condition(current).dataSync()[0])) {
    const next = tf.tidy(() => body(current));
    for (const name of Object.keys(current)) if (current[name] !== next[name]) current[name]?.dispose();
    current = next;
  }
  return current;
}

/**
 * `target` with one position of an axis replaced. Shape: target [.., T, ..] and value [.., 1, ..] along `axis`,
 * `position` an int32 scalar.
 */
export function writeAt(target: Tensor, value: Tensor, position: Tensor, axis: number): Tensor {
  const length = target.shape[axis] as number;
  const layout = target.shape.map((_, index) => (index === axis ? length : 1));
  const here = tf.equal(tf.range(0, length, 1, 'int32').reshape(layout), position);
  return tf.where(here, value, target);
}
