import type { TaskMetric } from '#contract/benchmarks/task-file.ts';

/** What string.punctuation is in Python. */
const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** A text as an exact match compares it. Source: lm-evaluation-harness 0.4.13, exact_match_hf_evaluate. */
function compared(text: string, { ignoreCase, ignorePunctuation, ignoreNumbers }: TaskMetric): string {
  const cased = ignoreCase ? text.toLowerCase() : text;
  const isDropped = (mark: string) =>
    (ignorePunctuation && PUNCTUATION.has(mark)) || (ignoreNumbers && /^[0-9]$/.test(mark));
  return [...cased].filter((mark) => !isDropped(mark)).join('');
}

/** 1 if an answer equals the right one. */
export function exactMatch(answer: string, target: string, metric: TaskMetric): number {
  return compared(answer, metric) === compared(target, metric) ? 1 : 0;
}

/** The text before the first of the given ends; each is looked for in what the ones before it have left. */
export function beforeEnds(text: string, ends: readonly string[]): string {
  return ends.filter((end) => end !== '').reduce((rest, end) => rest.split(end)[0]!, text);
}

/** Place of the largest number; the first one of several. */
function largestAt(values: readonly number[]): number {
  return values.reduce((best, value, at) => (value > values[best]! ? at : best), 0);
}

/** Places of the most likely choice, and of the most likely one per character. */
export interface Guess {
  readonly acc: number;
  readonly acc_norm: number;
}

/** The choices that a model prefers. @param logprobs of each choice, summed over its tokens. */
export function guessOf(logprobs: readonly number[], choices: readonly string[]): Guess {
  // Python counts code points.
  const perCharacter = logprobs.map((value, at) => value / [...choices[at]!].length);
  return { acc: largestAt(logprobs), acc_norm: largestAt(perCharacter) };
}

/** The mean of a metric and its standard error, with divisor n - 1; null for a single question. */
export interface TaskScore {
  readonly value: number;
  readonly stderr: number | null;
}

/** The score of a metric over all questions. Shape: [n]. */
export function scoreOf(values: readonly number[]): TaskScore {
  const n = values.length;
  const value = values.reduce((sum, one) => sum + one, 0) / n;
  const squares = values.reduce((sum, one) => sum + (one - value) ** 2, 0);
  return { value, stderr: n > 1 ? Math.sqrt(squares / (n - 1) / n) : null };
}
