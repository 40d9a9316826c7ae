import { embeddingLookup } from '../runtime/ops/embedding-lookup.ts';
import { product, roundsFactors } from '../runtime/ops/product.ts';
import type { WeightsPlace } from '../runtime/remote-step.ts';
import { tf } from '../runtime/tf.ts';
import type { Lookup, Tensor, TensorRecord, Weights } from '../runtime/types.ts';

/**
 * The weights of one model inside a step, by their Hugging Face names. Every product with a matrix and every embedding
 * lookup goes through this interface, so that additions to a base weight are handled in one place.
 */
export interface ModelWeights {
  /** Whether gradients compute again what costs little, so that less is kept for them. */
  readonly spares: boolean;
  /** A parameter in its stored form: a norm's scale, a bias. */
  tensor(name: string): Tensor;
  /** x Wᵀ with torch.nn.Linear's weight. Shape: x [m, in], weight [out, in], result [m, out]. */
  timesTransposed(x: Tensor, name: string): Tensor;
  /** x W with Conv1D's weight. Shape: x [m, in], weight [in, out], result [m, out]. */
  times(x: Tensor, name: string): Tensor;
  /** x Wᵀ in float32, whatever the precision of other products is: for logits, whose differences count. */
  exactly(x: Tensor, name: string): Tensor;
  /** Rows of an embedding. Shape: ids int32 [m], weight [v, d], result [m, d]. */
  rows(name: string, ids: Tensor): Tensor;
  /**
   * The tensors that products and lookups of the named parameters read: a gradient must be taken with respect to them.
   */
  read(names: readonly string[]): TensorRecord;
  /** The same weights with tensors returned by {@link read}, or their replacements. */
  over(tensors: TensorRecord): ModelWeights;
}

/** Finds one model's weights among all variables of a step. */
export interface WeightsOf {
  (lookup: Weights): ModelWeights;
  /** Where that is, for a runtime that finds them itself. */
  readonly place: WeightsPlace;
}

/** A network and the location of its weights. */
export interface PlacedModel<Model> {
  readonly model: Model;
  readonly weightsOf: WeightsOf;
}

/**
 * Up to this many rows, TensorFlow's product with a large transposed right side spends most of its time reordering it.
 */
const FEW_ROWS = 64;
/** Weights up to this size stay in a core's cache while they are reordered. */
const SMALL_WEIGHTS = 2 ** 19;

/** Rows of the two parts of a matrix begin where TensorFlow can use them without a copy. */
const PART_UNIT = 16;

/** (W xᵀ)ᵀ, the two halves of W beside each other: one thread cannot read a matrix as fast as memory gives it. */
function byHalves(x: Tensor, weight: Tensor): Tensor {
  const [out] = weight.shape as [number, number];
  const half = Math.ceil(out / 2 / PART_UNIT) * PART_UNIT;
  const part = (from: number, count: number) => tf.matMul(tf.slice(weight, [from, 0], [count, -1]), x, false, true);
  const made = half < out ? tf.concat([part(0, half), part(half, out - half)]) : tf.matMul(weight, x, false, true);
  return tf.transpose(made, [1, 0]);
}

/** True for a product that is better computed as (W xᵀ)ᵀ. Shape: x [m, in], weight [out, in]. */
export const isDecoding = (x: Tensor, weight: { readonly size: number }) =>
  (x.shape[0] as number) <= FEW_ROWS && weight.size > SMALL_WEIGHTS;

/**
 * x Wᵀ in float32. For few rows and large weights, as in decoding, it is computed as (W xᵀ)ᵀ, so that only the small side is
 * reordered: measured 4 times faster on a CPU with 16 rows. Small weights are multiplied directly, which is a fifth
 * faster in a decoding step of 64 rows and width 128. Shape: x [m, in], weight [out, in], result [m, out].
 */
export function timesTransposed(x: Tensor, weight: Tensor): Tensor {
  if (!isDecoding(x, weight)) return tf.matMul(x, weight, false, true);
  return tf.customGrad((...given) => {
    const [rows, matrix, save] = given as unknown as [Tensor, Tensor, (tensors: Tensor[]) => void];
    save([rows, matrix]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => [tf.matMul(dy, saved[1]!), tf.matMul(dy, saved[0]!, true, false)];
    return { value: byHalves(rows, matrix), gradFunc };
  })(x, weight);
}

function plain(lookup: Lookup): ModelWeights {
  return {
    spares: false,
    tensor: lookup,
    timesTransposed: (x, name) => (roundsFactors() ? product(x, lookup(name), true) : timesTransposed(x, lookup(name))),
    times: (x, name) => product(x, lookup(name), false),
    exactly: (x, name) => timesTransposed(x, lookup(name)),
    rows: (name, ids) => embeddingLookup(lookup(name), ids),
    read: (names) => Object.fromEntries(names.map((name) => [name, lookup(name)])),
    over: (tensors) => plain((name) => tensors[name] as Tensor),
  };
}

/** Weights below `<prefix>/` with nothing added to them. */
export function plainWeights(prefix: string): WeightsOf {
  const place = { prefix, own: prefix, frozen: false, targets: [], dropout: 0 };
  return Object.assign((lookup: Weights) => plain((name) => lookup(`${prefix}/${name}`)), { place });
}
