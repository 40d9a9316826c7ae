import { DT, intAttribute, typeAttribute } from '../binding.ts';
import { recordLoop } from '../graph/record-loop.ts';
import { activeRecorder } from '../graph/recorder.ts';
import { isNative, runOp } from '../native.ts';
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
  const recorder = activeRecorder();
  if (recorder) return recordLoop(recorder, state, condition, body);
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

/** A position of an axis, as the in-place write wants it; made once for all tensors of a rank. */
export interface Place {
  readonly position: Tensor;
  readonly axis: number;
  readonly begin: Tensor;
  readonly end: Tensor;
  readonly strides: Tensor;
}

/** Shape: `position` an int32 scalar along `axis` of tensors of `rank`. */
export function placeAt(position: Tensor, rank: number, axis: number): Place {
  const here = tf.oneHot(tf.scalar(axis, 'int32'), rank, 1, 0, 'int32') as Tensor;
  const begin = tf.mul(here, position);
  return { position, axis, begin, end: tf.add(begin, here), strides: tf.onesLike(here) };
}

/**
 * `target` with one position of an axis replaced, in place where nothing else holds the target. Shape: target float32
 * [.., T, ..] and value [.., 1, ..] along the place's axis.
 */
export function writeAt(target: Tensor, value: Tensor, { position, axis, begin, end, strides }: Place): Tensor {
  const rank = target.rank;
  if (!isNative()) {
    const along = target.shape.map((_, index) => (index === axis ? -1 : 1));
    const places = tf.range(0, target.shape[axis] as number, 1, 'int32').reshape(along);
    return tf.where(tf.equal(places, position), value, target);
  }
  const others = 2 ** rank - 1 - 2 ** axis;
  const wholeAxes = [intAttribute('begin_mask', others), intAttribute('end_mask', others)];
  const attributes = [typeAttribute('T', DT.float), typeAttribute('Index', DT.int32), ...wholeAxes];
  return runOp('TensorStridedSliceUpdate', attributes, [target, begin, end, strides, value]);
}
