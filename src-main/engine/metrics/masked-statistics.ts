import type { BoolHost, FloatHost } from '../runtime/host-tensor.ts';

/** Mean and variance of the entries where a mask is true; NaN if there is none. */
export interface MaskedStatistics {
  readonly n: number;
  readonly mean: number;
  /** Divides by n. */
  readonly variance: number;
}

/** Computed in two passes in float64. Shape: x and selected have the same shape. */
export function maskedStatistics(x: ArrayLike<number>, selected: ArrayLike<number>): MaskedStatistics {
  let n = 0;
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    if (!selected[i]) continue;
    n += 1;
    sum += x[i]!;
  }
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < x.length; i++) if (selected[i]) squares += (x[i]! - mean) ** 2;
  return { n, mean, variance: squares / n };
}

/** Sum over each row's true entries, [b, t] to [b]. */
export function rowSums(x: FloatHost, selected: BoolHost): Float64Array {
  const width = x.shape[1]!;
  const sums = new Float64Array(x.shape[0]!);
  x.data.forEach((value, i) => {
    if (selected.data[i]) sums[Math.floor(i / width)]! += value;
  });
  return sums;
}

/** Mean; NaN for an empty array. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Pearson's correlation, in [-1, 1]; NaN if one side is constant. */
export function correlationOf(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const meanX = meanOf(x);
  const meanY = meanOf(y);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - meanX, y[i]! - meanY];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN;
}
