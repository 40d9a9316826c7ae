import { biasAdd } from '../runtime/ops/bias-add.ts';
import type { Tensor } from '../runtime/types.ts';
import type { ModelWeights } from './weights.ts';

/** x Wᵀ + b with torch.nn.Linear's weight. Shape: x [m, in], `name`.weight [out, in], result [m, out]. */
export function linear(weights: ModelWeights, name: string, x: Tensor, bias: boolean): Tensor {
  const product = weights.timesTransposed(x, `${name}.weight`);
  return bias ? biasAdd(product, weights.tensor(`${name}.bias`)) : product;
}

/** The same in float32, whatever the precision of other products is: for the heads of models. */
export function exactLinear(weights: ModelWeights, name: string, x: Tensor, bias: boolean): Tensor {
  const product = weights.exactly(x, `${name}.weight`);
  return bias ? biasAdd(product, weights.tensor(`${name}.bias`)) : product;
}

/** x W + b with Conv1D's weight. Shape: x [m, in], `name`.weight [in, out], result [m, out]. */
export function conv1d(weights: ModelWeights, name: string, x: Tensor): Tensor {
  return biasAdd(weights.times(x, `${name}.weight`), weights.tensor(`${name}.bias`));
}
