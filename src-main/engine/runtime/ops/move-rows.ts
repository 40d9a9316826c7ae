import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/** A rearrangement of rows: result row i is row `there[i]`, and row j becomes result row `back[j]`. */
export interface RowMove {
  /** int32 [m], in 0..n-1. */
  readonly there: Tensor;
  /** int32 [n], in 0..m; m marks a dropped row. */
  readonly back: Tensor;
}

/**
 * Gathers rows by position, with a gradient that gathers as well: adding up each row at its origin takes ten times as
 * long on a CPU.
 * @param dropsRows `back` may contain entries m. Otherwise it must not, which saves a copy; a dropped row then refers
 * to a result row that receives no gradient.
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
