import { attention, attentionBias } from '../runtime/ops/attention.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor } from '../runtime/types.ts';

/** Keys and values of a run of tokens, rotated already. Each is [b, keyValueHeads, s, headWidth]. */
export interface KeyValues {
  readonly k: Tensor;
  readonly v: Tensor;
}

/** Keys and values with the bias of the queries at hand: 0 where attention is allowed, [b or 1, 1, t, s]. */
export interface AttendedKeys extends KeyValues {
  readonly bias: Tensor;
}

/**
 * Bias of causal, optionally windowed attention over columns of one padded sequence.
 * Shape: queryColumns int32 [t], keyColumns int32 [s], keyMask bool [b, s] or null, result [b or 1, 1, t, s].
 * @param window how many columns a query sees, its own included; null for all before it.
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
 * softmax(q kᵀ scale + bias) v over one or several runs of keys at once. Queries of one group share their key/value head
 * without a copy: heads are ordered so that [b, n, t, d] and [b, keyValueHeads, n/keyValueHeads · t, d] are the same array.
 * Shape: q [b, n, t, d], result [b, n, t, d].
 */
export function attendKeys(q: Tensor, runs: readonly AttendedKeys[], scale: number): Tensor {
  const [only] = runs;
  if (only && runs.length === 1) return attention(q, only.k, only.v, only.bias, scale);
  const [b, n, t, d] = q.shape as [number, number, number, number];
  const groups = (runs[0] as AttendedKeys).k.shape[1] as number;
  const grouped = tf.mul(q, scale).reshape([b, groups, (n / groups) * t, d]);
  const lengths = runs.map(({ k }) => k.shape[2] as number);
  const scores = runs.map(({ k, bias }, run) =>
    tf.add(tf.matMul(grouped, k, false, true).reshape([b, n, t, lengths[run] as number]), bias),
  );
  const parts = tf.split(tf.softmax(tf.concat(scores, -1), -1), lengths, -1);
  const contexts = runs.map(({ v }, run) =>
    tf.matMul((parts[run] as Tensor).reshape([b, groups, (n / groups) * t, lengths[run] as number]), v),
  );
  return tf.addN(contexts).reshape([b, n, t, d]);
}
