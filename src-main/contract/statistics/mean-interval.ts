import { studentQuantile } from './distributions.ts';
import type { Interval } from './intervals.ts';

/** Mean of a few values, such as one per seed, with its 95% Student's t interval and its range. */
export interface MeanInterval extends Interval {
  readonly mean: number;
  readonly n: number;
  readonly least: number;
  readonly most: number;
}

/** The interval is NaN for a single value: one seed says nothing about the spread. Skips values that are not finite. */
export function meanInterval(values: readonly number[]): MeanInterval {
  const known = values.filter(Number.isFinite);
  const n = known.length;
  const mean = known.reduce((sum, value) => sum + value, 0) / n;
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = n < 2 ? Number.NaN : studentQuantile(n - 1) * Math.sqrt(variance / n);
  return { mean, n, low: mean - half, high: mean + half, least: Math.min(...known), most: Math.max(...known) };
}

/** Half the width of a mean's 95% interval, from the standard deviation (divisor n - 1) of its n values. */
export function halfWidth(standardDeviation: number, n: number): number {
  return n < 2 ? Number.NaN : studentQuantile(n - 1) * (standardDeviation / Math.sqrt(n));
}
