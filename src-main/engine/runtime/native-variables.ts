import {
  type Binding,
  boolAttribute,
  DT,
  type OpAttribute,
  shapeAttribute,
  stringAttribute,
  type TensorMetadata,
  typeAttribute,
} from './binding.ts';
import { type FloatHost, float32 } from './host-tensor.ts';
import { nativeBackend } from './native.ts';
import { scaledOrZero } from './ops/masked.ts';
import { asFactor } from './ops/product.ts';
import { StepScope } from './step-scope.ts';
import { FORMATS, type Part, type RawOps } from './stored/formats.ts';
import type { StoredDtype } from './stored/stored-dtype.ts';
import { tf } from './tf.ts';
import type { AdamUpdate, Factor, RowRange, Tensor } from './types.ts';
import type { VariableSlot, VariableStorage } from './variable-table.ts';

/**
 * TensorFlow's name for a variable that exists as long as its handle, whichever session or eager operation holds it.
 */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';
const FLOAT = [typeAttribute('dtype', DT.float)];
const T_FLOAT = typeAttribute('T', DT.float);

const castAttributes = (from: number, to: number) => [
  typeAttribute('SrcT', from),
  typeAttribute('DstT', to),
  boolAttribute('Truncate', false),
];

/** Runs operations of the addon and frees every tensor they made, except the result. */
function runRaw(binding: Binding, run: (ops: RawOps<number>, made: (id: number) => number) => number): number {
  const ids: number[] = [];
  const made = (id: number) => {
    ids.push(id);
    return id;
  };
  const op = (name: string, attributes: OpAttribute[], inputs: number[]) =>
    made((binding.executeOp(name, attributes, inputs, 1)[0] as TensorMetadata).id);
  const ints = (values: readonly number[]) =>
    made(binding.createTensor([values.length], DT.int32, Int32Array.from(values)));
  const result = run(
    {
      cast: (x, from, to) => op('Cast', castAttributes(from, to), [x]),
      times: (a, b) => op('Mul', [T_FLOAT], [a, b]),
      plus: (a, b) => op('AddV2', [T_FLOAT], [a, b]),
      rows: (table, indices) => {
        const axis = made(binding.createTensor([], DT.int32, Int32Array.of(0)));
        return op('GatherV2', gatherAttributes(DT.float), [table, indices, axis]);
      },
      head: (x, count) => op('Slice', [T_FLOAT, typeAttribute('Index', DT.int32)], [x, ints([0]), ints([count])]),
      reshape: (x, shape) => op('Reshape', [T_FLOAT, typeAttribute('Tshape', DT.int32)], [x, ints(shape)]),
      constant: (values, shape) => made(binding.createTensor(shape, DT.float, values)),
    },
    made,
  );
  for (const id of ids) if (id !== result) binding.deleteTensor(id);
  return result;
}

const gatherAttributes = (dtype: number): OpAttribute[] => [
  typeAttribute('Tparams', dtype),
  typeAttribute('Tindices', DT.int32),
  typeAttribute('Taxis', DT.int32),
];

/** Writes one tensor of a value into a variable. The copy matters: an assignment keeps the buffer that it is given. */
function store(binding: Binding, handle: number, { dtype, given, shape, data }: Part): void {
  const shared = binding.createTensor(shape, given, data);
  const own =
    dtype === given
      ? (binding.executeOp('DeepCopy', [typeAttribute('T', dtype)], [shared], 1)[0] as TensorMetadata)
      : (binding.executeOp('Cast', castAttributes(given, dtype), [shared], 1)[0] as TensorMetadata);
  binding.executeOp('AssignVariableOp', [typeAttribute('dtype', dtype)], [handle, own.id], 0);
  binding.deleteTensor(shared);
  binding.deleteTensor(own.id);
}

function createHandle(binding: Binding, part: Part): number {
  const attributes = [
    typeAttribute('dtype', part.dtype),
    shapeAttribute('shape', part.shape),
    stringAttribute('shared_name', ANONYMOUS),
  ];
  const [made] = binding.executeOp('VarHandleOp', attributes, [], 1);
  store(binding, made?.id as number, part);
  return made?.id as number;
}

const readPart = (binding: Binding, handle: number, dtype: number) =>
  (binding.executeOp('ReadVariableOp', [typeAttribute('dtype', dtype)], [handle], 1)[0] as TensorMetadata).id;

