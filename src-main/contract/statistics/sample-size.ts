import { noncentralAbove, studentQuantile } from './distributions.ts';

/** The share of studies in which a test should find what is there. */
const POWER = 0.8;

/**
 * The true effect that a two-sided test at 5% finds in four of five studies with this standard error.
 * Source: H. S. Bloom, Minimum detectable effects, Evaluation Review 19, 1995.
 * @param critical the test's quantile; larger if many are read at once.
 */
export function detectableEffect(error: number, degrees: number, critical = studentQuantile(degrees)): number {
  return (critical + studentQuantile(degrees, POWER)) * error;
}

/**
 * Share of studies in which a two-sided test at 5% of two groups of n seeds finds a difference, by the noncentral t.
 * @param effect the difference divided by the deviation between the seeds of one group.
 */
export function powerOfTwo(effect: number, n: number): number {
  if (n < 2) return 0;
  const degrees = 2 * n - 2;
  const critical = studentQuantile(degrees);
  const shift = Math.abs(effect) * Math.sqrt(n / 2);
  return noncentralAbove(critical, degrees, shift) + noncentralAbove(critical, degrees, -shift);
}

/** Beyond this, a study is not going to be repeated. */
const MOST_SEEDS = 1000;

/** Seeds per group that find a difference of this size in four of five studies; null if more than 1,000. */
export function seedsToFind(effect: number): number | null {
  // What normal quantiles would need: too few by one or two, since the spread has to be estimated as well.
  const first = Math.max(2, Math.ceil(2 * (2.8 / effect) ** 2) - 2);
  for (let n = first; n <= MOST_SEEDS; n++) if (powerOfTwo(effect, n) >= POWER) return n;
  return null;
}
