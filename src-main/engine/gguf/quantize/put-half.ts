/** Writes float32 values as blocks; both arrays hold whole blocks. */
export type Quantize = (x: Float32Array, out: Uint8Array) => void;

const one = new Float16Array(1);
const bits = new Uint16Array(one.buffer);

/** Writes a number as float16, rounded to nearest even. */
export function putHalf(out: Uint8Array, at: number, value: number): void {
  one[0] = value;
  out[at] = (bits[0] as number) & 255;
  out[at + 1] = (bits[0] as number) >> 8;
}

/** The number as float16 stores it. */
export const asHalf = (value: number): number => Math.f16round(value);
