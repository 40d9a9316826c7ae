import type { Binding, OpAttribute, TensorMetadata } from '../binding.ts';
import type { AttributeValue } from './graph-builder.ts';
import { inferShapes } from './shapes/infer-shapes.ts';
import type { Meta } from './shapes/meta.ts';

/** Provides the values of a step's tensors while it is recorded. */
export interface Tracer {
  /** A tensor of unknown values. */
  unknown(shape: readonly number[], dtype: number): TensorMetadata;
  constant(shape: readonly number[], dtype: number, data: ArrayBufferView): number;
  execute(
    op: string,
    attributes: OpAttribute[],
    completed: Readonly<Record<string, AttributeValue>>,
    inputs: number[],
    outputs: number,
  ): TensorMetadata[];
  /** The values of a constant, or null. */
  read(id: number): ArrayLike<number> | null;
  free(id: number): void;
}

/** Follows shapes and dtypes only, so that recording takes no time or memory for unused values. */
export function shapeTracer(): Tracer {
  const known = new Map<number, Meta>();
  // Far from the addon's own ids, so that a tensor that outlives the recording is not mistaken for another.
  let next = 2 ** 30;
  const add = (meta: Meta): number => {
    known.set(next, meta);
    return next++;
  };
  const published = (meta: Meta): TensorMetadata => ({ id: add(meta), shape: [...meta.shape], dtype: meta.dtype });
  return {
    unknown: (shape, dtype) => published({ shape, dtype }),
    constant: (shape, dtype, data) => add({ shape: [...shape], dtype, value: data as unknown as ArrayLike<number> }),
    execute: (op, _attributes, completed, inputs) =>
      inferShapes(
        op,
        inputs.map((id) => known.get(id) as Meta),
        completed,
      ).map(published),
    read: (id) => known.get(id)?.value ?? null,
    free: (id) => {
      known.delete(id);
    },
  };
}

/** Computes with zeros, for operations whose shapes only TensorFlow knows. */
export function computingTracer(binding: Binding): Tracer {
  const constants = new Map<number, ArrayLike<number>>();
  return {
    unknown: (shape, dtype) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const data = dtype === 1 ? new Float32Array(size) : dtype === 10 ? new Uint8Array(size) : new Int32Array(size);
      return { id: binding.createTensor(shape, dtype, data), shape: [...shape], dtype };
    },
    constant: (shape, dtype, data) => {
      const id = binding.createTensor(shape, dtype, data);
      constants.set(id, data as unknown as ArrayLike<number>);
      return id;
    },
    execute: (op, attributes, _completed, inputs, outputs) => binding.executeOp(op, attributes, inputs, outputs),
    read: (id) => constants.get(id) ?? null,
    free: (id) => binding.deleteTensor(id),
  };
}
