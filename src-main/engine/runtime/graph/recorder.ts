import type { Binding, OpAttribute, TensorMetadata } from '../binding.ts';
import type { NativeBackend } from '../native.ts';
import type { Tensor } from '../types.ts';
import { completeAttributes } from './complete-attributes.ts';
import { type AttributeValue, attributeValue, GraphBuilder, type Ref } from './graph-builder.ts';

/** A step did something that a graph cannot hold; the step then runs eagerly. */
export class NotRecordable extends Error {}

let active: Recorder | null = null;

/** The recorder of the step being recorded, or null while ops run for their values. */
export function activeRecorder(): Recorder | null {
  return active;
}

/**
 * Stands in for the addon while a step runs once: every op still runs, so that TensorFlow.js sees true shapes and
 * dtypes, and leaves a node in the graph.
 */
export class Recorder {
  readonly graph = new GraphBuilder();
  readonly #refs = new Map<number, Ref>();
  readonly #backend: NativeBackend;
  readonly #binding: Binding;

  constructor(backend: NativeBackend) {
    this.#backend = backend;
    this.#binding = backend.binding;
  }

  /** Runs the function with the addon replaced. */
  record<T>(run: () => T): T {
    if (active) throw new NotRecordable('A step was called inside another step.');
    // The addon's members are read-only and cannot be proxied, so a copy with three of them exchanged takes its place.
    const copy = Object.fromEntries(
      Object.getOwnPropertyNames(this.#binding).map((name) => [name, Reflect.get(this.#binding, name)]),
    );
    const stand = {
      ...copy,
      executeOp: this.#executeOp,
      createTensor: this.#createTensor,
      tensorDataSync: () => {
        throw new NotRecordable('The step reads a tensor back.');
      },
    };
    this.#backend.binding = stand as unknown as Binding;
    active = this;
    try {
      return run();
    } finally {
      active = null;
      this.#backend.binding = this.#binding;
    }
  }

  /** The node output that a tensor stands for. */
  refOf(tensor: Tensor): Ref {
    return this.#refOfId(this.#backend.getInputTensorIds([tensor])[0] as number);
  }

  /** A tensor that stands for a node output; `like` gives its shape, dtype and a value to compute on meanwhile. */
  tensorFor(ref: Ref, like: Tensor): Tensor {
    const inputs = this.#backend.getInputTensorIds([like]);
    const [same] = this.#binding.executeOp('Identity', [], inputs, 1);
    return this.#adopt(ref, same as TensorMetadata);
  }

  /** A tensor that stands for a node output, from a tensor made by the real addon. */
  adopt(ref: Ref, make: (binding: Binding) => TensorMetadata): Tensor {
    return this.#adopt(ref, make(this.#binding));
  }

  #adopt(ref: Ref, metadata: TensorMetadata): Tensor {
    this.#refs.set(metadata.id, ref);
    return this.#backend.createOutputTensor({ ...metadata });
  }

  #refOfId(id: number): Ref {
    const known = this.#refs.get(id);
    if (known) return known;
    throw new NotRecordable('The step uses a tensor that was made outside of it.');
  }

  readonly #createTensor = (shape: readonly number[], dtype: number | string, data: unknown): number => {
    const id = this.#binding.createTensor(shape, dtype as number, data as ArrayBufferView);
    if (!ArrayBuffer.isView(data)) throw new NotRecordable('The step makes a tensor of strings.');
    this.#refs.set(id, this.graph.constant(dtype as number, shape, data));
    return id;
  };

  readonly #executeOp = (op: string, attributes: OpAttribute[], ids: number[], outputs: number): TensorMetadata[] => {
    const inputs = ids.map((id) => this.#refOfId(id));
    const made = this.#binding.executeOp(op, attributes, ids, outputs);
    const given: Record<string, AttributeValue> = {};
    for (const attribute of attributes) given[attribute.name] = attributeValue(attribute);
    const node = this.graph.add({ op, inputs, attributes: completeAttributes(op, given, inputs) });
    for (const [output, { id, dtype }] of made.entries()) this.#refs.set(id, { node, output, dtype });
    return made;
  };
}
