import { activeRecorder } from '../graph/recorder.ts';
import type { Tensor } from '../types.ts';

/**
 * `x`, in a recorded graph no earlier than `other` is there. What is computed from it waits for `other` as well, and is
 * no common subexpression with what is computed from `x` itself. Op by op, where order is as written, it is `x`.
 * Shape: any, result as `x`.
 */
export function after(x: Tensor, other: Tensor): Tensor {
  const recorder = activeRecorder();
  if (!recorder) return x;
  const ref = recorder.refOf(x);
  const node = recorder.graph.add({
    op: 'Identity',
    inputs: [ref],
    controls: [recorder.refOf(other).node],
    attributes: { T: { kind: 'type', value: ref.dtype } },
  });
  return recorder.tensorFor({ node, output: 0, dtype: ref.dtype }, x.shape);
}
