import { after } from '../../runtime/ops/after.ts';
import { rotaryEmbedding } from '../../runtime/ops/attention.ts';
import { remakable } from '../../runtime/ops/remade.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import type { LayerContext } from './family.ts';

/** Rows of [b · t, heads · headWidth] by head: [b, heads, t, headWidth]. */
export function splitHeads(x: Tensor, { b, t, config }: LayerContext, heads: number): Tensor {
  if (t === 1) return x.reshape([b, heads, 1, config.headWidth]);
  return tf.transpose(x.reshape([b, t, heads, config.headWidth]), [0, 2, 1, 3]);
}

/** The reverse, for the wanted rows: [b, heads, t, headWidth] to [m, heads · headWidth]. */
export function joinHeads(x: Tensor, { rows }: LayerContext): Tensor {
  const [b, n, t, d] = x.shape as [number, number, number, number];
  const join = (byHead: Tensor) => {
    const joined = t === 1 ? byHead : tf.transpose(byHead, [0, 2, 1, 3]);
    return rows.attended(joined.reshape([b * t, n * d]));
  };
  return remakable(join(x), [x], ([kept], dy) => join(after(kept as Tensor, dy)));
}

/**
 * Splits queries, keys and values from one dense layer's [b · t, 3 · width], with queries and keys rotated if the
 * family does so.
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
  const shape = [b, heads, t, headWidth];
  const { parts, axis } = t === 1 ? oneTokenByKind(stacked, context, layout) : byKindFirst(stacked, context, layout);
  if (!rotary) return tf.split(parts, 3, axis).map((part) => part.reshape(shape)) as [Tensor, Tensor, Tensor];
  const [turning, v] = tf.split(parts, [2, 1], axis) as [Tensor, Tensor];
  const turned = rotaryEmbedding(turning, rotary.cos.expandDims(axis), rotary.sin.expandDims(axis));
  const [q, k] = tf.split(turned, 2, axis) as [Tensor, Tensor];
  return [q.reshape(shape), k.reshape(shape), v.reshape(shape)];
}

interface ByKind {
  readonly parts: Tensor;
  /** The axis along which queries, keys and values are stacked. */
  readonly axis: number;
}

/** [3, b, heads, t, headWidth]. */
function byKindFirst(stacked: Tensor, { b, t, config }: LayerContext, layout: 'kind-first' | 'head-first'): ByKind {
  const kindFirst = layout === 'kind-first';
  const inner = kindFirst ? [3, config.heads] : [config.heads, 3];
  const order = kindFirst ? [2, 0, 3, 1, 4] : [3, 0, 2, 1, 4];
  return { parts: tf.transpose(stacked.reshape([b, t, ...inner, config.headWidth]), order), axis: 0 };
}

/** For one token per row, without a transpose: [b, 3, heads, 1, headWidth] or [b, heads, 3, 1, headWidth]. */
function oneTokenByKind(stacked: Tensor, { b, config }: LayerContext, layout: 'kind-first' | 'head-first'): ByKind {
  const { heads, headWidth } = config;
  if (layout === 'kind-first') return { parts: stacked.reshape([b, 3, heads, 1, headWidth]), axis: 1 };
  return { parts: stacked.reshape([b, heads, 3, 1, headWidth]), axis: 2 };
}
