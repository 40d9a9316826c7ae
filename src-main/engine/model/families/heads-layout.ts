import { rotaryEmbedding } from '../../runtime/ops/attention.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import type { LayerContext } from './family.ts';

/** Rows of [b · t, heads · headWidth] by head: [b, heads, t, headWidth]. */
export function splitHeads(x: Tensor, { b, t, config }: LayerContext, heads: number): Tensor {
  return tf.transpose(x.reshape([b, t, heads, config.headWidth]), [0, 2, 1, 3]);
}

/** The way back: [b, heads, t, headWidth] to [b · t, heads · headWidth]. */
export function joinHeads(x: Tensor): Tensor {
  const [b, n, t, d] = x.shape as [number, number, number, number];
  return tf.transpose(x, [0, 2, 1, 3]).reshape([b * t, n * d]);
}

/**
 * Queries, keys and values out of one dense layer's [b · t, 3 · width], queries and keys rotated where the family does.
 * @param layout `kind-first` keeps all queries before all keys (GPT-2), `head-first` keeps each head's three together
 * (GPT-NeoX).
 */
export function splitStacked(
  stacked: Tensor,
  context: LayerContext,
  layout: 'kind-first' | 'head-first',
): [q: Tensor, k: Tensor, v: Tensor] {
  const { b, t, config, rotary } = context;
  const { heads, headWidth } = config;
  const kindFirst = layout === 'kind-first';
  const inner = kindFirst ? [3, heads] : [heads, 3];
  const order = kindFirst ? [2, 0, 3, 1, 4] : [3, 0, 2, 1, 4];
  const byKind = tf.transpose(stacked.reshape([b, t, ...inner, headWidth]), order);
  const shape = [b, heads, t, headWidth];
  if (!rotary) return tf.split(byKind, 3, 0).map((part) => part.reshape(shape)) as [Tensor, Tensor, Tensor];
  const [turning, v] = tf.split(byKind, [2, 1], 0) as [Tensor, Tensor];
  const turned = rotaryEmbedding(turning, rotary.cos.expandDims(0), rotary.sin.expandDims(0));
  const [q, k] = tf.split(turned, 2, 0) as [Tensor, Tensor];
  return [q.reshape(shape), k.reshape(shape), v.reshape(shape)];
}
