import type { HostData, HostDtype, HostTensor } from './host-tensor.ts';
import type { StepScope } from './step-scope.ts';
import { tf } from './tf.ts';
import type { HostRecord, Step, Tensor, TensorRecord } from './types.ts';

/** A tensor of the host's numbers; of a copy, since tensors share the memory they are given. */
export function toTensor(host: HostTensor): Tensor {
  return tf.tensor(host.data.slice(), [...host.shape], host.dtype);
}

const DTYPES: readonly string[] = ['float32', 'int32', 'bool'];

/** Copies a tensor out. */
export function toHost(tensor: Tensor): HostTensor {
  if (!DTYPES.includes(tensor.dtype)) throw new TypeError(`A step cannot return a ${tensor.dtype} tensor.`);
  const data = tensor.dataSync() as HostData;
  return { dtype: tensor.dtype as HostDtype, shape: [...tensor.shape], data: ownCopy(data, tensor.dtype as HostDtype) };
}

/** The pure JavaScript backend hands out its own buffers, sometimes of another kind: never those. */
function ownCopy(data: HostData, dtype: HostDtype): HostData {
  if (dtype === 'float32') return Float32Array.from(data);
  return dtype === 'int32' ? Int32Array.from(data) : Uint8Array.from(data);
}

/** Runs a step op by op. Everything it makes is freed before it returns. */
export function runEagerly<H>(step: Step, scope: StepScope<H>, inputs: HostRecord): HostRecord {
  let results: HostRecord = {};
  try {
    tf.tidy(() => {
      const tensors: TensorRecord = {};
      for (const [name, host] of Object.entries(inputs)) tensors[name] = toTensor(host);
      const outputs = step(scope, tensors);
      // Before the changes: an output may be a variable's value, which the step promises to be the one from before.
      results = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toHost(tensor)]));
      scope.commit();
    });
  } finally {
    scope.close();
  }
  return results;
}
