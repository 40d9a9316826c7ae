/** Bits per element of every dtype allowed in a safetensors header. */
const BITS: ReadonlyMap<string, number> = new Map([
  ['BOOL', 8],
  ['U8', 8],
  ['I8', 8],
  ['F8_E5M2', 8],
  ['F8_E4M3', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['I16', 16],
  ['U16', 16],
  ['F16', 16],
  ['BF16', 16],
  ['I32', 32],
  ['U32', 32],
  ['F32', 32],
  ['F64', 64],
  ['I64', 64],
  ['U64', 64],
  ['C64', 64],
]);

/** The dtypes that Keel reads, all converted to float32. */
export type FloatDtype = 'F32' | 'F16' | 'BF16' | 'F64';

/** Bits per element, or undefined for a dtype that is not part of the format. */
export function bitsOf(dtype: string): number | undefined {
  return BITS.get(dtype);
}

/** Whether {@link decodeFloats} reads a dtype. */
export function isFloatDtype(dtype: string): dtype is FloatDtype {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' || dtype === 'F64';
}

function aligned(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}

const words = new Uint32Array(1);
const asFloat = new Float32Array(words.buffer);

/** float16 has 1 sign, 5 exponent and 10 fraction bits; every value is exact in float32. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halfTable: Float32Array | undefined;

/** The value of every float16, by its bits. */
export function halfValues(): Float32Array {
  halfTable ??= Float32Array.from({ length: 0x10000 }, (_, half) => halfToFloat(half));
  return halfTable;
}

/**
 * Decodes little-endian bytes of a tensor to float32. F16 and BF16 are exact, F64 is rounded. May share the given
 * buffer.
 */
export function decodeFloats(dtype: FloatDtype, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') {
    const source = aligned(bytes, 4);
    return new Float32Array(source.buffer, source.byteOffset, source.byteLength / 4);
  }
  if (dtype === 'F64') {
    const source = aligned(bytes, 8);
    return Float32Array.from(new Float64Array(source.buffer, source.byteOffset, source.byteLength / 8));
  }
  const source = aligned(bytes, 2);
  const shorts = new Uint16Array(source.buffer, source.byteOffset, source.byteLength / 2);
  if (dtype === 'F16') {
    const table = halfValues();
    return Float32Array.from(shorts, (half) => table[half] as number);
  }
  const result = new Uint32Array(shorts.length);
  for (let i = 0; i < shorts.length; i++) result[i] = (shorts[i] as number) << 16;
  return new Float32Array(result.buffer);
}

function bfloat16Of(value: number): number {
  asFloat[0] = value;
  const bits = words[0] as number;
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** The dtypes that Keel writes to safetensors. */
export type WrittenDtype = 'F32' | 'BF16' | 'F16';

/**
 * Encodes float32 values as little-endian bytes, rounded to nearest even as PyTorch's `.to(dtype)` does: what is beyond
 * the range becomes infinite. Shares the buffer for F32.
 */
export function encodeFloats(dtype: WrittenDtype, values: Float32Array): Uint8Array<ArrayBuffer> {
  if (dtype === 'F32') {
    return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  }
  const shorts = dtype === 'F16' ? Float16Array.from(values) : Uint16Array.from(values, bfloat16Of);
  return new Uint8Array(shorts.buffer);
}
