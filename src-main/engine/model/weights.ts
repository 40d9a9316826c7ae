import { embeddingLookup } from '../runtime/ops/embedding-lookup.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor, TensorRecord, Weights } from '../runtime/types.ts';

/**
 * The weights of one model inside a step, by their Hugging Face names. Every product with a matrix and every lookup of an
 * embedding goes through here, so that what is added to a base weight is known in one place.
 */
export interface ModelWeights {
  /** A parameter as it stands: a norm's scale, a bias. */
  tensor(name: string): Tensor;
  /** x Wᵀ with torch.nn.Linear's weight. Shape: x [m, in], weight [out, in], result [m, out]. */
  timesTransposed(x: Tensor, name: string): Tensor;
  /** x W with Conv1D's weight. Shape: x [m, in], weight [in, out], result [m, out]. */
  times(x: Tensor, name: string): Tensor;
  /** Rows of an embedding. Shape: ids int32 [m], weight [v, d], result [m, d]. */
  rows(name: string, ids: Tensor): Tensor;
  /** The tensors that products and lookups of the named parameters read: what a gradient has to be taken by. */
  read(names: readonly string[]): TensorRecord;
  /** The same weights over tensors that {@link read} has given, or their stand-ins. */
  over(tensors: TensorRecord): ModelWeights;
}

/** Finds one model's weights among all variables of a step. */
export type WeightsOf = (lookup: Weights) => ModelWeights;

/** A network and where its weights are. */
export interface PlacedModel<Model> {
  readonly model: Model;
  readonly weightsOf: WeightsOf;
}

/** Up to this many rows TensorFlow's product with a large transposed right side spends its time on reordering it. */
const FEW_ROWS = 64;
/** Weights that stay in a core's cache while they are reordered. */
const SMALL_WEIGHTS = 2 ** 19;

/**
 * x Wᵀ. For few rows and large weights, as in decoding, it is computed as (W xᵀ)ᵀ, since only the small side is
 * reordered: measured 4 times faster on a CPU with 16 rows. Small weights go the direct way, a fifth faster in a
 * decoding step of 64 rows and width 128. Shape: x [m, in], weight [out, in], result [m, out].
 */
function timesTransposed(x: Tensor, weight: Tensor): Tensor {
  const isDirect = (x.shape[0] as number) > FEW_ROWS || weight.size <= SMALL_WEIGHTS;
  if (isDirect) return tf.matMul(x, weight, false, true);
  return tf.transpose(tf.matMul(weight, x, false, true), [1, 0]);
}

function plain(lookup: Weights): ModelWeights {
  return {
    tensor: lookup,
    timesTransposed: (x, name) => timesTransposed(x, lookup(name)),
    times: (x, name) => tf.matMul(x, lookup(name)),
    rows: (name, ids) => embeddingLookup(lookup(name), ids),
    read: (names) => Object.fromEntries(names.map((name) => [name, lookup(name)])),
    over: (tensors) => plain((name) => tensors[name] as Tensor),
  };
}

/** Weights that stand below `<prefix>/` with nothing added to them. */
export function plainWeights(prefix: string): WeightsOf {
  return (lookup) => plain((name) => lookup(`${prefix}/${name}`));
}
