import { tf } from '../tf.ts';
import type { Tensor, TensorRecord } from '../types.ts';
import { after } from './after.ts';
import { innerGradients } from './gradients.ts';

type Save = (tensors: Tensor[]) => void;

/** Inputs of a recomputed part of a network; it must not read any other tensor. */
export interface RecomputedInputs {
  readonly x: Tensor;
  /** Differentiated, like `x`. */
  readonly weights: TensorRecord;
  /** Not differentiated. */
  readonly constants: TensorRecord;
}

/** Assigns the record's names to the first tensors of a list, in order. */
function named(record: TensorRecord, tensors: readonly Tensor[]): TensorRecord {
  return Object.fromEntries(Object.keys(record).map((name, index) => [name, tensors[index] as Tensor]));
}

/**
 * Computes run(inputs) and keeps only the inputs for the gradient, which runs it once more when it is computed. An
 * update of n such parts holds n inputs and the inner tensors of one part, at the cost of one more forward pass (Chen
 * et al. 2016, "Training deep nets with sublinear memory cost", section 4). Shape: as returned by `run`.
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
