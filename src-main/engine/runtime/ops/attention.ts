import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/** Added to a score that must not be attended to: far below any score, yet finite, so that a row of it has no NaN. */
export const HIDDEN_SCORE = -1e9;

/** 0 where attention is allowed, {@link HIDDEN_SCORE} elsewhere. Shape: any bool tensor. */
export function attentionBias(allowed: Tensor): Tensor {
  return tf.mul(tf.sub(1, allowed.toFloat()), HIDDEN_SCORE);
}

type Save = (tensors: Tensor[]) => void;

/**
 * softmax(q kᵀ scale + bias) v. Queries of one group share their key/value head without a copy: heads are ordered so
 * that [b, n, t, d] and [b, g, n/g · t, d] are the same array. The gradient takes the row sums of dP ∘ P from
 * dO ∘ O, which is as much narrower as a head is than the sequence (Dao et al. 2022, "FlashAttention", eq. 4).
 * Shape: q [b, n, t, d], k and v [b, g, s, d] with g dividing n, bias broadcastable to [b, n, t, s] and not
 * differentiated, result [b, n, t, d].
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, scale: number): Tensor {
  const [b, n, t, d] = q.shape as [number, number, number, number];
  const [, groups, s] = k.shape as [number, number, number];
  const rows = (n / groups) * t;
  const attended = tf.customGrad((...parts) => {
    const [queries, keys, values] = parts as unknown as [Tensor, Tensor, Tensor];
    const save = parts[3] as unknown as Save;
    const scaled = tf.mul(queries, scale);
    const scores = tf.add(tf.matMul(scaled, keys, false, true).reshape([b, n, t, s]), bias);
    const shares = tf.softmax(scores, -1).reshape([b, groups, rows, s]);
    const value = tf.matMul(shares, values);
    save([scaled, keys, values, shares, value]);
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => attentionGradients(dy, saved, scale) };
  })(q.reshape([b, groups, rows, d]), k, v);
  return attended.reshape([b, n, t, d]);
}

function attentionGradients(dy: Tensor, saved: readonly Tensor[], scale: number): Tensor[] {
  const [scaled, keys, values, shares, value] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const rowSums = tf.sum(tf.mul(dy, value), -1, true);
  const ofScores = tf.mul(shares, tf.sub(tf.matMul(dy, values, false, true), rowSums));
  return [
    tf.mul(tf.matMul(ofScores, keys), scale),
    tf.matMul(ofScores, scaled, true, false),
    tf.matMul(shares, dy, true, false),
  ];
}

/** The second half of the last axis, negated, before the first. */
function rotateHalf(x: Tensor): Tensor {
  const [low, high] = tf.split(x, 2, -1) as [Tensor, Tensor];
  return tf.concat([tf.neg(high), low], -1);
}

/**
 * Rotary position embedding, the half-split form of GPT-NeoX and Llama, on the first `cos.shape[-1]` entries of the
 * head; the rest passes. Shape: x [b, n, t, d], cos and sin broadcastable to [b, n, t, r] with r <= d.
 */
export function rotaryEmbedding(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const rotated = cos.shape[cos.rank - 1] as number;
  const width = x.shape[x.rank - 1] as number;
  if (rotated === width) return tf.add(tf.mul(x, cos), tf.mul(rotateHalf(x), sin));
  const [turned, passed] = tf.split(x, [rotated, width - rotated], -1) as [Tensor, Tensor];
  return tf.concat([tf.add(tf.mul(turned, cos), tf.mul(rotateHalf(turned), sin)), passed], -1);
}
