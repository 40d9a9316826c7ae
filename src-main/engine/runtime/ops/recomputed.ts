import { tf } from '../tf.ts';
import type { Tensor, TensorRecord } from '../types.ts';
import { after } from './after.ts';
import { innerGradients } from './gradients.ts';

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
