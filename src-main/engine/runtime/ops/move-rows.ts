import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/** Rows that go from one place to another: result row i is row `there[i]`, and row j becomes result row `back[j]`. */
export interface RowMove {
  /** int32 [m], in 0..n-1. */
  readonly there: Tensor;
  /** int32 [n], in 0..m; m stands for a row that goes nowhere. */
  readonly back: Tensor;
}

/**
 * Rows by place, with a gradient that gathers as well: adding each row up where it came from takes a CPU ten times as long.
 * @param dropsRows `back` has entries m. Without it nothing does, which saves a copy; a row that goes nowhere then names a
 * result row that no gradient comes back to.
 * Shape: x [n] or [n, d], result [m] or [m, d].
 */
export function moveRows(x: Tensor, { there, back }: RowMove, dropsRows = false): Tensor {
  return tf.customGrad((rows, save) => {
    (save as unknown as (tensors: Tensor[]) => void)([back]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const nowhere = dropsRows ? tf.concat([dy, tf.zeros([1, ...dy.shape.slice(1)])], 0) : dy;
      return tf.gather(nowhere, saved[0] as Tensor) as Tensor;
    };
    return { value: tf.gather(rows as Tensor, there) as Tensor, gradFunc };
  })(x);
}
