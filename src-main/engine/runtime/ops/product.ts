import { boolAttribute, DT, typeAttribute } from '../binding.ts';
import type { ComputeDtype } from '../environment.ts';
import { activeRecorder } from '../graph/recorder.ts';
import { isNative, nativeBackend } from '../native.ts';
import { tf } from '../tf.ts';
import type { Factor, Tensor } from '../types.ts';
import { remakingOf } from './remade.ts';

let computeDtype: ComputeDtype = 'float32';

/** Sets the precision of the process's matrix products; before the first step, since graphs keep what they have. */
export function setComputeDtype(dtype: ComputeDtype): void {
  computeDtype = dtype;
}

/** Whether products of the running step round their factors to bfloat16. */
export function roundsFactors(): boolean {
  return computeDtype === 'bfloat16' && isNative();
}

function cast(x: Tensor, from: number, to: number): Tensor {
  const backend = nativeBackend();
  const attributes = [typeAttribute('SrcT', from), typeAttribute('DstT', to), boolAttribute('Truncate', false)];
  const [made] = backend.binding.executeOp('Cast', attributes, backend.getInputTensorIds([x]), 1);
  return backend.createOutputTensor({ id: made!.id, shape: [...x.shape], dtype: DT.float });
}

/**
 * A float32 matrix as a factor of products: rounded to bfloat16 if the process multiplies so, otherwise as it is. What
 * was computed outside a loop is rounded outside of it, once for all its rounds.
 */
export function asFactor(x: Tensor): Factor {
  if (!roundsFactors()) return { tensor: x };
  const recorder = activeRecorder();
  const round = () => cast(x, DT.float, DT.bfloat16);
  return { tensor: recorder ? recorder.rounded(x, round) : round() };
}

/** The product of two factors, [m, n] in float32. `transposes`: whether a is [k, m], and b is [n, k]. */
export function multiplied(a: Factor, b: Factor, ...transposes: readonly [a: boolean, b: boolean]): Tensor {
  const [ofA, ofB] = transposes;
  if (!roundsFactors()) return tf.matMul(a.tensor, b.tensor, ofA, ofB);
  const backend = nativeBackend();
  const attributes = [
    boolAttribute('transpose_a', ofA),
    boolAttribute('transpose_b', ofB),
    typeAttribute('T', DT.bfloat16),
  ];
  const shape = [a.tensor.shape[ofA ? 1 : 0]!, b.tensor.shape[ofB ? 0 : 1]!];
  const ids = backend.getInputTensorIds([a.tensor, b.tensor]);
  const [made] = backend.binding.executeOp('MatMul', attributes, ids, 1);
  const narrow = backend.createOutputTensor({ id: made!.id, shape, dtype: DT.float });
  return cast(narrow, DT.bfloat16, DT.float);
}

type Save = (tensors: Tensor[]) => void;

/** x W or x Wᵀ with its gradients, in the process's precision. Shape: x [m, k], result [m, n]. */
export function product(x: Tensor, weight: Tensor, transposes: boolean): Tensor {
  if (!roundsFactors()) return tf.matMul(x, weight, false, transposes);
  return tf.customGrad((...given) => {
    const [input, matrix] = given as unknown as [Tensor, Tensor];
    (given[2] as unknown as Save)([input, matrix]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [rows, columns, ofRows] = [asFactor(saved[0]!), asFactor(saved[1]!), asFactor(dy)];
      const byWeight = transposes ? multiplied(ofRows, rows, true, false) : multiplied(rows, ofRows, true, false);
      return [multiplied(ofRows, columns, false, !transposes), byWeight];
    };
    return { value: multiplied(asFactor(input), asFactor(matrix), false, transposes), gradFunc };
  })(x, weight);
}

/**
 * x Wᵀ in float32 with its gradients, for which x is not kept if it can be computed again at little cost (see
 * {@link remakable}). Shape: x [m, k], weight [n, k], result [m, n].
 */
export function sparingProduct(x: Tensor, weight: Tensor): Tensor {
  const { inputs, remake } = remakingOf(x);
  return tf.customGrad((...given) => {
    const [input, matrix] = given as unknown as [Tensor, Tensor];
    (given[2] as unknown as Save)([matrix, ...inputs]);
    const gradFunc = (dy: Tensor, [kept, ...rest]: Tensor[]) => [
      tf.matMul(dy, kept!),
      tf.matMul(dy, remake(rest, dy), true, false),
    ];
    return { value: tf.matMul(input, matrix, false, true), gradFunc };
  })(x, weight);
}
