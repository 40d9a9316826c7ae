import type { ByteCursor } from './byte-cursor.ts';

/** A metadata value. Integers above 2^53 - 1 stay bigint. */
export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];

/** Value types of the format, by their number. */
export const VALUE_TYPES = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

const MAX_DEPTH = 4;

/** The shortest decimal number with a given float32 value: 1e-5, not 0.000009999999747378752. */
export function shortFloat(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

const exact = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

/** Bytes and reader of each type with a fixed size. */
const FIXED: ReadonlyMap<number, readonly [number, (view: DataView) => number | bigint]> = new Map([
  [VALUE_TYPES.uint8, [1, (view) => view.getUint8(0)]],
  [VALUE_TYPES.int8, [1, (view) => view.getInt8(0)]],
  [VALUE_TYPES.uint16, [2, (view) => view.getUint16(0, true)]],
  [VALUE_TYPES.int16, [2, (view) => view.getInt16(0, true)]],
  [VALUE_TYPES.uint32, [4, (view) => view.getUint32(0, true)]],
  [VALUE_TYPES.int32, [4, (view) => view.getInt32(0, true)]],
  [VALUE_TYPES.float32, [4, (view) => shortFloat(view.getFloat32(0, true))]],
  [VALUE_TYPES.uint64, [8, (view) => exact(view.getBigUint64(0, true))]],
  [VALUE_TYPES.int64, [8, (view) => exact(view.getBigInt64(0, true))]],
  [VALUE_TYPES.float64, [8, (view) => view.getFloat64(0, true)]],
]);

function readArray(cursor: ByteCursor, key: string, depth: number): GgufValue[] {
  if (depth >= MAX_DEPTH) throw cursor.fail(`${key} contains lists more than ${MAX_DEPTH} levels deep`);
  const type = cursor.uint32();
  const length = cursor.count(`the length of ${key}`);
  // The length is checked against the file before anything of that size is allocated; a string takes 8 bytes or more.
  const smallest = FIXED.get(type)?.[0] ?? (type === VALUE_TYPES.bool ? 1 : 8);
  if (length * smallest > cursor.remaining) {
    throw cursor.fail(`${key} claims ${length} entries, which is more than the rest of the file can hold`);
  }
  const values: GgufValue[] = [];
  for (let index = 0; index < length; index++) values.push(readValue(cursor, type, key, depth + 1));
  return values;
}

/** Reads one metadata value of a given type; `key` names it in errors. */
export function readValue(cursor: ByteCursor, type: number, key: string, depth = 0): GgufValue {
  const fixed = FIXED.get(type);
  if (fixed) return fixed[1](cursor.view(fixed[0]));
  if (type === VALUE_TYPES.string) return cursor.string(key);
  if (type === VALUE_TYPES.array) return readArray(cursor, key, depth);
  if (type !== VALUE_TYPES.bool) throw cursor.fail(`${key} has the unknown type ${type}`);
  const [byte] = cursor.take(1);
  if (byte !== 0 && byte !== 1) throw cursor.fail(`${key} is neither true nor false`);
  return byte === 1;
}
