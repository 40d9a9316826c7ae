import { studentQuantile } from './distributions.ts';
import type { Interval } from './intervals.ts';
import { detectableEffect } from './sample-size.ts';

/**
 * End minus start of a statistic over the same prompts. The 95% interval is the delete-one jackknife over prompts with
 * Student's t; for a mean, this is the paired t interval. Bounds are NaN if the prompts cannot tell.
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 11.
 */
export interface PairedChange extends Interval {
  readonly change: number;
  /** Number of prompts that both sides have. */
  readonly n: number;
  /** Share of the prompts that do not change. */
  readonly ties: number;
  /**
   * The change of the mean that a test at 5% finds in four of five runs with this spread and number of prompts.
   * Source: H. S. Bloom, Minimum detectable effects, Evaluation Review 19, 1995.
   */
  readonly detectable: number;
}

/** What a change says beyond its interval. */
export type Direction = 'up' | 'down' | 'unclear';

/**
 * Prompts whose changes are all equal have no spread. Below this number, chance alone gives them one sign too often:
 * the sign test's p is 2 · 2⁻ⁿ.
 */
const FEWEST_EQUAL = 6;

/** @param pseudo the jackknife's pseudo-values of the change, one per prompt; for a mean, the differences. */
function changeFrom(change: number, pseudo: readonly number[]): PairedChange {
  const n = pseudo.length;
  const center = pseudo.reduce((sum, value) => sum + value, 0) / n;
  const squares = pseudo.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const isUntold = n < 2 || (squares === 0 && change !== 0 && n < FEWEST_EQUAL);
  const error = isUntold ? Number.NaN : Math.sqrt(squares / (n - 1) / n);
  const half = studentQuantile(n - 1) * error;
  return {
    change,
    low: change - half,
    high: change + half,
    n,
    ties: pseudo.filter((value) => value === 0).length / n,
    detectable: detectableEffect(error, n - 1),
  };
}

/** Change of a mean, from the values before and after, prompt by prompt. */
export function changeOfMean(before: ArrayLike<number>, after: ArrayLike<number>): PairedChange {
  const differences = Array.from(before, (value, i) => after[i]! - value);
  return changeFrom(differences.reduce((sum, value) => sum + value, 0) / differences.length, differences);
}

/** A sum over the tokens of one response, and their number. */
export interface TokenSum {
  readonly sum: number;
  readonly tokens: number;
}

/** Mean per token, and the jackknife's pseudo-value of each response. */
function ratio(parts: readonly TokenSum[]): { readonly value: number; readonly pseudo: readonly number[] } {
  const n = parts.length;
  const sum = parts.reduce((total, part) => total + part.sum, 0);
  const tokens = parts.reduce((total, part) => total + part.tokens, 0);
  const value = sum / Math.max(tokens, 1);
  const without = (part: TokenSum) => (sum - part.sum) / Math.max(tokens - part.tokens, 1);
  return { value, pseudo: parts.map((part) => n * value - (n - 1) * without(part)) };
}

/** Change of a mean over all tokens, to which long responses contribute more. */
export function changePerToken(before: readonly TokenSum[], after: readonly TokenSum[]): PairedChange {
  const [start, end] = [ratio(before), ratio(after)];
  return changeFrom(
    end.value - start.value,
    end.pseudo.map((value, i) => value - start.pseudo[i]!),
  );
}

/**
 * Share of distinct texts, and the pseudo-value of each: 1 for a text that occurs once, since only such a text is lost
 * with its prompt.
 */
function distinct(texts: readonly string[]): { readonly value: number; readonly pseudo: readonly number[] } {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return { value: counts.size / texts.length, pseudo: texts.map((text) => (counts.get(text) === 1 ? 1 : 0)) };
}

/** Change of the share of distinct texts; its interval stays in [-1, 1]. */
export function changeOfDistinct(before: readonly string[], after: readonly string[]): PairedChange {
  const [start, end] = [distinct(before), distinct(after)];
  const found = changeFrom(
    end.value - start.value,
    end.pseudo.map((value, i) => value - start.pseudo[i]!),
  );
  return { ...found, low: Math.max(-1, found.low), high: Math.min(1, found.high) };
}

/** Whether an interval lies above 0 or below it. */
export function directionOf({ low, high }: Interval): Direction {
  if (low > 0) return 'up';
  return high < 0 ? 'down' : 'unclear';
}
