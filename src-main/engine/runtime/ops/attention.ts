import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/** Added to a score that must not be attended to: far below any score, yet finite, so that a row of it has no NaN. */
export const HIDDEN_SCORE = -1e9;

/** 0 where attention is allowed, {@link HIDDEN_SCORE} elsewhere. Shape: any bool tensor. */
export function attentionBias(allowed: Tensor): Tensor {
  return tf.mul(tf.sub(1, allowed.toFloat()), HIDDEN_SCORE);
}

/**
 * softmax(q kᵀ scale + bias) v. Shape: q [b, n, t, d], k and v [b, n, s, d], bias broadcastable to [b, n, t, s].
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, scale: number): Tensor {
  const scores = tf.add(tf.matMul(tf.mul(q, scale), k, false, true), bias);
  return tf.matMul(tf.softmax(scores, -1), v);
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
