import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';
import { after } from './after.ts';

/**
 * Added to a score that must not be attended to: far below any score, but finite, so that a fully hidden row has no
 * NaN.
 */
export const HIDDEN_SCORE = -1e9;

/** 0 where attention is allowed, {@link HIDDEN_SCORE} elsewhere. Shape: any bool tensor. */
export function attentionBias(allowed: Tensor): Tensor {
  return tf.mul(tf.sub(1, allowed.toFloat()), HIDDEN_SCORE);
}

type Save = (tensors: Tensor[]) => void;

/**
 * softmax(q kᵀ scale + bias) v. Queries of a group share their key/value head without a copy: heads are ordered so that
 * [b, n, t, d] and [b, g, n/g · t, d] are the same array. The gradient computes the row sums of dP ∘ P from dO ∘ O,
 * which is narrower by the ratio of head width to sequence length (Dao et al. 2022, "FlashAttention", eq. 4). Shape: q
 * [b, n, t, d], k and v [b, g, s, d] with g dividing n, bias broadcastable to [b, n, t, s] and not differentiated,
 * result [b, n, t, d].
 * @param spares the gradient computes the softmax again instead of keeping it.
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, scale: number, spares = false): Tensor {
  const [b, n, t, d] = q.shape as [number, number, number, number];
  const [, groups, s] = k.shape as [number, number, number];
  const rows = (n / groups) * t;
  const weigh = (queries: Tensor, keys: Tensor, added: Tensor) => {
    const scaled = tf.mul(queries, scale);
    const scores = tf.add(tf.matMul(scaled, keys, false, true).reshape([b, n, t, s]), added);
    return { scaled, shares: tf.softmax(scores, -1).reshape([b, groups, rows, s]) };
  };
  const attended = tf.customGrad((...parts) => {
    const [queries, keys, values] = parts as unknown as [Tensor, Tensor, Tensor];
    const save = parts[3] as unknown as Save;
    const { scaled, shares } = weigh(queries, keys, bias);
    const value = tf.matMul(shares, values);
    save(spares ? [queries, keys, values, value, bias] : [scaled, keys, values, value, shares]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [first, ofKeys, ofValues, result, last] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const weighed = spares ? weigh(after(first, dy), ofKeys, last) : { scaled: first, shares: last };
      return attentionGradients(dy, { ...weighed, keys: ofKeys, values: ofValues, value: result }, scale);
    };
    return { value, gradFunc };
  })(q.reshape([b, groups, rows, d]), k, v);
  return attended.reshape([b, n, t, d]);
}

function attentionGradients(
  dy: Tensor,
  { scaled, keys, values, shares, value }: Readonly<Record<'scaled' | 'keys' | 'values' | 'shares' | 'value', Tensor>>,
  scale: number,
): Tensor[] {
  const rowSums = tf.sum(tf.mul(dy, value), -1, true);
  const ofScores = tf.mul(shares, tf.sub(tf.matMul(dy, values, false, true), rowSums));
  return [
    tf.mul(tf.matMul(ofScores, keys), scale),
    tf.matMul(ofScores, scaled, true, false),
    tf.matMul(shares, dy, true, false),
  ];
}

/** [low, high, rest] of the last axis to [low cos - high sin, high cos + low sin, rest]. */
function turn(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const half = cos.shape[cos.rank - 1] as number;
  const rest = (x.shape[x.rank - 1] as number) - 2 * half;
  const [low, high, ...passed] = tf.split(x, rest > 0 ? [half, half, rest] : [half, half], -1) as [Tensor, Tensor];
  const first = tf.sub(tf.mul(low, cos), tf.mul(high, sin));
  const second = tf.add(tf.mul(high, cos), tf.mul(low, sin));
  return tf.concat([first, second, ...passed], -1);
}

/**
 * Rotary position embedding, the half-split form of GPT-NeoX and Llama, on the first 2p entries of the head; the rest
 * passes through. Its gradient is the inverse rotation (Su et al. 2021, "RoFormer", eq. 15). Shape: x [b, n, t, d], cos
 * and sin broadcastable to [b, n, t, p] with 2p <= d and not differentiated.
 */
export function rotaryEmbedding(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  return tf.customGrad((input, save) => {
    (save as unknown as Save)([cos, sin]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => turn(dy, saved[0] as Tensor, tf.neg(saved[1] as Tensor));
    return { value: turn(input as Tensor, cos, sin), gradFunc };
  })(x);
}
