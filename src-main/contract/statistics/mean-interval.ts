import type { Interval } from './intervals.ts';

/** Student's t, 97.5% quantile, for 1 to 30 degrees of freedom. Source: scipy.stats.t.ppf(0.975, df). */
const T975 = [
  12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139, 2.200985,
  2.178813, 2.160369, 2.144787, 2.13145, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963, 2.079614, 2.073873, 2.068658,
  2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.04523, 2.042272,
] as const;

/** The same, 80% quantile. Source: scipy.stats.t.ppf(0.8, df). */
const T80 = [
  1.376382, 1.06066, 0.978472, 0.940965, 0.919544, 0.905703, 0.89603, 0.88889, 0.883404, 0.879058, 0.87553, 0.872609,
  0.870152, 0.868055, 0.866245, 0.864667, 0.863279, 0.862049, 0.860951, 0.859964, 0.859074, 0.858266, 0.85753, 0.856855,
  0.856236, 0.855665, 0.855137, 0.854647, 0.854192, 0.853767,
] as const;

const Z975 = 1.959963984540054;
const Z80 = 0.8416212335729143;

/** Above the table's 30 degrees of freedom, by the first terms of the Cornish-Fisher expansion. */
function quantile(table: readonly number[], z: number, degrees: number): number {
  const tabled = table[degrees - 1];
  if (tabled !== undefined) return tabled;
  const first = (z ** 3 + z) / (4 * degrees);
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3);
  return z + first + second + third;
}

/** 97.5% quantile of Student's t. */
export function studentQuantile(degrees: number): number {
  return quantile(T975, Z975, degrees);
}

/** 80% quantile of Student's t, for the effect that a test finds in four of five cases. */
export function powerQuantile(degrees: number): number {
  return quantile(T80, Z80, degrees);
}

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
