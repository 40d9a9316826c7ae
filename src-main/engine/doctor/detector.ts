import type { Evidence, Remedy } from '#contract/api/runs/run-doctor.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import type { Anchor } from '#contract/recipe-parts/descriptor.ts';
import { type Series, WINDOW } from './series.ts';

/** Smallest and largest value of a field. */
export interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

/** What a detector knows about the run in addition to its metrics. */
export interface Setting {
  /** The method's current anchor: λ or the KL coefficient; null for a method without one. */
  readonly anchor: (Anchor & { readonly value: number; readonly isLive: boolean; readonly range: Range }) | null;
  readonly learningRate: number;
  readonly rateRange: Range;
  readonly vfCoef: number;
  /** Responses per iteration. */
  readonly responses: number;
  readonly maxNewTokens: number;
  /** Prompt and response together, in tokens. */
  readonly contextLength: number;
  readonly whitens: boolean;
  readonly maxKl: number | null;
  readonly minEntropyShare: number;
  readonly maxTruncatedShare: number;
  readonly maxSkippedUpdates: number;
  /** Number of consecutive skipped updates up to now. */
  readonly skippedInRow: number;
  /** Where the first non-finite number occurred. */
  readonly notFinite: string | null;
}

/** What a detector finds at a step. */
export interface Sign {
  /** False for a suspicion, which is not reported but marks the onset. */
  readonly isAlarm: boolean;
  readonly cause: string;
  readonly evidence: readonly Evidence[];
  readonly remedy: Remedy;
  /** True: acts again at every step, although it is reported only once. */
  readonly isUrgent?: boolean;
}

/** A pure function of the series; null when nothing was detected. */
export interface Detector {
  readonly regime: FailureMode;
  detect(series: Series, setting: Setting): Sign | null;
  /** False at a step without the numbers that it looks at: what it found before then stays as it is. */
  isDue?(series: Series): boolean;
}

export const LAST_EVALUATION = 'the last evaluation';
/** An evaluation of fewer responses than this does not count by itself. */
const LEAST_EVALUATED = 24;

/** Whether the newest step has an evaluation that counts by itself. */
export function isEvaluated(series: Series): boolean {
  return series.now('eval/prompts') >= LEAST_EVALUATED;
}

/** Describes which steps were examined. */
export function lastSteps(n = WINDOW): string {
  return n === 1 ? 'the last step' : `each of the last ${n} steps`;
}

export function meanOfLast(n = WINDOW): string {
  return `mean of the last ${n} steps`;
}

/** Evidence; the threshold's origin is omitted where it is a constant. */
export function evidence(
  key: string,
  over: string,
  value: number,
  relation: Evidence['relation'],
  threshold: number,
  start: number | null = null,
): Evidence {
  return { key, over, value, relation, threshold, start };
}
