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

/**
 * A position along an axis in arrays of one shape, in the form that the in-place write needs; created once for all
 * arrays.
 */
export interface Place {
  readonly position: Tensor;
  readonly axis: number;
  readonly begin: Tensor;
  readonly end: Tensor;
  readonly strides: Tensor;
}

/** How an axis divides an array: [.., T, ..] as [outer, T, inner]. */
function cutAt(shape: readonly number[], axis: number) {
  const size = (part: readonly number[]) => part.reduce((product, length) => product * length, 1);
  return { outer: size(shape.slice(0, axis)), length: shape[axis] as number, inner: size(shape.slice(axis + 1)) };
}

/** Shape: `position` an int32 scalar along `axis` of arrays of the given shape. */
export function placeAt(position: Tensor, shape: readonly number[], axis: number): Place {
  const { inner } = cutAt(shape, axis);
  const along = tf.tensor1d([0, inner], 'int32');
  const begin = tf.mul(along, position);
  return { position, axis, begin, end: tf.add(begin, along), strides: tf.tensor1d([1, 1], 'int32') };
}

/**
 * `target` with one position of an axis replaced, in place if nothing else holds the target. TensorFlow computes the
 * position of every number from all axes, so the arrays are written as [outer, T · inner], which takes a third of the
 * time.
 * Shape: target float32 [.., T, ..] and value [.., 1, ..] along the place's axis.
 */
export function writeAt(target: Tensor, value: Tensor, { position, axis, begin, end, strides }: Place): Tensor {
  const { outer, length, inner } = cutAt(target.shape, axis);
  if (!isNative()) {
    const along = target.shape.map((_, index) => (index === axis ? -1 : 1));
    const places = tf.range(0, length, 1, 'int32').reshape(along);
    return tf.where(tf.equal(places, position), value, target);
  }
  const allRows = [intAttribute('begin_mask', 1), intAttribute('end_mask', 1)];
  const attributes = [typeAttribute('T', DT.float), typeAttribute('Index', DT.int32), ...allRows];
  const rows = [target.reshape([outer, length * inner]), begin, end, strides, value.reshape([outer, inner])];
  return runOp('TensorStridedSliceUpdate', attributes, rows).reshape(target.shape);
}

/** One position of the second-last axis, as rows of an array [.., T, d] viewed as [.. · T, d]. */
export interface Rows {
  readonly place: Place;
  /** int32 [..] */
  readonly rows: Tensor;
}

/** Shape: `position` an int32 scalar along the second-last axis of arrays of the given shape. */
export function rowsAt(position: Tensor, shape: readonly number[]): Rows {
  const axis = shape.length - 2;
  const { outer, length } = cutAt(shape, axis);
  const rows = tf.add(tf.range(0, outer * length, length, 'int32'), position);
  return { place: placeAt(position, shape, axis), rows };
}

/**
 * {@link writeAt} for arrays that only a loop holds, such as its key/value cache: within a graph, the target itself is
 * changed, in half the time. All other reads of the target must happen before; TensorFlow treats two arrays that start
 * as the same constant as one. Shape: target float32 [.., T, d] and value [.., 1, d].
 */
export function overwriteAt(target: Tensor, value: Tensor, { place, rows }: Rows): Tensor {
  if (!activeRecorder()) return writeAt(target, value, place);
  const { outer, length, inner } = cutAt(target.shape, place.axis);
  const table = [target.reshape([outer * length, inner]), rows, value.reshape([outer, inner])];
  return runOp('InplaceUpdate', [typeAttribute('T', DT.float)], table).reshape(target.shape);
}
