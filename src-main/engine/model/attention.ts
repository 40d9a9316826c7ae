import { attentionBias } from '../runtime/ops/attention.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor } from '../runtime/types.ts';

/** Keys and values of a range of tokens, already rotated. Each is [b, keyValueHeads, s, headWidth]. */
export interface KeyValues {
  readonly k: Tensor;
  readonly v: Tensor;
}

/**
 * Bias of causal, optionally windowed attention over the columns of padded sequences.
 * Shape: queryColumns int32 [t], keyColumns int32 [s], keyMask bool [b, s] or null, result [b or 1, 1, t, s].
 * @param window number of columns that a query sees, its own included; null for all before it.
 */
export function causalBias(
  queryColumns: Tensor,
  keyColumns: Tensor,
  keyMask: Tensor | null,
  window: number | null,
): Tensor {
  const distance = tf.sub(queryColumns.reshape([1, 1, -1, 1]), keyColumns.reshape([1, 1, 1, -1]));
  let allowed = tf.greaterEqual(distance, tf.scalar(0, 'int32'));
  if (window !== null) allowed = tf.logicalAnd(allowed, tf.less(distance, tf.scalar(window, 'int32')));
  if (keyMask) allowed = tf.logicalAnd(allowed, keyMask.reshape([keyMask.shape[0] as number, 1, 1, -1]));
  return attentionBias(allowed);
}

/**
 * The same for a packed batch, in which a token sees only its own sequence.
 * Shape: segments and positions int32 [b, t], result [b, 1, t, t].
 */
export function segmentBias(segments: Tensor, positions: Tensor, window: number | null): Tensor {
  const [b, t] = segments.shape as [number, number];
  const ofQuery = (x: Tensor) => x.reshape([b, 1, t, 1]);
  const ofKey = (x: Tensor) => x.reshape([b, 1, 1, t]);
  const isOwn = tf.equal(ofQuery(segments), ofKey(segments));
  const distance = tf.sub(ofQuery(positions), ofKey(positions));
  let allowed = tf.logicalAnd(isOwn, tf.greaterEqual(distance, tf.scalar(0, 'int32')));
  if (window !== null) allowed = tf.logicalAnd(allowed, tf.less(distance, tf.scalar(window, 'int32')));
  return attentionBias(allowed);
}
