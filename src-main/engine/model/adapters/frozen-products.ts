import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { timesTransposed } from '../weights.ts';

/** The weight in float32, no earlier than the given tensor is available. */
type Widen = (after: Tensor) => Tensor;

/**
 * A product with a frozen weight, which is widened once for the value and once for the gradient, and receives none
 * itself. Shape: x [m, in], result [m, out].
 */
function frozenProduct(x: Tensor, value: (x: Tensor) => Tensor, back: (dy: Tensor) => Tensor): Tensor {
  return tf.customGrad((...given) => ({
    value: value(given[0] as Tensor),
    gradFunc: (dy: Tensor) => back(dy),
  }))(x);
}

/** x Wᵀ with a frozen weight. Shape: x [m, in], W [out, in], result [m, out]. */
export function frozenTimesTransposed(x: Tensor, widen: Widen): Tensor {
  return frozenProduct(
    x,
    (given) => timesTransposed(given, widen(given)),
    (dy) => tf.matMul(dy, widen(dy)),
  );
}

/** x W with a frozen weight. Shape: x [m, in], W [in, out], result [m, out]. */
export function frozenTimes(x: Tensor, widen: Widen): Tensor {
  return frozenProduct(
    x,
    (given) => tf.matMul(given, widen(given)),
    (dy) => tf.matMul(dy, widen(dy), false, true),
  );
}
