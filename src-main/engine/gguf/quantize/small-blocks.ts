import { putHalf, type Quantize } from './put-half.ts';

const f = Math.fround;

/** The value of largest magnitude in a block, with its sign. */
function extreme(x: Float32Array, from: number): number {
  let found = 0;
  for (let i = from; i < from + 32; i++) if (Math.abs(x[i] as number) > Math.abs(found)) found = x[i] as number;
  return found;
}

function bounds(x: Float32Array, from: number): readonly [number, number] {
  let [least, most] = [x[from] as number, x[from] as number];
  for (let i = from + 1; i < from + 32; i++) {
    const value = x[i] as number;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

const inverse = (d: number) => (d === 0 ? 0 : f(1 / d));

/** q = round(x / d), halves away from zero; d = largest magnitude / 127. Bit-equal to ggml's reference. */
export const q80: Quantize = (x, out) => {
  for (let from = 0, at = 0; from < x.length; from += 32, at += 34) {
    const d = f(Math.abs(extreme(x, from)) / 127);
    const id = inverse(d);
    putHalf(out, at, d);
    for (let i = 0; i < 32; i++) {
      const scaled = f((x[from + i] as number) * id);
      out[at + 2 + i] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
    }
  }
};

/** Integers of a block whose scale is d = extreme / -2^(bits-1). */
function centered(x: Float32Array, from: number, half: number, q: Uint8Array): number {
  const d = f(extreme(x, from) / -half);
  const id = inverse(d);
  for (let i = 0; i < 32; i++) {
    q[i] = Math.min(2 * half - 1, Math.trunc(f(f((x[from + i] as number) * id) + (half + 0.5))));
  }
  return d;
}

/** Integers of a block between its least and its largest value; returns scale and least value. */
function ranged(x: Float32Array, from: number, most: number, q: Uint8Array): readonly [number, number] {
  const [least, largest] = bounds(x, from);
  const d = f(f(largest - least) / most);
  const id = inverse(d);
  for (let i = 0; i < 32; i++) {
    q[i] = Math.min(most, Math.trunc(f(f(f((x[from + i] as number) - least) * id) + 0.5)));
  }
  return [d, least];
}

function putNibbles(out: Uint8Array, at: number, q: Uint8Array): void {
  for (let i = 0; i < 16; i++) out[at + i] = ((q[i] as number) & 15) | (((q[i + 16] as number) & 15) << 4);
}

function putFifthBits(out: Uint8Array, at: number, q: Uint8Array): void {
  for (let byte = 0; byte < 4; byte++) {
    let bits = 0;
    for (let i = 0; i < 8; i++) bits |= ((q[8 * byte + i] as number) >> 4) << i;
    out[at + byte] = bits;
  }
}

export const q40: Quantize = (x, out) => {
  const q = new Uint8Array(32);
  for (let from = 0, at = 0; from < x.length; from += 32, at += 18) {
    putHalf(out, at, centered(x, from, 8, q));
    putNibbles(out, at + 2, q);
  }
};

export const q50: Quantize = (x, out) => {
  const q = new Uint8Array(32);
  for (let from = 0, at = 0; from < x.length; from += 32, at += 22) {
    putHalf(out, at, centered(x, from, 16, q));
    putFifthBits(out, at + 2, q);
    putNibbles(out, at + 6, q);
  }
};

export const q51: Quantize = (x, out) => {
  const q = new Uint8Array(32);
  for (let from = 0, at = 0; from < x.length; from += 32, at += 24) {
    const [d, least] = ranged(x, from, 31, q);
    putHalf(out, at, d);
    putHalf(out, at + 2, least);
    putFifthBits(out, at + 4, q);
    putNibbles(out, at + 8, q);
  }
};
