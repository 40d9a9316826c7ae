import { tf } from '../runtime/tf.ts';
import type { Tensor } from '../runtime/types.ts';

/**
 * The states that predict the response: positions q-1 .. q+r-2 of a sequence of q prompt and r response tokens.
 * Shape: states [b, q + r, d], responseIds [b, r], result [b, r, d].
 */
export function responseHidden(states: Tensor, responseIds: Tensor): Tensor {
  const [rows, length, width] = states.shape as [number, number, number];
  const r = responseIds.shape[1] as number;
  return tf.slice(states, [0, length - r - 1, 0], [rows, r, width]);
}
