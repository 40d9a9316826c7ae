import { fitLine, fitScale, nearest } from './fit-scale.ts';
import { asHalf, putHalf, type Quantize } from './put-half.ts';

const f = Math.fround;

/** Weights of a group: its root mean square plus each magnitude. */
function weightsOf(x: Float32Array): Float32Array {
  let squares = 0;
  for (const value of x) squares = f(squares + f(value * value));
  const average = f(Math.sqrt(f(squares / x.length)));
  return x.map((value) => average + Math.abs(value));
}

/** Eight scales and minima of 6 bits in 12 bytes. */
function putScales(out: Uint8Array, at: number, scales: Uint8Array, least: Uint8Array): void {
  for (let group = 0; group < 4; group++) {
    const [s, m] = [scales[group] as number, least[group] as number];
    const [s4, m4] = [scales[group + 4] as number, least[group + 4] as number];
    out[at + group] = s | ((s4 >> 4) << 6);
    out[at + 4 + group] = m | ((m4 >> 4) << 6);
    out[at + 8 + group] = (s4 & 15) | ((m4 & 15) << 4);
  }
}

const SEARCH = {
  15: { most: 15, from: -1, step: 0.1, steps: 20 },
  31: { most: 31, from: -0.5, step: 0.1, steps: 15 },
} as const;

/** Integers of a block of 256 with scales and minima of its groups, which are written; `q` receives the integers. */
function lines(x: Float32Array, out: Uint8Array, at: number, most: 15 | 31, q: Uint8Array): void {
  const groups = Array.from({ length: 8 }, (_, group) => x.subarray(32 * group, 32 * group + 32));
  const fits = groups.map((group) => fitLine(group, weightsOf(group), SEARCH[most]));
  const largest = Math.max(0, ...fits.map(({ scale }) => scale));
  const deepest = Math.max(0, ...fits.map(({ least }) => least));
  const sixBits = (value: number, of: number) => (of > 0 ? Math.min(63, nearest(f(63 / of) * value)) : 0);
  const scales = Uint8Array.from(fits, ({ scale }) => Math.max(0, sixBits(scale, largest)));
  const least = Uint8Array.from(fits, (fit) => Math.max(0, sixBits(fit.least, deepest)));
  putHalf(out, at, f(largest / 63));
  putHalf(out, at + 2, f(deepest / 63));
  putScales(out, at + 4, scales, least);
  const [d, dmin] = [asHalf(f(largest / 63)), asHalf(f(deepest / 63))];
  groups.forEach((group, index) => {
    const scale = f(d * (scales[index] as number));
    const base = f(dmin * (least[index] as number));
    for (let i = 0; i < 32; i++) {
      const value = scale === 0 ? 0 : nearest(f(f((group[i] as number) + base) / scale));
      q[32 * index + i] = Math.max(0, Math.min(most, value));
    }
  });
}

/** Two groups share 32 bytes: low halves, then high halves. */
function putNibbles(out: Uint8Array, at: number, q: Uint8Array): void {
  for (let pair = 0; pair < 4; pair++) {
    for (let i = 0; i < 32; i++) {
      out[at + 32 * pair + i] = ((q[64 * pair + i] as number) & 15) | (((q[64 * pair + 32 + i] as number) & 15) << 4);
    }
  }
}

export const q4k: Quantize = (x, out) => {
  const q = new Uint8Array(256);
  for (let from = 0, at = 0; from < x.length; from += 256, at += 144) {
    lines(x.subarray(from, from + 256), out, at, 15, q);
    putNibbles(out, at + 16, q);
  }
};

export const q5k: Quantize = (x, out) => {
  const q = new Uint8Array(256);
  for (let from = 0, at = 0; from < x.length; from += 256, at += 176) {
    lines(x.subarray(from, from + 256), out, at, 31, q);
    for (let i = 0; i < 32; i++) {
      let bits = 0;
      for (let group = 0; group < 8; group++) bits |= ((q[32 * group + i] as number) >> 4) << group;
      out[at + 16 + i] = bits;
    }
    putNibbles(out, at + 48, q);
  }
};

/** Writes scales of 16 groups and the block's own; `q` receives integers from 0 to 63. A block of zeros is all zero. */
function putScale16(x: Float32Array, out: Uint8Array, at: number, q: Uint8Array): void {
  const groups = Array.from({ length: 16 }, (_, group) => x.subarray(16 * group, 16 * group + 16));
  const scales = groups.map((group) => fitScale(group, 32));
  const extreme = scales.reduce((found, scale) => (Math.abs(scale) > Math.abs(found) ? scale : found), 0);
  out.fill(0, at, at + 210);
  q.fill(0);
  if (Math.abs(extreme) < 1e-15) return;
  q.fill(32);
  const inverse = f(-128 / extreme);
  putHalf(out, at + 208, f(1 / inverse));
  const d = asHalf(f(1 / inverse));
  groups.forEach((group, index) => {
    const scale = Math.min(127, nearest(f(inverse * (scales[index] as number))));
    out[at + 192 + index] = scale;
    const own = f(d * scale);
    if (own === 0) return;
    for (let i = 0; i < 16; i++) {
      q[16 * index + i] = Math.max(-32, Math.min(31, nearest(f((group[i] as number) / own)))) + 32;
    }
  });
}

export const q6k: Quantize = (x, out) => {
  const q = new Uint8Array(256);
  for (let from = 0, at = 0; from < x.length; from += 256, at += 210) {
    putScale16(x.subarray(from, from + 256), out, at, q);
    for (let side = 0; side < 2; side++) {
      for (let i = 0; i < 32; i++) {
        const [a, b, c, d] = [0, 32, 64, 96].map((offset) => q[128 * side + offset + i] as number) as [
          number,
          number,
          number,
          number,
        ];
        out[at + 64 * side + i] = (a & 15) | ((c & 15) << 4);
        out[at + 64 * side + 32 + i] = (b & 15) | ((d & 15) << 4);
        out[at + 128 + 32 * side + i] = (a >> 4) | ((b >> 4) << 2) | ((c >> 4) << 4) | ((d >> 4) << 6);
      }
    }
  }
};
