export interface WhitenOptions {
  /** True: divide the squares by n - 1. */
  readonly unbiased: boolean;
  /** False: add the mean back. Default true. */
  readonly shiftMean?: boolean;
  readonly epsilon?: number;
}

/**
 * (x - mean) / sqrt(variance + ε) over the cells where `selected` is true (every cell when it is null), 0 elsewhere.
 * The unbiased variance of one cell is 0/0, and therefore NaN, as in PyTorch.
 * Source: docs/algorithms/apa.md, whitening.
 */
export function whitened(
  x: ArrayLike<number>,
  selected: ArrayLike<number> | null,
  options: WhitenOptions,
): Float64Array {
  const { unbiased, shiftMean = true, epsilon = 1e-8 } = options;
  const counts = (i: number) => selected === null || selected[i]! > 0;
  let n = 0;
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    if (!counts(i)) continue;
    n += 1;
    sum += x[i]!;
  }
  const mean = sum / Math.max(n, 1);
  let squares = 0;
  for (let i = 0; i < x.length; i++) if (counts(i)) squares += (x[i]! - mean) ** 2;
  const scale = 1 / Math.sqrt(squares / (unbiased ? n - 1 : n) + epsilon);
  const offset = shiftMean ? 0 : mean;
  return Float64Array.from(x, (value, i) => (counts(i) ? (value - mean) * scale + offset : 0));
}
