import { gelu, geluTanh, silu } from '../runtime/ops/activations.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor } from '../runtime/types.ts';
import type { Activation } from './config/model-config.ts';

const FUNCTIONS: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  gelu,
  gelu_tanh: geluTanh,
  silu,
  relu: (x) => tf.relu(x),
};

/** Applies the named activation. Any shape. */
export function activate(activation: Activation, x: Tensor): Tensor {
  return FUNCTIONS[activation](x);
}
