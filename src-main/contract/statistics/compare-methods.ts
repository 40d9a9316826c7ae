import type { SeedValues } from './clustered-mean.ts';
import { studentQuantile } from './distributions.ts';
import type { Interval } from './intervals.ts';
import { detectableEffect, seedsToFind } from './sample-size.ts';

/** What a comparison of two methods says: which one has the higher mean, or that nobody can tell. */
export type Winner = 'first' | 'second' | 'cannot tell';

/**
 * First minus second mean of two methods over seeds, on the prompts that all of their runs answered. Seeds are the unit:
 * more prompts do not replace them. Bounds are NaN if a side has fewer than two seeds.
 */
export interface MethodDifference extends Interval {
  readonly difference: number;
  readonly error: number;
  /** Satterthwaite's degrees of freedom. */
  readonly degrees: number;
  readonly seeds: readonly [number, number];
  /** Prompts that every run answered; 0 if a run did not keep its values. */
  readonly prompts: number;
  /** The difference that a study with this spread finds in four of five repetitions. */
  readonly detectable: number;
  /** Seeds per method that would find a difference as large as this one in four of five studies; null if unknown. */
  readonly seedsToFind: number | null;
  readonly winner: Winner;
}

/** How intervals between methods are made, for reports. */
export const COMPARISON_METHOD =
  'two-way random effects (seeds within methods, prompts across them), variances by analysis of variance, ' +
  "Satterthwaite's degrees of freedom (Welch's t between seeds if no method favors particular prompts)";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const meanOf = (values: readonly number[]) => sum(values) / values.length;
const varianceOf = (values: readonly number[]) => {
  const center = meanOf(values);
  return sum(values.map((value) => (value - center) ** 2)) / (values.length - 1);
};

/** The prompts that every run kept, in the order of the first run; empty if one kept none. */
function sharedPrompts(runs: readonly SeedValues[]): readonly string[] {
  const [first, ...others] = runs.map(({ prompts }) => prompts);
  if (!first || others.some((prompts) => prompts === null)) return [];
  return [...first.keys()].filter((prompt) => others.every((prompts) => prompts!.has(prompt)));
}

/** One method: the mean of each seed, and with shared prompts the values [seed, prompt]. */
interface Side {
  readonly means: readonly number[];
  readonly values: readonly (readonly number[])[];
}

function sideOf(runs: readonly SeedValues[], prompts: readonly string[]): Side {
  if (prompts.length === 0) return { means: runs.map(({ mean }) => mean), values: [] };
  const values = runs.map((run) => prompts.map((prompt) => run.prompts!.get(prompt)!));
  return { means: values.map(meanOf), values };
}

const promptMeans = ({ values }: Side) => values[0]!.map((_value, p) => meanOf(values.map((seed) => seed[p]!)));

/** Mean square of what neither the seed nor the prompt explains, with (n - 1)(P - 1) degrees of freedom. */
function interaction(side: Side): number {
  const { values, means } = side;
  const byPrompt = promptMeans(side);
  const center = meanOf(means);
  const squares = values.flatMap((seed, s) => seed.map((y, p) => (y - means[s]! - byPrompt[p]! + center) ** 2));
  return sum(squares) / ((values.length - 1) * (byPrompt.length - 1));
}

/**
 * What the choice of prompts adds to the variance of the difference: prompts that favor one method. The difference
 * cancels what makes a prompt hard for both. Zero if the prompts differ by no more than the noise of their seeds.
 */
function promptVariance(first: Side, second: Side): number {
  const theirs = promptMeans(second);
  const differences = promptMeans(first).map((value, p) => value - theirs[p]!);
  const noise = interaction(first) / first.means.length + interaction(second) / second.means.length;
  return Math.max(0, varianceOf(differences) - noise) / differences.length;
}

/** A variance that was estimated with some degrees of freedom. */
export interface EstimatedVariance {
  readonly variance: number;
  readonly degrees: number;
}

/**
 * The sum of estimated variances with its degrees of freedom.
 * Source: F. E. Satterthwaite, An approximate distribution of estimates of variance components, 1946.
 */
export function combineVariances(parts: readonly EstimatedVariance[]): EstimatedVariance {
  const variance = sum(parts.map((part) => part.variance));
  const known = parts.filter((part) => part.variance > 0);
  const divisor = sum(known.map((part) => (part.variance / variance) ** 2 / part.degrees));
  return { variance, degrees: known.length > 0 ? 1 / divisor : sum(parts.map(({ degrees }) => degrees)) };
}

function spreadOf(first: Side, second: Side): EstimatedVariance {
  const parts = [first, second].map(({ means }) => ({
    variance: varianceOf(means) / means.length,
    degrees: means.length - 1,
  }));
  const prompts = first.values[0]?.length ?? 0;
  const byPrompt = prompts > 1 ? [{ variance: promptVariance(first, second), degrees: prompts - 1 }] : [];
  return combineVariances([...parts, ...byPrompt]);
}

/** Which side an interval favors. An interval without bounds, or of no width, cannot tell. */
export function winnerOf({ low, high }: Interval): Winner {
  if (low > 0 && high > low) return 'first';
  return high < 0 && high > low ? 'second' : 'cannot tell';
}

/**
 * Compares two methods. Both sides are reduced to the prompts that all runs answered, so that a method cannot win by
 * its prompts; runs whose mean is not finite are skipped.
 * Source: S. R. Searle, G. Casella, and C. E. McCulloch, Variance Components, 1992, chapter 4.
 * @param share of the intervals that cover; see simultaneous.ts for many comparisons.
 */
export function compareMethods(
  ours: readonly SeedValues[],
  theirs: readonly SeedValues[],
  share = 0.95,
): MethodDifference {
  const [one, other] = [ours, theirs].map((runs) => runs.filter(({ mean }) => Number.isFinite(mean))) as [
    SeedValues[],
    SeedValues[],
  ];
  const prompts = sharedPrompts([...one, ...other]);
  const [first, second] = [sideOf(one, prompts), sideOf(other, prompts)];
  const difference = meanOf(first.means) - meanOf(second.means);
  const isUntold = Math.min(one.length, other.length) < 2;
  const { variance, degrees } = isUntold ? { variance: Number.NaN, degrees: Number.NaN } : spreadOf(first, second);
  const error = Math.sqrt(variance);
  const critical = studentQuantile(degrees, (1 + share) / 2);
  const interval = { low: difference - critical * error, high: difference + critical * error };
  const perSeed = error * Math.sqrt(Math.min(one.length, other.length) / 2);
  return {
    ...interval,
    difference,
    error,
    degrees,
    seeds: [one.length, other.length],
    prompts: prompts.length,
    detectable: detectableEffect(error, degrees, critical),
    seedsToFind: perSeed > 0 ? seedsToFind(difference / perSeed) : null,
    winner: winnerOf(interval),
  };
}
