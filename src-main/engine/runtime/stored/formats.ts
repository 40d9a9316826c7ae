import { DT } from '../binding.ts';
import { sizeOf } from '../host-tensor.ts';
import {
  BLOCK,
  blocksOf,
  fromNormalFloat,
  NF4_PAIRS,
  SCALE_BLOCK,
  SCALE_VALUES,
  toNormalFloat,
} from './normal-float.ts';
import type { StoredDtype } from './stored-dtype.ts';

/** One tensor of a variable as it is kept; `given` is the type in which the host passes it. */
export interface Part {
  readonly dtype: number;
  readonly given: number;
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array;
}

/** TensorFlow operations on whatever stands for a tensor: a node of a graph or a tensor of the addon. */
export interface RawOps<T> {
  cast(x: T, from: number, to: number): T;
  /** float32 only. */
  times(a: T, b: T): T;
  plus(a: T, b: T): T;
  /** Rows of a float32 table by int32 indices. */
  rows(table: T, indices: T): T;
  /** The first numbers of a flat float32 tensor. */
  head(x: T, count: number): T;
  reshape(x: T, shape: readonly number[]): T;
  constant(values: Float32Array, shape: readonly number[]): T;
}

interface Format {
  /** Types of the parts, in order. */
  readonly parts: readonly number[];
  /** Whether every part has one row for each row of the tensor, so that rows can be taken before they are widened. */
  readonly hasRows: boolean;
  /** Bytes of a tensor of this shape. */
  bytes(shape: readonly number[]): number;
  encode(values: Float32Array, shape: readonly number[]): readonly Part[];
  /** The numbers that would be read back. */
  rounded(values: Float32Array, shape: readonly number[]): Float32Array;
  /** The tensor in float32. */
  widen<T>(ops: RawOps<T>, parts: readonly T[], shape: readonly number[]): T;
}

const rowsOf = (shape: readonly number[]) => (shape.length < 2 ? 1 : shape[0]!);

/** A format that is a type of TensorFlow. */
function typed(dtype: number, size: number, rounded: Format['rounded']): Format {
  return {
    parts: [dtype],
    hasRows: true,
    bytes: (shape) => size * sizeOf(shape),
    encode: (data, shape) => [{ dtype, given: DT.float, shape, data }],
    rounded,
    widen: (ops, [x]) => (dtype === DT.float ? x! : ops.cast(x!, dtype, DT.float)),
  };
}

/** Rounds to 8 significant bits, ties to even, as TensorFlow and PyTorch do. */
function toBfloat16(values: Float32Array): Float32Array {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  for (let index = 0; index < bits.length; index++) {
    const word = bits[index]!;
    if ((word & 0x7fffffff) > 0x7f800000) continue;
    bits[index] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  }
  return new Float32Array(bits.buffer);
}

/** Codes are shifted by 128, since the addon takes unsigned bytes only. */
const ZERO = 128;

function toInt8(values: Float32Array, shape: readonly number[]) {
  const rows = rowsOf(shape);
  const width = values.length / rows;
  const codes = new Uint8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * width, (row + 1) * width);
    const scale = Math.fround(own.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127);
    scales[row] = scale;
    own.forEach((value, column) => {
      codes[row * width + column] = ZERO + (scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(value / scale))));
    });
  }
  return { codes, scales, rows, width };
}

const int8: Format = {
  parts: [DT.uint8, DT.float],
  hasRows: true,
  bytes: (shape) => sizeOf(shape) + 4 * rowsOf(shape),
  encode: (values, shape) => {
    const { codes, scales, rows, width } = toInt8(values, shape);
    return [
      { dtype: DT.uint8, given: DT.uint8, shape: [rows, width], data: codes },
      { dtype: DT.float, given: DT.float, shape: [rows, 1], data: scales },
    ];
  },
  rounded: (values, shape) => {
    const { codes, scales, width } = toInt8(values, shape);
    return Float32Array.from(codes, (code, index) => (code - ZERO) * scales[Math.floor(index / width)]!);
  },
  widen: (ops, [codes, scales], shape) => {
    const centered = ops.plus(ops.cast(codes!, DT.uint8, DT.float), ops.constant(Float32Array.of(-ZERO), []));
    return ops.reshape(ops.times(centered, scales!), shape);
  },
};

const nf4: Format = {
  parts: [DT.uint8, DT.uint8, DT.float, DT.float],
  hasRows: false,
  bytes: (shape) => {
    const { blocks, groups } = blocksOf(sizeOf(shape));
    return (blocks * BLOCK) / 2 + groups * (SCALE_BLOCK + 4) + 4;
  },
  encode: (values) => {
    const { codes, scales, scaleOfScales, offset } = toNormalFloat(values);
    const bytes = (data: Uint8Array): Part => ({ dtype: DT.uint8, given: DT.uint8, shape: [data.length], data });
    const floats = (data: Float32Array, shape: readonly number[]): Part => ({
      dtype: DT.float,
      given: DT.float,
      shape,
      data,
    });
    return [bytes(codes), bytes(scales), floats(scaleOfScales, [scaleOfScales.length, 1]), floats(offset, [])];
  },
  rounded: (values) => fromNormalFloat(toNormalFloat(values), values.length),
  widen: (ops, [codes, scales, scaleOfScales, offset], shape) => {
    const count = sizeOf(shape);
    const { blocks, groups } = blocksOf(count);
    const index = (x: typeof codes) => ops.cast(x!, DT.uint8, DT.int32);
    const centered = ops.rows(ops.constant(SCALE_VALUES, [SCALE_VALUES.length]), index(scales));
    const grouped = ops.times(ops.reshape(centered, [groups, SCALE_BLOCK]), scaleOfScales!);
    const all = ops.reshape(ops.plus(grouped, offset!), [groups * SCALE_BLOCK]);
    const absmax = ops.reshape(ops.head(all, blocks), [blocks, 1]);
    const pairs = ops.rows(ops.constant(NF4_PAIRS, [NF4_PAIRS.length / 2, 2]), index(codes));
    const padded = ops.times(ops.reshape(pairs, [blocks, BLOCK]), absmax);
    const whole = blocks * BLOCK === count ? padded : ops.head(ops.reshape(padded, [blocks * BLOCK]), count);
    return ops.reshape(whole, shape);
  },
};

export const FORMATS: Readonly<Record<StoredDtype, Format>> = {
  float32: typed(DT.float, 4, (values) => values.slice()),
  float16: typed(DT.half, 2, (values) => values.map(Math.f16round)),
  bfloat16: typed(DT.bfloat16, 2, toBfloat16),
  int8,
  nf4,
};
