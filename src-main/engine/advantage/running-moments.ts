/** Mean and variance of all values so far; a plain object, saved with the run. */
export interface RunningMoments {
  readonly mean: number;
  /** Population variance, with divisor n. */
  readonly variance: number;
  /** Sample standard deviation, with divisor n - 1; Infinity after a single value. */
  readonly deviation: number;
  readonly count: number;
}

/** The moments before any values. The tiny count makes the first merge well defined, as in trlX. */
export const NO_MOMENTS: RunningMoments = { mean: 0, variance: 1, deviation: 1, count: 1e-24 };

/** Merges a batch into the moments (Chan et al.). An empty batch changes nothing. Source: docs/algorithms/apa.md. */
export function mergeMoments(before: RunningMoments, batch: ArrayLike<number>): RunningMoments {
  const k = batch.length;
  if (k === 0) return before;
  let sum = 0;
  for (let i = 0; i < k; i++) sum += batch[i]!;
  const batchMean = sum / k;
  let squares = 0;
  for (let i = 0; i < k; i++) squares += (batch[i]! - batchMean) ** 2;
  const delta = batchMean - before.mean;
  const count = before.count + k;
  const total = squares + before.variance * before.count + (delta ** 2 * before.count * k) / count;
  const variance = total / count;
  return {
    mean: before.mean + (delta * k) / count,
    variance,
    deviation: count - 1 === 0 ? Number.POSITIVE_INFINITY : Math.sqrt((variance * count) / (count - 1)),
    count,
  };
}

const LEAST = 1e-6;

/**
 * The divisor to use: the deviation, or 1 where the deviation is meaningless (a single value, or values that are equal
 * up to rounding), so that a constant reward is neither amplified nor erased.
 */
export function usableDeviation({ deviation, mean }: RunningMoments): number {
  return Number.isFinite(deviation) && deviation > LEAST * Math.max(1, Math.abs(mean)) ? deviation : 1;
}
