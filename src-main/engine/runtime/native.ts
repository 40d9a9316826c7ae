import type { Binding, OpAttribute } from './binding.ts';
import { tf } from './tf.ts';
import type { Tensor } from './types.ts';

/** The members of the addon's TensorFlow.js backend that the runtime calls. */
export interface NativeBackend {
  binding: Binding;
  executeMultipleOutputs(name: string, attributes: OpAttribute[], inputs: readonly Tensor[], outputs: number): Tensor[];
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: readonly Tensor[]): Tensor;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(metadata: { id: number; shape: number[]; dtype: number }): Tensor;
}

export const NATIVE = 'tensorflow';
export const JAVASCRIPT = 'cpu';

/** Whether the tensors of the running step are native TensorFlow tensors. */
export function isNative(): boolean {
  return tf.getBackend() === NATIVE;
}

/** The active native backend. Throws on the pure JavaScript backend. */
export function nativeBackend(): NativeBackend {
  if (!isNative()) throw new Error('The native TensorFlow engine is not active.');
  return tf.backend() as unknown as NativeBackend;
}

/** Runs any TensorFlow operation with one output. */
export function runOp(name: string, attributes: OpAttribute[], inputs: readonly Tensor[]): Tensor {
  return nativeBackend().executeSingleOutput(name, attributes, inputs);
}

/** Runs any TensorFlow operation with several outputs. */
export function runOps(name: string, attributes: OpAttribute[], inputs: readonly Tensor[], outputs: number): Tensor[] {
  return nativeBackend().executeMultipleOutputs(name, attributes, inputs, outputs);
}
