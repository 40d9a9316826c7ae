/** Numbers per scale. */
export const BLOCK = 64;
/** Scales per second-level scale. */
export const SCALE_BLOCK = 256;

/**
 * The sixteen values of 4-bit NormalFloat: quantiles of a normal distribution with an exact zero, scaled to ±1.
 * Source: Dettmers et al. 2023 (arXiv 2305.14314), appendix E; bitsandbytes uses the same numbers.
 */
export const NF4_VALUES = Float32Array.of(
  -1,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1,
);

/** Borders between neighbors: a number goes to the nearest value. */
const NF4_BORDERS = NF4_VALUES.slice(1).map((value, index) => (value + NF4_VALUES[index]!) / 2);

/** Two values for each byte, the upper four bits first. Shape: [256, 2]. */
export const NF4_PAIRS = Float32Array.from({ length: 512 }, (_, index) => {
  const byte = index >> 1;
  return NF4_VALUES[index % 2 === 0 ? byte >> 4 : byte & 15]!;
});

/**
 * The 256 values of an 8-bit dynamic tree, in order: seven powers of ten, each with twice as many linear steps as the
 * one below (Dettmers 2015, arXiv 1511.04561), as bitsandbytes' `create_dynamic_map` makes them.
 */
function dynamicTree(): Float32Array {
  const values = [0, 1];
  for (let exponent = 0; exponent < 7; exponent++) {
    const steps = 2 ** exponent;
    const border = (index: number) => Math.fround(0.1 + (0.9 / steps) * index);
    for (let index = 0; index < steps; index++) {
      const mean = Math.fround(Math.fround(border(index) + border(index + 1)) / 2);
      values.push(10 ** (exponent - 6) * mean, -(10 ** (exponent - 6)) * mean);
    }
  }
  return Float32Array.from(values).sort();
}

export const SCALE_VALUES = dynamicTree();
const SCALE_BORDERS = SCALE_VALUES.slice(1).map((value, index) => (value + SCALE_VALUES[index]!) / 2);

/** Index of the value nearest to x, given the borders between the values. */
function nearest(borders: Float32Array, x: number): number {
  let low = 0;
  let high = borders.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x > borders[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

function largest(values: Float32Array, from: number, to: number): number {
  let most = 0;
  for (let index = from; index < to; index++) most = Math.max(most, Math.abs(values[index]!));
  return most;
}

/** A tensor in doubly quantized 4-bit NormalFloat. */
export interface NormalFloat {
  /** Two numbers per byte. Length: blocks · 32. */
  readonly codes: Uint8Array;
  /** Indices of the scales in {@link SCALE_VALUES}. Length: a multiple of 256. */
  readonly scales: Uint8Array;
  /** Largest magnitude of 256 scales, which have had `offset` subtracted. */
  readonly scaleOfScales: Float32Array;
  /** Mean of all scales; one number. */
  readonly offset: Float32Array;
}

/** Number of blocks and of second-level blocks for a count of numbers. */
export function blocksOf(count: number): { readonly blocks: number; readonly groups: number } {
  const blocks = Math.ceil(count / BLOCK);
  return { blocks, groups: Math.ceil(blocks / SCALE_BLOCK) };
}

/** Quantizes numbers in blocks of 64, and their scales in blocks of 256; the last blocks are padded with zeros. */
export function toNormalFloat(values: Float32Array): NormalFloat {
  const { blocks, groups } = blocksOf(values.length);
  const absmax = Float32Array.from({ length: blocks }, (_, block) =>
    largest(values, block * BLOCK, Math.min(values.length, (block + 1) * BLOCK)),
  );
  const codes = new Uint8Array(blocks * (BLOCK / 2));
  for (let block = 0; block < blocks; block++) {
    const inverse = absmax[block]! === 0 ? 0 : Math.fround(1 / absmax[block]!);
    for (let pair = 0; pair < BLOCK / 2; pair++) {
      const at = block * BLOCK + 2 * pair;
      const code = (index: number) => nearest(NF4_BORDERS, Math.fround((values[index] ?? 0) * inverse));
      codes[at >> 1] = (code(at) << 4) | code(at + 1);
    }
  }
  const offset = Math.fround(absmax.reduce((sum, scale) => sum + scale, 0) / Math.max(blocks, 1));
  const centered = absmax.map((scale) => scale - offset);
  const scaleOfScales = Float32Array.from({ length: groups }, (_, group) =>
    largest(centered, group * SCALE_BLOCK, Math.min(blocks, (group + 1) * SCALE_BLOCK)),
  );
  const scales = new Uint8Array(groups * SCALE_BLOCK);
  centered.forEach((scale, index) => {
    const most = scaleOfScales[Math.floor(index / SCALE_BLOCK)]!;
    scales[index] = nearest(SCALE_BORDERS, most === 0 ? 0 : Math.fround(scale * Math.fround(1 / most)));
  });
  return { codes, scales, scaleOfScales, offset: Float32Array.of(offset) };
}

/** The numbers that a quantized tensor stands for. */
export function fromNormalFloat({ codes, scales, scaleOfScales, offset }: NormalFloat, count: number): Float32Array {
  const scaleAt = (block: number) => {
    const centered = SCALE_VALUES[scales[block]!]! * scaleOfScales[Math.floor(block / SCALE_BLOCK)]!;
    return Math.fround(Math.fround(centered) + offset[0]!);
  };
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    const byte = codes[index >> 1]!;
    values[index] = NF4_PAIRS[2 * byte + (index % 2)]! * scaleAt(Math.floor(index / BLOCK));
  }
  return values;
}