/** A variable's value in float32; TensorFlow.js has no narrower type and must never receive one. */
function fetchFloats(binding: Binding, { handles, shape, stored }: VariableSlot<number>): TensorMetadata {
  const format = FORMATS[stored];
  const id = runRaw(binding, (ops, made) => {
    const parts = handles.map((handle, index) => made(readPart(binding, handle, format.parts[index]!)));
    return format.widen(ops, parts, shape);
  });
  return { id, shape: [...shape], dtype: DT.float };
}

/** Variables as TensorFlow resources; a handle is the id of a tensor that holds the resource. */
export function nativeStorage(binding: Binding): VariableStorage<number> {
  const encode = ({ data, shape }: FloatHost, stored: StoredDtype) => FORMATS[stored].encode(data, shape);
  return {
    create: (value, stored) => encode(value, stored).map((part) => createHandle(binding, part)),
    write: ({ handles, stored }, value) => {
      for (const [index, part] of encode(value, stored).entries()) store(binding, handles[index]!, part);
      return handles;
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

  protected override fetchAfter(slot: VariableSlot<number>, _after: Tensor, rows?: RowRange): Tensor {
    const whole = this.fetch(slot);
    return rows ? tf.slice(whole, [rows.from], [rows.count]) : whole;
  }

  protected override fetchFactor(slot: VariableSlot<number>): Factor {
    const { handles, shape, stored } = slot;
    if (stored !== 'bfloat16') return asFactor(this.fetch(slot));
    const backend = nativeBackend();
    const id = readPart(backend.binding, handles[0]!, DT.bfloat16);
    return { tensor: backend.createOutputTensor({ id, shape: [...shape], dtype: DT.float }) };
  }

  protected override fetchRows({ handles, shape, stored }: VariableSlot<number>, ids: Tensor): Tensor {
    const backend = nativeBackend();
    const { binding } = backend;
    const format = FORMATS[stored];
    const count = ids.size;
    const [indices] = backend.getInputTensorIds([ids]);
    const id = runRaw(binding, (ops, made) => {
      const axis = made(binding.createTensor([], DT.int32, Int32Array.of(0)));
      const take = (part: number, dtype: number) =>
        made(
          (binding.executeOp('GatherV2', gatherAttributes(dtype), [part, indices!, axis], 1)[0] as TensorMetadata).id,
        );
      const parts = handles.map((handle, index) => made(readPart(binding, handle, format.parts[index]!)));
      if (!format.hasRows) return take(format.widen(ops, parts, shape), DT.float);
      const taken = parts.map((part, index) => take(part, format.parts[index]!));
      return format.widen(ops, taken, [count, ...shape.slice(1)]);
    });
    return backend.createOutputTensor({ id, shape: [count, ...shape.slice(1)], dtype: DT.float });
  }

  #run(op: string, attributes: OpAttribute[], names: readonly string[], inputs: Tensor[]): void {
    const backend = nativeBackend();
    const handles = names.map((name) => this.table.slot(name).handles[0] as number);
    backend.binding.executeOp(op, attributes, [...handles, ...backend.getInputTensorIds(inputs)], 0);
  }

  protected override commitAssign(name: string, value: Tensor): void {
    const own = nativeBackend().executeSingleOutput('DeepCopy', [T_FLOAT], [value]);
    this.#run('AssignVariableOp', FLOAT, [name], [own]);
  }

  protected override commitAdd(name: string, value: Tensor): void {
    this.#run('AssignAddVariableOp', FLOAT, [name], [value]);
  }

  protected override commitAdam(update: AdamUpdate): void {
    const backend = nativeBackend();
    if (update.shrink) {
      const inputs = [this.read(update.name), update.shrink];
      const lost = backend.executeSingleOutput('Mul', [T_FLOAT], inputs);
      this.#run('AssignSubVariableOp', FLOAT, [update.name], [lost]);
    }
    // Powers of zero: bias correction is already in the rate and in epsilon.
    const zero = tf.scalar(0);
    const gradient = scaledOrZero(update.gradient, update.scale);
    const inputs = [zero, zero, update.rate, update.beta1, update.beta2, update.epsilon, gradient];
    const names = [update.name, update.firstMoment, update.secondMoment];
    this.#run('ResourceApplyAdam', [T_FLOAT], names, inputs);
  }
}
