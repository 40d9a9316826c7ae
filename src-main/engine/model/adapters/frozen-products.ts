import { asFactor, multiplied, roundsFactors } from '../../runtime/ops/product.ts';
import { tf } from '../../runtime/tf.ts';
import type { Factor, RowRange, Tensor } from '../../runtime/types.ts';
import { timesTransposed } from '../weights.ts';

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

/** The same, widening one block of the matrix after another. */
function frozenByBlocks(x: Tensor, widen: FrozenWeight['widen'], blocks: readonly RowRange[]): Tensor {
  return frozenProduct(
    x,
    (given) => {
      let before = given;
      const parts = blocks.map((rows) => {
        before = timesTransposed(given, widen(before, rows));
        return before;
      });
      return tf.concat(parts, 1);
    },
    (dy) => {
      let sum: Tensor | null = null;
      for (const rows of blocks) {
        const part = tf.slice(dy, [0, rows.from], [-1, rows.count]);
        const made: Tensor = tf.matMul(part, widen(sum ?? dy, rows));
        sum = sum ? tf.add(sum, made) : made;
      }
      return sum as Tensor;
    },
  );
}

/** x Wᵀ with a frozen weight. Shape: x [m, in], W [out, in], result [m, out]. */
export function frozenTimesTransposed(x: Tensor, weight: FrozenWeight): Tensor {
  if (!roundsFactors()) return frozenExactly(x, weight);
  return frozenProduct(
    x,
    (given) => multiplied(asFactor(given), weight.factor(given), false, true),
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
