/**
 * Plain arrays outside TensorFlow: the inputs and outputs of a step. Tensors exist inside steps only, so no stage,
 * recipe, checkpoint or test has to release one.
 */
export type HostDtype = 'float32' | 'int32' | 'bool';

export type HostData = Float32Array | Int32Array | Uint8Array;

/** A dense row-major array. `data` is Float32Array for float32, Int32Array for int32, Uint8Array (0 or 1) for bool. */
export interface HostTensor {
  readonly dtype: HostDtype;
  readonly shape: readonly number[];
  readonly data: HostData;
}

export interface FloatHost extends HostTensor {
  readonly dtype: 'float32';
  readonly data: Float32Array;
}
export interface IntHost extends HostTensor {
  readonly dtype: 'int32';
  readonly data: Int32Array;
}
export interface BoolHost extends HostTensor {
  readonly dtype: 'bool';
  readonly data: Uint8Array;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

function checked<D extends HostData>(data: D, shape: readonly number[]): D {
  if (data.length !== sizeOf(shape)) throw new RangeError(`${data.length} elements do not fill [${shape.join(', ')}]`);
  return data;
}

/** Creates a float32 array of the given shape; numbers are rounded to float32. */
export function float32(data: Float32Array | readonly number[], shape: readonly number[]): FloatHost {
  return {
    dtype: 'float32',
    shape,
    data: checked(data instanceof Float32Array ? data : Float32Array.from(data), shape),
  };
}

/** Creates an int32 array of the given shape. */
export function int32(data: Int32Array | readonly number[], shape: readonly number[]): IntHost {
  return { dtype: 'int32', shape, data: checked(data instanceof Int32Array ? data : Int32Array.from(data), shape) };
}

/** Creates a bool array of the given shape, from 0/1 bytes or booleans. */
export function bool(data: Uint8Array | readonly boolean[], shape: readonly number[]): BoolHost {
  const bytes = data instanceof Uint8Array ? data : Uint8Array.from(data, Number);
  return { dtype: 'bool', shape, data: checked(bytes, shape) };
}
