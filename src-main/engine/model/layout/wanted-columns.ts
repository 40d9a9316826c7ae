import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';

/** A range of a sequence's columns: `count` columns starting at `from`. */
export interface Columns {
  readonly from: number;
  readonly count: number;
}

/** A tensor or a host array. */
type Shaped = { readonly shape: readonly number[] };

/**
 * The columns whose states predict the response: q-1 .. q+r-2 of a sequence of q prompt and r response tokens.
 * Shape: ids [b, q + r], responseIds [b, r].
 */
export function responseColumns(ids: Shaped, responseIds: Shaped): Columns {
  const [length, r] = [ids.shape[1] as number, responseIds.shape[1] as number];
  return { from: length - r - 1, count: r };
}

/** The last column, where rows with left padding end. Shape: ids [b, t]. */
export function lastColumn({ shape }: Shaped): Columns {
  return { from: (shape[1] as number) - 1, count: 1 };
}

/** The columns' entries along an axis. Null selects all. */
export function takeColumns(x: Tensor, columns: Columns | null, axis: number): Tensor {
  if (columns === null) return x;
  const begin = x.shape.map((_, at) => (at === axis ? columns.from : 0));
  const size = x.shape.map((length, at) => (at === axis ? columns.count : length));
  return tf.slice(x, begin, size);
}

/**
 * The columns' rows of a batch whose sequences are stored one after the other. Shape: x [b · t, d] to [b · count, d].
 */
export function takeColumnRows(x: Tensor, columns: Columns | null, b: number): Tensor {
  if (columns === null) return x;
  const width = x.shape[1] as number;
  return takeColumns(x.reshape([b, -1, width]), columns, 1).reshape([b * columns.count, width]);
}
