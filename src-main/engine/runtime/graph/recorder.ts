import type { Binding, OpAttribute, TensorMetadata } from '../binding.ts';
import type { NativeBackend } from '../native.ts';
import type { Tensor } from '../types.ts';
import { type AttributeValue, attributeValue, GraphBuilder, type Ref, refKey } from './graph-builder.ts';
import type { Tracer } from './tracer.ts';

/**
 * Type attributes that eager execution derives from the inputs but that a graph must state: by op, attribute = index of
 * the input that has the type. Ops not listed take `T` from their first input.
 */
const TYPES_FROM_INPUTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  BatchMatMulV3: { Ta: 0, Tb: 1 },
  Cast: { SrcT: 0 },
  ExpandDims: { T: 0, Tdim: 1 },
  Fill: { T: 1, index_type: 0 },
  GatherNd: { Tparams: 0, Tindices: 1 },
  GatherV2: { Tparams: 0, Tindices: 1, Taxis: 2 },
  ConcatV2: { T: 0 },
  IsFinite: { T: 0 },
  LogicalAnd: {},
  LogicalNot: {},
  LogicalOr: {},
  OneHot: { TI: 0, T: 2 },
  All: { Tidx: 1 },
  Any: { Tidx: 1 },
  Range: { Tidx: 0 },
  ReverseV2: { T: 0, Tidx: 1 },
  ScatterNd: { T: 1, Tindices: 0 },
  Select: { T: 1 },
  SelectV2: { T: 1 },
  Slice: { T: 0, Index: 1 },
  SparseSoftmaxCrossEntropyWithLogits: { T: 0, Tlabels: 1 },
  Split: { T: 1 },
  SplitV: { T: 0, Tlen: 1 },
  StatelessRandomUniform: { T: 0, Tseed: 1 },
  StridedSlice: { T: 0, Index: 1 },
  TensorScatterSub: { T: 0, Tindices: 1 },
  TensorScatterUpdate: { T: 0, Tindices: 1 },
  Tile: { T: 0, Tmultiples: 1 },
  Transpose: { T: 0, Tperm: 1 },
  UnsortedSegmentSum: { T: 0, Tindices: 1, Tnumsegments: 2 },
};

const FIRST_INPUT = { T: 0 } as const;

/** Adds missing type attributes. */
function completeAttributes(
  op: string,
  attributes: Record<string, AttributeValue>,
  inputs: readonly Ref[],
): Record<string, AttributeValue> {
  const completed = { ...attributes };
  for (const [name, index] of Object.entries(TYPES_FROM_INPUTS[op] ?? FIRST_INPUT)) {
    const source = inputs[index];
    if (source && !(name in completed)) completed[name] = { kind: 'type', value: source.dtype };
  }
  return completed;
}

/** Thrown if a step does something that a graph cannot represent; the step then runs eagerly. */
export class NotRecordable extends Error {}

let active: Recorder | null = null;

/** The recorder of the step being recorded, or null while operations run for their values. */
export function activeRecorder(): Recorder | null {
  return active;
}

/**
 * Replaces the addon while a step runs once: each operation adds a node to the graph, and a {@link Tracer} gives
 * TensorFlow.js the shapes and dtypes of its outputs.
 */
export class Recorder {
  readonly graph = new GraphBuilder();
  readonly #refs = new Map<number, Ref>();
  readonly #rounded = new Map<string, Ref>();
  readonly #backend: NativeBackend;
  readonly #tracer: Tracer;

  constructor(backend: NativeBackend, tracer: Tracer) {
    this.#backend = backend;
    this.#tracer = tracer;
  }

  /** Runs the function with the addon replaced. Every tensor created inside must be freed inside. */
  record<T>(run: () => T): T {
    if (active) throw new NotRecordable('A step was called inside another step.');
    const { binding } = this.#backend;
    this.#backend.binding = this.#standIn(binding);
    active = this;
    try {
      return run();
    } finally {
      active = null;
      this.#backend.binding = binding;
    }
  }

  /** The addon's members are read-only and cannot be proxied, so a copy with four of them exchanged is used instead. */
  #standIn(binding: Binding): Binding {
    const members = Object.getOwnPropertyNames(binding).map((name) => [name, Reflect.get(binding, name)]);
    return {
      ...(Object.fromEntries(members) as Binding),
      executeOp: this.#executeOp,
      createTensor: this.#createTensor as Binding['createTensor'],
      deleteTensor: (id) => this.#tracer.free(id),
      tensorDataSync: (id) => {
        const constant = this.#tracer.read(id);
        if (constant) return constant as Float32Array;
        throw new NotRecordable('The step reads a tensor back.');
      },
    };
  }

  /** The node output that a tensor represents. */
  refOf(tensor: Tensor): Ref {
    return this.#refOfId(this.#backend.getInputTensorIds([tensor])[0] as number);
  }

  /** A tensor that represents a node output; `dtype` is what TensorFlow.js takes it for. */
  tensorFor(ref: Ref, shape: readonly number[], dtype = ref.dtype): Tensor {
    const made = this.#tracer.unknown(shape, dtype);
    this.#refs.set(made.id, ref);
    return this.#backend.createOutputTensor(made);
  }

  /** A tensor rounded to bfloat16, one node for all its uses; TensorFlow.js takes it for float32. */
  rounded(tensor: Tensor, round: () => Tensor): Tensor {
    const source = this.refOf(tensor);
    const key = refKey(source);
    const known = this.#rounded.get(key);
    if (known) return this.tensorFor(known, tensor.shape, source.dtype);
    const made = this.#inFrame(tensor, round);
    this.#rounded.set(key, this.refOf(made));
    return made;
  }

  /** Runs the function with its nodes in the frame in which the tensor was computed. */
  #inFrame<T>(tensor: Tensor, run: () => T): T {
    const { frame } = this.graph;
    this.graph.frame = this.refOf(tensor).node.frame;
    try {
      return run();
    } finally {
      this.graph.frame = frame;
    }
  }

  #refOfId(id: number): Ref {
    const known = this.#refs.get(id);
    if (known) return known;
    throw new NotRecordable('The step uses a tensor that was created outside of it.');
  }

  readonly #createTensor = (shape: readonly number[], dtype: number, data: unknown): number => {
    if (!ArrayBuffer.isView(data)) throw new NotRecordable('The step creates a tensor of strings.');
    const id = this.#tracer.constant(shape, dtype, data);
    this.#refs.set(id, this.graph.constant(dtype, shape, data));
    return id;
  };

  readonly #executeOp = (op: string, attributes: OpAttribute[], ids: number[], outputs: number): TensorMetadata[] => {
    const inputs = ids.map((id) => this.#refOfId(id));
    const given: Record<string, AttributeValue> = {};
    for (const attribute of attributes) given[attribute.name] = attributeValue(attribute);
    const completed = completeAttributes(op, given, inputs);
    const made = this.#tracer.execute(op, attributes, completed, ids, outputs);
    const node = this.graph.add({ op, inputs, attributes: completed });
    for (const [output, { id, dtype }] of made.entries()) this.#refs.set(id, { node, output, dtype });
    return made;
  };
}
