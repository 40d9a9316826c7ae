/**
 * Widens the blocks of one row after the other. `bytes` holds whole blocks; `half` converts float16 bits to their
 * value. Every product and sum is rounded to float32 in the order of `gguf.quants`, so that results are bit-equal.
 */
export type Widen = (bytes: Uint8Array, half: Float32Array, out: Float32Array) => void;

const halfAt = (bytes: Uint8Array, half: Float32Array, at: number) =>
  half[(bytes[at] as number) | ((bytes[at + 1] as number) << 8)] as number;

/** d, 16 bytes of two values each; value = d (q - 8). */
const q40: Widen = (bytes, half, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 18, to += 32) {
    const d = halfAt(bytes, half, at);
    for (let i = 0; i < 16; i++) {
      const byte = bytes[at + 2 + i] as number;
      out[to + i] = d * ((byte & 15) - 8);
      out[to + 16 + i] = d * ((byte >> 4) - 8);
    }
  }
};

/** d, m, 16 bytes of two values each; value = d q + m. */
const q41: Widen = (bytes, half, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 20, to += 32) {
    const d = halfAt(bytes, half, at);
    const m = halfAt(bytes, half, at + 2);
    for (let i = 0; i < 16; i++) {
      const byte = bytes[at + 4 + i] as number;
      out[to + i] = Math.fround(d * (byte & 15)) + m;
      out[to + 16 + i] = Math.fround(d * (byte >> 4)) + m;
    }
  }
};

const fifthBits = (bytes: Uint8Array, at: number) =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);

/** As Q4_0 with a fifth bit of all 32 values in 4 bytes; value = d (q - 16). */
const q50: Widen = (bytes, half, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 22, to += 32) {
    const d = halfAt(bytes, half, at);
    const high = fifthBits(bytes, at + 2);
    for (let i = 0; i < 16; i++) {
      const byte = bytes[at + 6 + i] as number;
      out[to + i] = d * (((byte & 15) | (((high >>> i) & 1) << 4)) - 16);
      out[to + 16 + i] = d * (((byte >> 4) | (((high >>> (i + 16)) & 1) << 4)) - 16);
    }
  }
};

/** As Q4_1 with a fifth bit; value = d q + m. */
const q51: Widen = (bytes, half, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 24, to += 32) {
    const d = halfAt(bytes, half, at);
    const m = halfAt(bytes, half, at + 2);
    const high = fifthBits(bytes, at + 4);
    for (let i = 0; i < 16; i++) {
      const byte = bytes[at + 8 + i] as number;
      out[to + i] = Math.fround(d * ((byte & 15) | (((high >>> i) & 1) << 4))) + m;
      out[to + 16 + i] = Math.fround(d * ((byte >> 4) | (((high >>> (i + 16)) & 1) << 4))) + m;
    }
  }
};

/** d, 32 signed bytes; value = q d. */
const q80: Widen = (bytes, half, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 34, to += 32) {
    const d = halfAt(bytes, half, at);
    for (let i = 0; i < 32; i++) out[to + i] = (((bytes[at + 2 + i] as number) << 24) >> 24) * d;
  }
};

export const SMALL_BLOCKS = { Q4_0: q40, Q4_1: q41, Q5_0: q50, Q5_1: q51, Q8_0: q80 } as const;
export { halfAt };
