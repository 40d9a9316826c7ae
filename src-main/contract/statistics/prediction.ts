import { studentQuantile } from './distributions.ts';
import type { Interval } from './intervals.ts';

/**
 * Where the mean of `fresh` seeds that have not been run yet will lie in 95% of studies, from the values of seeds that
 * have: mean ± t √(s² (1/n + 1/fresh)). NaN for fewer than two seeds, which say nothing about the spread.
 * Source: Hahn and Meeker, Statistical Intervals, 1991, section 4.7.
 */
export function predictionInterval(seeds: readonly number[], fresh = 1): Interval {
  const n = seeds.length;
  const mean = seeds.reduce((sum, value) => sum + value, 0) / n;
  const variance = seeds.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = n < 2 ? Number.NaN : studentQuantile(n - 1) * Math.sqrt(variance * (1 / n + 1 / fresh));
  return { low: mean - half, high: mean + half };
}
