import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

/** Rows of a table by id; the gradient sums the rows back by segment. Shape: table [v, h], ids int32 [..], result [.., h]. */
export function embeddingLookup(table: Tensor, ids: Tensor): Tensor {
  const [rows, width] = table.shape as [number, number];
  const flatIds = ids.reshape([-1]) as ReturnType<typeof tf.tensor1d>;
  const gathered = tf.customGrad((weights, save) => {
    const value = tf.gather(weights as Tensor, flatIds, 0);
    (save as (tensors: Tensor[]) => void)([flatIds]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => tf.unsortedSegmentSum(dy, saved[0] as typeof flatIds, rows);
    return { value, gradFunc };
  })(table);
  return gathered.reshape([...ids.shape, width]);
}
