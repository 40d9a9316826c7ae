import {
  type Binding,
  boolAttribute,
  DT,
  shapeAttribute,
  stringAttribute,
  type TensorMetadata,
  typeAttribute,
} from './binding.ts';
import { type FloatHost, float32 } from './host-tensor.ts';
import { nativeBackend } from './native.ts';
import { StepScope } from './step-scope.ts';
import type { StoredDtype } from './stored-dtype.ts';
import { tf } from './tf.ts';
import type { AdamUpdate, Tensor } from './types.ts';
import type { VariableSlot, VariableStorage } from './variable-table.ts';

/**
 * TensorFlow's name for a variable that exists as long as its handle, whichever session or eager operation holds it.
 */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';
const FLOAT = [typeAttribute('dtype', DT.float)];
const DTYPES: Readonly<Record<StoredDtype, typeof FLOAT>> = {
  float32: FLOAT,
  float16: [typeAttribute('dtype', DT.half)],
};

function cast(binding: Binding, tensor: number, from: number, to: number): TensorMetadata {
  const attributes = [typeAttribute('SrcT', from), typeAttribute('DstT', to), boolAttribute('Truncate', false)];
  return binding.executeOp('Cast', attributes, [tensor], 1)[0] as TensorMetadata;
}

/** Writes host values into a variable. The copy matters: an assignment keeps the buffer that it is given. */
function store(binding: Binding, handle: number, value: FloatHost, stored: StoredDtype): void {
  const shared = binding.createTensor(value.shape, DT.float, value.data);
  const own =
    stored === 'float16'
      ? cast(binding, shared, DT.float, DT.half)
      : (binding.executeOp('DeepCopy', [typeAttribute('T', DT.float)], [shared], 1)[0] as TensorMetadata);
  binding.executeOp('AssignVariableOp', DTYPES[stored], [handle, own.id], 0);
  binding.deleteTensor(shared);
  binding.deleteTensor(own.id);
}

/** A variable's value in float32: TensorFlow.js has no float16 and must never receive it. */
function fetchFloats(binding: Binding, { handle, stored }: VariableSlot<number>): TensorMetadata {
  const read = binding.executeOp('ReadVariableOp', DTYPES[stored], [handle], 1)[0] as TensorMetadata;
  if (stored === 'float32') return read;
  const floats = cast(binding, read.id, DT.half, DT.float);
  binding.deleteTensor(read.id);
  return floats;
}

/** Variables as TensorFlow resources; a handle is the id of a tensor that holds the resource. */
export function nativeStorage(binding: Binding): VariableStorage<number> {
  return {
    create: (value, stored) => {
      const attributes = [
        ...DTYPES[stored],
        shapeAttribute('shape', value.shape),
        stringAttribute('shared_name', ANONYMOUS),
      ];
      const [made] = binding.executeOp('VarHandleOp', attributes, [], 1);
      store(binding, made?.id as number, value, stored);
      return made?.id as number;
    },
    write: ({ handle, stored }, value) => {
      store(binding, handle, value, stored);
      return handle;
    },
    read: (slot) => {
      const { id } = fetchFloats(binding, slot);
      const data = binding.tensorDataSync(id) as Float32Array;
      binding.deleteTensor(id);
      return float32(data, slot.shape);
    },
    free: (handle) => binding.deleteTensor(handle),
  };
}

/** A step's view of resource variables, with one TensorFlow operation per action. */
export class NativeScope extends StepScope<number> {
  protected override fetch(slot: VariableSlot<number>): Tensor {
    const backend = nativeBackend();
    return backend.createOutputTensor(fetchFloats(backend.binding, slot));
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
    // Powers of zero: bias correction is already in the rate and in epsilon.
    const zero = tf.scalar(0);
    const inputs = [zero, zero, update.rate, update.beta1, update.beta2, update.epsilon, update.gradient];
    const names = [update.name, update.firstMoment, update.secondMoment];
    this.#run('ResourceApplyAdam', [typeAttribute('T', DT.float)], names, inputs);
  }
}
