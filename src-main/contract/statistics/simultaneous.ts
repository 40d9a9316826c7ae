import type { SeedValues } from './clustered-mean.ts';
import { combineVariances, compareMethods, type MethodDifference } from './compare-methods.ts';
import { twoSidedP } from './distributions.ts';

/** Standard normal numbers, one per call; randomness is a parameter. */
export type DrawNormal = () => number;

/** Two of the cells, by their positions. */
export type Pair = readonly [first: number, second: number];

/** How simultaneous intervals are made, for reports. */
export const SIMULTANEOUS_METHOD =
  "max-t over all comparisons: the null distribution of the largest |t| is simulated with each configuration's own spread";

const ROUNDS = 4000;
const LEVEL = 0.05;

/** A configuration's seeds, as far as simulated studies need them. */
export interface Cell {
  readonly n: number;
  /** Variance between seeds. */
  readonly variance: number;
}

interface Drawn {
  readonly mean: number;
  /** Estimated variance of the mean. */
  readonly variance: number;
  readonly degrees: number;
}

/** The mean of n normal seeds, and the variance that these seeds would estimate for it. */
function drawCell({ n, variance }: Cell, normal: DrawNormal): Drawn {
  let squares = 0;
  for (let i = 1; i < n; i++) squares += normal() ** 2;
  return { mean: normal() * Math.sqrt(variance / n), variance: (variance * squares) / (n - 1) / n, degrees: n - 1 };
}

function varianceOf(means: readonly number[]): number {
  const center = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  return means.reduce((sum, mean) => sum + (mean - center) ** 2, 0) / (means.length - 1);
}

/** Below the normal distribution's quantile, p is above 5% for any degrees of freedom, which can decide nothing. */
const LEAST_T = 1.959;

function smallestP(pairs: readonly Pair[], cells: readonly Drawn[]): number {
  let least = 1;
  for (const [a, b] of pairs) {
    const [one, other] = [cells[a]!, cells[b]!];
    const difference = one.mean - other.mean;
    if (difference ** 2 < LEAST_T ** 2 * (one.variance + other.variance)) continue;
    const { variance, degrees } = combineVariances([one, other]);
    least = Math.min(least, twoSidedP(difference / Math.sqrt(variance), degrees));
  }
  return least;
}

/**
 * The level of each comparison at which all of them together are wrong in 5% of null studies. Comparisons that share a
 * configuration are related, so this is less strict than dividing by their number. Never below Bonferroni's level.
 * Source: P. H. Westfall and S. S. Young, Resampling-Based Multiple Testing, 1993, chapter 2.
 */
export function levelForAll(cells: readonly Cell[], pairs: readonly Pair[], normal: DrawNormal): number {
  if (pairs.length < 2) return LEVEL;
  const least = Array.from({ length: ROUNDS }, () =>
    smallestP(
      pairs,
      cells.map((cell) => drawCell(cell, normal)),
    ),
  ).sort((one, other) => one - other);
  return Math.min(LEVEL, Math.max(LEVEL / pairs.length, least[Math.floor(LEVEL * ROUNDS)]!));
}

/**
 * Compares many pairs of configurations so that, in 95% of studies, every interval covers its difference. A winner that
 * is picked from them after the fact is therefore still a winner. A pair without two seeds on both sides cannot tell,
 * and does not make the others stricter.
 */
export function compareAll(
  cells: readonly (readonly SeedValues[])[],
  pairs: readonly Pair[],
  normal: DrawNormal,
): readonly MethodDifference[] {
  const single = pairs.map(([a, b]) => compareMethods(cells[a]!, cells[b]!));
  const told = pairs.filter((_pair, at) => single[at]!.error > 0);
  const spreads = cells.map((runs) => {
    const means = runs.map(({ mean }) => mean).filter(Number.isFinite);
    return { n: means.length, variance: means.length > 1 ? varianceOf(means) : 0 };
  });
  const level = levelForAll(spreads, told, normal);
  return pairs.map(([a, b]) => compareMethods(cells[a]!, cells[b]!, 1 - level));
}
