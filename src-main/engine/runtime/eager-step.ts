import type { HostData, HostDtype, HostTensor } from './host-tensor.ts';
import type { StepScope } from './step-scope.ts';
import { tf } from './tf.ts';
import type { HostRecord, Step, Tensor, TensorRecord } from './types.ts';

/** Creates a tensor from the host's numbers; copies them, since tensors share the memory that they are given. */
export function toTensor(host: HostTensor): Tensor {
  return tf.tensor(host.data.slice(), [...host.shape], host.dtype);
}

const DTYPES: readonly string[] = ['float32', 'int32', 'bool'];

/** Copies a tensor to the host. */
export function toHost(tensor: Tensor): HostTensor {
  if (!DTYPES.includes(tensor.dtype)) throw new TypeError(`A step cannot return a ${tensor.dtype} tensor.`);
  const data = tensor.dataSync() as HostData;
  return { dtype: tensor.dtype as HostDtype, shape: [...tensor.shape], data: ownCopy(data, tensor.dtype as HostDtype) };
}

/** The pure JavaScript backend returns its own buffers, sometimes of another type; they must not be handed out. */
function ownCopy(data: HostData, dtype: HostDtype): HostData {
  if (dtype === 'float32') return Float32Array.from(data);
  return dtype === 'int32' ? Int32Array.from(data) : Uint8Array.from(data);
}

/** Runs a step operation by operation. Everything that it creates is freed before it returns. */
export function runEagerly<H>(step: Step, scope: StepScope<H>, inputs: HostRecord): HostRecord {
  let results: HostRecord = {};
  try {
    tf.tidy(() => {
      const tensors: TensorRecord = {};
      for (const [name, host] of Object.entries(inputs)) tensors[name] = toTensor(host);
      const outputs = step(scope, tensors);
      // Fetched before the changes: an output may be a variable's value, which must be the value from before the step.
      results = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toHost(tensor)]));
      scope.commit();
    });
  } finally {
    scope.close();
  }
  return results;
}
