import { asFactor, multiplied, roundsFactors } from '../../runtime/ops/product.ts';
import { tf } from '../../runtime/tf.ts';
import type { Factor, RowRange, Tensor } from '../../runtime/types.ts';
import { isDecoding, timesTransposed } from '../weights.ts';

/** Where a product with a frozen weight reads it, no earlier than the given tensor is available. */
export interface FrozenWeight {
  /** In float32; `rows`: some of its rows. */
  readonly widen: (after: Tensor, rows?: RowRange) => Tensor;
  /** Its shape, if some of its rows can be widened alone. */
  readonly narrowShape: readonly number[] | null;
  /** In the precision of products. */
  readonly factor: (after: Tensor) => Factor;
}

/**
 * A product with a frozen weight, which is read once for the value and once for the gradient, and receives none itself.
 * Shape: x [m, in], result [m, out].
 */
function frozenProduct(x: Tensor, value: (x: Tensor) => Tensor, back: (dy: Tensor) => Tensor): Tensor {
  return tf.customGrad((...given) => ({
    value: value(given[0] as Tensor),
    gradFunc: (dy: Tensor) => back(dy),
  }))(x);
}

/** Numbers that are widened at a time: they stay in a processor's cache until they are multiplied. */
const AT_ONCE = 2 ** 21;

/** Parts of the rows of a matrix that is stored narrow. */
function blocksOf([rows, width]: readonly [number, number]): readonly RowRange[] {
  const count = Math.min(rows, Math.ceil(AT_ONCE / width));
  return Array.from({ length: Math.ceil(rows / count) }, (_, index) => ({
    from: index * count,
    count: Math.min(count, rows - index * count),
  }));
}

/** x Wᵀ in float32 with a frozen weight. Shape: x [m, in], W [out, in], result [m, out]. */
export function frozenExactly(x: Tensor, weight: FrozenWeight): Tensor {
  const { widen, narrowShape } = weight;
  const blocks = narrowShape ? blocksOf(narrowShape as [number, number]) : [];
  if (blocks.length > 1) return frozenByBlocks(x, widen, blocks);
  return frozenProduct(
    x,
    (given) => timesTransposed(given, widen(given)),
    (dy) => tf.matMul(dy, widen(dy)),
  );
}

/** Blocks that are widened and multiplied at the same time, each by a thread of its own. */
const BESIDE = 2;

/** The same, widening a few blocks of the matrix at a time: each waits for what became of the one {@link BESIDE} before. */
function frozenByBlocks(x: Tensor, widen: FrozenWeight['widen'], blocks: readonly RowRange[]): Tensor {
  return frozenProduct(
    x,
    (given) => {
      const parts: Tensor[] = [];
      for (const rows of blocks) parts.push(timesTransposed(given, widen(parts.at(-BESIDE) ?? given, rows)));
      return tf.concat(parts, 1);
    },
    (dy) => {
      const sums: Tensor[] = [];
      for (const [index, rows] of blocks.entries()) {
        const part = tf.slice(dy, [0, rows.from], [-1, rows.count]);
        const sum = sums[index % BESIDE];
        const made: Tensor = tf.matMul(part, widen(sum ?? dy, rows));
        sums[index % BESIDE] = sum ? tf.add(sum, made) : made;
      }
      return tf.addN(sums);
    },
  );
}

/** x Wᵀ with a frozen weight. Shape: x [m, in], W [out, in], result [m, out]. */
export function frozenTimesTransposed(x: Tensor, weight: FrozenWeight): Tensor {
  if (!roundsFactors()) return frozenExactly(x, weight);
  return frozenProduct(
    x,
    (given) => {
      const [rows, matrix] = [asFactor(given), weight.factor(given)];
      if (!isDecoding(given, matrix.tensor)) return multiplied(rows, matrix, false, true);
      return tf.transpose(multiplied(matrix, rows, false, true), [1, 0]);
    },
    (dy) => multiplied(asFactor(dy), weight.factor(dy), false, false),
  );
}

/** x W with a frozen weight. Shape: x [m, in], W [in, out], result [m, out]. */
export function frozenTimes(x: Tensor, { factor }: FrozenWeight): Tensor {
  return frozenProduct(
    x,
    (given) => multiplied(asFactor(given), factor(given), false, false),
    (dy) => multiplied(asFactor(dy), factor(dy), false, true),
  );
}
