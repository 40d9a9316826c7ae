import { type Binding, DT, shapeAttribute, stringAttribute, typeAttribute } from './binding.ts';
import { type FloatHost, float32 } from './host-tensor.ts';
import { nativeBackend } from './native.ts';
import { StepScope } from './step-scope.ts';
import { tf } from './tf.ts';
import type { AdamUpdate, Tensor } from './types.ts';
import type { VariableStorage } from './variable-table.ts';

/** TensorFlow's name for a variable that lives as long as its handle, whichever session or eager op holds it. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';
const FLOAT = [typeAttribute('dtype', DT.float)];

/** Writes host numbers into a variable. The copy matters: an assignment keeps the buffer that it is given. */
function store(binding: Binding, handle: number, value: FloatHost): void {
  const shared = binding.createTensor(value.shape, DT.float, value.data);
  const [own] = binding.executeOp('DeepCopy', [typeAttribute('T', DT.float)], [shared], 1);
  binding.executeOp('AssignVariableOp', FLOAT, [handle, own?.id as number], 0);
  binding.deleteTensor(shared);
  binding.deleteTensor(own?.id as number);
}

/** Variables as TensorFlow resources; a handle is the number of a tensor that holds the resource. */
export function nativeStorage(binding: Binding): VariableStorage<number> {
  return {
    create: (value) => {
      const attributes = [...FLOAT, shapeAttribute('shape', value.shape), stringAttribute('shared_name', ANONYMOUS)];
      const [made] = binding.executeOp('VarHandleOp', attributes, [], 1);
      store(binding, made?.id as number, value);
      return made?.id as number;
    },
    write: (handle, value) => {
      store(binding, handle, value);
      return handle;
    },
    read: (handle, shape) => {
      const [read] = binding.executeOp('ReadVariableOp', FLOAT, [handle], 1);
      const data = binding.tensorDataSync(read?.id as number) as Float32Array;
      binding.deleteTensor(read?.id as number);
      return float32(data, shape);
    },
    free: (handle) => binding.deleteTensor(handle),
  };
}

/** A step's view of resource variables, one TensorFlow op per action. */
export class NativeScope extends StepScope<number> {
  protected override fetch(handle: number): Tensor {
    const backend = nativeBackend();
    const [read] = backend.binding.executeOp('ReadVariableOp', FLOAT, [handle], 1);
    return backend.createOutputTensor(read as { id: number; shape: number[]; dtype: number });
  }

  #run(op: string, attributes: Parameters<Binding['executeOp']>[1], names: readonly string[], inputs: Tensor[]): void {
    const backend = nativeBackend();
    const handles = names.map((name) => this.table.slot(name).handle);
    backend.binding.executeOp(op, attributes, [...handles, ...backend.getInputTensorIds(inputs)], 0);
  }

  protected override commitAssign(name: string, value: Tensor): void {
    const own = nativeBackend().executeSingleOutput('DeepCopy', [typeAttribute('T', DT.float)], [value]);
    this.#run('AssignVariableOp', FLOAT, [name], [own]);
  }

  protected override commitAdd(name: string, value: Tensor): void {
    this.#run('AssignAddVariableOp', FLOAT, [name], [value]);
  }

  protected override commitAdam(update: AdamUpdate): void {
    const backend = nativeBackend();
    if (update.shrink) {
      const inputs = [this.read(update.name), update.shrink];
      const lost = backend.executeSingleOutput('Mul', [typeAttribute('T', DT.float)], inputs);
      this.#run('AssignSubVariableOp', FLOAT, [update.name], [lost]);
    }
    // Powers of zero: bias correction is in the rate and in epsilon already.
    const zero = tf.scalar(0);
    const inputs = [zero, zero, update.rate, update.beta1, update.beta2, update.epsilon, update.gradient];
    const names = [update.name, update.firstMoment, update.secondMoment];
    this.#run('ResourceApplyAdam', [typeAttribute('T', DT.float)], names, inputs);
  }
}
