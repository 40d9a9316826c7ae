import { activeRecorder } from '../graph/recorder.ts';
import type { Tensor } from '../types.ts';

/**
 * `x`, in a recorded graph no earlier than `other` is available. Everything computed from it waits for `other` as well,
 * and is not merged as a common subexpression with what is computed from `x` itself. In eager mode, where operations
 * run in program order, it is `x`.
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
