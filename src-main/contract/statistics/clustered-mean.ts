import { studentQuantile } from './distributions.ts';
import { type Interval, wilsonInterval } from './intervals.ts';
import type { MeanInterval } from './mean-interval.ts';

/** One run of a group: its mean, and the value of each prompt if the run kept them. */
export interface SeedValues {
  readonly mean: number;
  readonly prompts: ReadonlyMap<string, number> | null;
}

/** Mean over the seeds of a group, with what its interval covers. */
export interface GroupInterval extends MeanInterval {
  readonly over: 'seeds and prompts' | 'seeds' | 'prompts' | 'nothing';
}

interface Spread {
  readonly variance: number;
  readonly degrees: number;
  readonly over: GroupInterval['over'];
}

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
const variance = (values: readonly number[], center: number) =>
  sum(values.map((value) => (value - center) ** 2)) / (values.length - 1);

/** Variance of the mean by clusters: each cluster's weighted residuals are summed before they are squared. */
function clustered(residuals: ReadonlyMap<string, number>): number {
  const n = residuals.size;
  return (n / (n - 1)) * sum([...residuals.values()].map((value) => value ** 2));
}

/**
 * What prompts that several seeds share add to the variance between seeds: two-way clustering by seed and by prompt.
 * Zero if no prompt is shared. Source: Cameron, Gelbach, and Miller, Robust inference with multiway clustering, 2011.
 */
function sharedPrompts(maps: readonly ReadonlyMap<string, number>[], center: number): number {
  const byPrompt = new Map<string, number>();
  const single = new Map<string, number>();
  for (const [seed, prompts] of maps.entries()) {
    for (const [prompt, value] of prompts) {
      const weighted = (value - center) / (maps.length * prompts.size);
      byPrompt.set(prompt, (byPrompt.get(prompt) ?? 0) + weighted);
      single.set(`${seed} ${prompt}`, weighted);
    }
  }
  return byPrompt.size < 2 ? 0 : clustered(byPrompt) - clustered(single);
}

function spreadOf(runs: readonly SeedValues[], center: number): Spread {
  const maps = runs.flatMap(({ prompts }) => (prompts && prompts.size > 1 ? [prompts] : []));
  if (runs.length > 1) {
    const means = runs.map(({ mean }) => mean);
    const seeds = variance(means, center) / runs.length;
    const shared = maps.length === runs.length ? Math.max(0, sharedPrompts(maps, center)) : 0;
    const over = maps.length === runs.length ? 'seeds and prompts' : 'seeds';
    return { variance: seeds + shared, degrees: runs.length - 1, over };
  }
  const [only] = maps;
  if (!only) return { variance: Number.NaN, degrees: 1, over: 'nothing' };
  const values = [...only.values()];
  return {
    variance: variance(values, sum(values) / values.length) / values.length,
    degrees: values.length - 1,
    over: 'prompts',
  };
}

/** Prompts that seeds share count once; a run that did not keep its prompts counts as one. */
function independentPrompts(runs: readonly SeedValues[]): number {
  const kept = runs.flatMap(({ prompts }) => prompts ?? []);
  return new Set(kept.flatMap((prompts) => [...prompts.keys()])).size + runs.length - kept.length;
}

/**
 * Wilson interval of a share whose variance comes from clusters: with the number of independent prompts that would have
 * this variance, and Student's t. Stays within 0 and 1.
 * Source: Dean and Pagano, Evaluating confidence interval methods for binomial proportions in clustered surveys, 2015.
 */
function shareInterval(share: number, { variance, degrees }: Spread, prompts: number): Interval {
  if (Number.isNaN(variance)) return { low: Number.NaN, high: Number.NaN };
  const n = variance > 0 && share > 0 && share < 1 ? (share * (1 - share)) / variance : prompts;
  return wilsonInterval(share * n, n, studentQuantile(degrees));
}

/**
 * Mean over the runs of a group with its 95% interval. Seeds are the unit; prompts that seeds share are not independent,
 * and a single seed has an interval over its prompts only. Runs whose mean is not finite are skipped.
 */
export function groupInterval(all: readonly SeedValues[], isShare = false): GroupInterval {
  const runs = all.filter(({ mean }) => Number.isFinite(mean));
  const means = runs.map(({ mean }) => mean);
  const n = means.length;
  const mean = sum(means) / n;
  const spread = spreadOf(runs, mean);
  const half = studentQuantile(spread.degrees) * Math.sqrt(spread.variance);
  const interval = isShare
    ? shareInterval(mean, spread, independentPrompts(runs))
    : { low: mean - half, high: mean + half };
  return { mean, n, ...interval, least: Math.min(...means), most: Math.max(...means), over: spread.over };
}
