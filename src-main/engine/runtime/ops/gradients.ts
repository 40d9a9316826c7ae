import { DT, typeAttribute } from '../binding.ts';
import { float32, sizeOf } from '../host-tensor.ts';
import { isNative, runOp } from '../native.ts';
import { tf } from '../tf.ts';
import type { StepVariables, Tensor, TensorRecord, Variables, Weights } from '../types.ts';

export interface LossAndAux {
  /** Scalar. */
  readonly loss: Tensor;
  /** Values that the caller needs in addition to the loss; not differentiated. */
  readonly aux: TensorRecord;
}

export interface ValueAndGradients extends LossAndAux {
  /**
   * By full variable name, in the order of `names`. A variable that does not affect the loss has a gradient of zeros.
   */
  readonly gradients: TensorRecord;
}

interface GradientEngine {
  /** The operations of the gradient in progress. */
  readonly state: { activeTape: unknown };
  gradients(f: () => Tensor, xs: Tensor[], dy?: Tensor, allowNoGradients?: boolean): { value: Tensor; grads: Tensor[] };
}

/** Moves tensors kept inside a gradient scope to the surrounding scope. */
function release(kept: TensorRecord): TensorRecord {
  return Object.fromEntries(
    Object.entries(kept).map(([name, tensor]) => {
      const moved = tf.clone(tensor);
      tensor.dispose();
      return [name, moved];
    }),
  );
}

/**
 * The loss and its gradient with respect to every named variable. `prefixOf(name)` is what `weights(name)` looks up:
 * the loss reads variables through `weights` by their full names.
 * @param noise int32 [2], for losses that drop some of their inputs at random.
 */
export function valueAndGradients(
  variables: StepVariables,
  names: readonly string[],
  loss: (weights: Weights) => LossAndAux,
  noise?: Tensor,
): ValueAndGradients {
  const values = names.map((name) => variables.read(name));
  let kept: TensorRecord = {};
  const forward = () => {
    const weights = variables.weights();
    const result = loss(noise ? Object.assign(weights, { noise }) : weights);
    kept = Object.fromEntries(Object.entries(result.aux).map(([key, tensor]) => [key, tf.keep(tf.clone(tensor))]));
    return result.loss;
  };
  const { value, grads } = (tf.engine() as unknown as GradientEngine).gradients(forward, values, undefined, true);
  const gradients = Object.fromEntries(
    names.map((name, index) => [name, grads[index] ?? tf.zerosLike(values[index] as Tensor)]),
  );
  return { loss: value, aux: release(kept), gradients };
}

/**
 * dy times the derivative of f with respect to each of `xs`, from inside the backward pass of another gradient. Shape:
 * dy as returned by f(), results as `xs`.
 */
export function innerGradients(f: () => Tensor, xs: readonly Tensor[], dy: Tensor): Tensor[] {
  const engine = tf.engine() as unknown as GradientEngine;
  const { activeTape } = engine.state;
  try {
    return tf.tidy(() => {
      const { grads } = engine.gradients(f, [...xs], dy, true);
      return xs.map((x, index) => grads[index] ?? tf.zerosLike(x));
    });
  } finally {
    // TensorFlow.js assumes that the outer pass is finished by now and drops its operations, whose tensors must still
    // be freed.
    engine.state.activeTape = activeTape;
  }
}

/** Half the sum of squares, on the native backend without an array of the squares. Scalar. */
function halfSquares(x: Tensor): Tensor {
  if (isNative()) return runOp('L2Loss', [typeAttribute('T', DT.float)], [x]);
  return tf.mul(tf.sum(tf.square(x)), 0.5);
}

/** Square root of the sum of squares over all tensors. Scalar. */
export function globalNorm(gradients: TensorRecord): Tensor {
  return tf.sqrt(tf.mul(tf.addN(Object.values(gradients).map(halfSquares)), 2));
}

/** Name of a weight's running gradient sum. */
export function gradientSumName(prefix: string, name: string): string {
  const local = name.startsWith(`${prefix}/`) ? name.slice(prefix.length + 1) : name;
  return `${prefix}/gradient_sum/${local}`;
}

/** Creates the gradient sums, zero. */
export function createGradientSums(variables: Variables, prefix: string, names: readonly string[]): void {
  for (const name of names) {
    const shape = variables.shape(name);
    variables.create(gradientSumName(prefix, name), float32(new Float32Array(sizeOf(shape)), shape));
  }
}

/** Adds the gradients of one micro-batch to the sums at the end of the step. */
export function accumulateGradients(variables: StepVariables, prefix: string, gradients: TensorRecord): void {
  for (const [name, gradient] of Object.entries(gradients)) variables.add(gradientSumName(prefix, name), gradient);
}

/** Reads the sums plus this micro-batch's gradients, and resets the sums to zero at the end of the step. */
export function takeGradientSums(variables: StepVariables, prefix: string, gradients: TensorRecord): TensorRecord {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => {
      const sumName = gradientSumName(prefix, name);
      const total = tf.add(variables.read(sumName), gradient);
      variables.assign(sumName, tf.zerosLike(gradient));
      return [name, total];
    }),
  );
}
