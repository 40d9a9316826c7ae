import { halfAt, type Widen } from './blocks.ts';

/** Super-blocks of 256 values: 16 scales of 4 bits and 16 minima of 4 bits, 2 bits a value, d, dmin. */
const q2k: Widen = (bytes, half, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 84, to += 256) {
    const d = halfAt(bytes, half, at + 80);
    const least = halfAt(bytes, half, at + 82);
    for (let group = 0; group < 16; group++) {
      const scale = bytes[at + group] as number;
      const dl = Math.fround(d * (scale & 15));
      const ml = Math.fround(least * (scale >> 4));
      // Group 8h + 2s + e holds the values in bits 2s of bytes 32h + 16e and following.
      const from = at + 16 + 32 * (group >> 3) + 16 * (group & 1);
      const shift = 2 * ((group >> 1) & 3);
      for (let i = 0; i < 16; i++) {
        out[to + 16 * group + i] = Math.fround(dl * (((bytes[from + i] as number) >> shift) & 3)) - ml;
      }
    }
  }
};

/** The 6-bit scale of one of 16 groups, packed into 12 bytes, less 32. */
function scaleOf16(bytes: Uint8Array, at: number, group: number): number {
  const byte = bytes[at + (group & 7)] as number;
  const low = group < 8 ? byte & 15 : byte >> 4;
  const high = ((bytes[at + 8 + (group & 3)] as number) >> (2 * (group >> 2))) & 3;
  return (low | (high << 4)) - 32;
}

/** A mask of third bits, 2 bits a value, 16 signed scales of 6 bits, d. */
const q3k: Widen = (bytes, half, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 110, to += 256) {
    const d = halfAt(bytes, half, at + 108);
    for (let group = 0; group < 16; group++) {
      const dl = Math.fround(d * scaleOf16(bytes, at + 96, group));
      const lane = 16 * (group & 1);
      const from = at + 32 + 32 * (group >> 3) + lane;
      const shift = 2 * ((group >> 1) & 3);
      for (let i = 0; i < 16; i++) {
        const low = ((bytes[from + i] as number) >> shift) & 3;
        // The third bit is inverted: where it is 0, 4 is subtracted.
        const high = ((bytes[at + lane + i] as number) >> (group >> 1)) & 1;
        out[to + 16 * group + i] = dl * (low - (high ? 0 : 4));
      }
    }
  }
};

/** The 6-bit scale and minimum of one of 8 groups, packed into 12 bytes: scale | minimum << 8. */
function scaleOf8(bytes: Uint8Array, at: number, group: number): number {
  const scale = bytes[at + (group & 3)] as number;
  const least = bytes[at + 4 + (group & 3)] as number;
  if (group < 4) return (scale & 63) | ((least & 63) << 8);
  const low = bytes[at + 8 + (group & 3)] as number;
  return (low & 15) | ((scale >> 2) & 48) | (((low >> 4) | ((least >> 2) & 48)) << 8);
}

/** Scale and minimum of one of 8 groups of a block that starts with d, dmin and their 6-bit factors. */
function scalesOf8(bytes: Uint8Array, half: Parameters<Widen>[1], at: number, group: number): [number, number] {
  const factors = scaleOf8(bytes, at + 4, group);
  const d = halfAt(bytes, half, at);
  const least = halfAt(bytes, half, at + 2);
  return [Math.fround(d * (factors & 255)), Math.fround(least * (factors >> 8))];
}

/** d, dmin, 8 scales and minima of 6 bits, 4 bits a value. */
const q4k: Widen = (bytes, half, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 144, to += 256) {
    for (let group = 0; group < 8; group++) {
      const [dl, ml] = scalesOf8(bytes, half, at, group);
      const from = at + 16 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i++) {
        out[to + 32 * group + i] = Math.fround(dl * (((bytes[from + i] as number) >> shift) & 15)) - ml;
      }
    }
  }
};

/** As Q4_K with 32 bytes of fifth bits before the values. */
const q5k: Widen = (bytes, half, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 176, to += 256) {
    for (let group = 0; group < 8; group++) {
      const [dl, ml] = scalesOf8(bytes, half, at, group);
      const from = at + 48 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i++) {
        const low = ((bytes[from + i] as number) >> shift) & 15;
        const high = ((bytes[at + 16 + i] as number) >> group) & 1;
        out[to + 32 * group + i] = Math.fround(dl * (low | (high << 4))) - ml;
      }
    }
  }
};

/** 4 low bits and 2 high bits a value, 16 signed scales of 8 bits, d. */
const q6k: Widen = (bytes, half, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 210, to += 256) {
    const d = halfAt(bytes, half, at + 208);
    for (let group = 0; group < 16; group++) {
      const dl = Math.fround(d * (((bytes[at + 192 + group] as number) << 24) >> 24));
      const side = group >> 3;
      const quarter = (group >> 1) & 3;
      const lane = 16 * (group & 1);
      const lowAt = at + 64 * side + 32 * (quarter & 1) + lane;
      const highAt = at + 128 + 32 * side + lane;
      for (let i = 0; i < 16; i++) {
        const low = ((bytes[lowAt + i] as number) >> (4 * (quarter >> 1))) & 15;
        const high = ((bytes[highAt + i] as number) >> (2 * quarter)) & 3;
        out[to + 16 * group + i] = dl * ((low | (high << 4)) - 32);
      }
    }
  }
};

export const K_BLOCKS = { Q2_K: q2k, Q3_K: q3k, Q4_K: q4k, Q5_K: q5k, Q6_K: q6k } as const;
