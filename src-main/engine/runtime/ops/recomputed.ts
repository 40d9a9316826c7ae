import { activeRecorder } from '../graph/recorder.ts';
import { tf } from '../tf.ts';
import type { Tensor, TensorRecord } from '../types.ts';
import { innerGradients } from './gradients.ts';

/**
 * `x`, in a recorded graph no earlier than `other` is there. What is computed from it waits for `other` as well, and is
 * no common subexpression with what is computed from `x` itself. Op by op, where order is as written, it is `x`.
 * Shape: any, result as `x`.
 */
function after(x: Tensor, other: Tensor): Tensor {
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

type Save = (tensors: Tensor[]) => void;

/** What a recomputed part of a network reads; it must read no other tensor. */
export interface RecomputedInputs {
  readonly x: Tensor;
  /** Differentiated, as `x` is. */
  readonly weights: TensorRecord;
  /** Not differentiated. */
  readonly constants: TensorRecord;
}

/** The record's names with the first tensors of a list, in order. */
function named(record: TensorRecord, tensors: readonly Tensor[]): TensorRecord {
  return Object.fromEntries(Object.keys(record).map((name, index) => [name, tensors[index] as Tensor]));
}

/**
 * run(inputs), of which nothing but the inputs is kept for the gradient: that runs it once more, when its turn comes. An
 * update of n such parts holds n inputs and the inner tensors of one part, for one more forward pass (Chen et al. 2016,
 * "Training deep nets with sublinear memory cost", section 4). Shape: whatever `run` gives.
 */
export function recomputed(run: (inputs: RecomputedInputs) => Tensor, inputs: RecomputedInputs): Tensor {
  const { x, weights, constants } = inputs;
  const learned = Object.values(weights);
  const gradFunc = (dy: Tensor, [input, ...rest]: Tensor[]) => {
    const again = after(input as Tensor, dy);
    const own = named(weights, rest);
    const fixed = named(constants, rest.slice(learned.length));
    const rerun = () => run({ x: again, weights: own, constants: fixed });
    return innerGradients(rerun, [again, ...Object.values(own)], dy);
  };
  return tf.customGrad((...given) => {
    (given.at(-1) as unknown as Save)([x, ...learned, ...Object.values(constants)]);
    return { value: run(inputs), gradFunc };
  })(x, ...learned);
}
