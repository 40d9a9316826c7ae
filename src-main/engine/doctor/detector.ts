import type { Evidence, Remedy } from '#contract/api/runs/run-doctor.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import type { Anchor } from '#contract/recipe-parts/descriptor.ts';
import { type Series, WINDOW } from './series.ts';

/** What a detector knows of the run beside its metrics. */
export interface Setting {
  /** The method's anchor in force: λ or the KL coefficient; null for a method without one. */
  readonly anchor: (Anchor & { readonly value: number; readonly isLive: boolean }) | null;
  readonly learningRate: number;
  readonly vfCoef: number;
  /** Responses of an iteration. */
  readonly responses: number;
  readonly maxNewTokens: number;
  readonly whitens: boolean;
  readonly maxKl: number | null;
  readonly minEntropyShare: number;
  readonly maxTruncatedShare: number;
  readonly maxSkippedUpdates: number;
  /** Updates skipped one after the other up to now. */
  readonly skippedInRow: number;
  /** What held the first number that was not finite. */
  readonly notFinite: string | null;
}

/** What a detector sees at a step. */
export interface Sign {
  /** False for a suspicion, which is not told but dates the onset. */
  readonly isAlarm: boolean;
  readonly cause: string;
  readonly evidence: readonly Evidence[];
  readonly remedy: Remedy;
  /** Acts again at every step, told once all the same. */
  readonly isUrgent?: boolean;
}

/** A pure function of the series; null when it sees nothing. */
export interface Detector {
  readonly regime: FailureMode;
  detect(series: Series, setting: Setting): Sign | null;
}

/** Words for what was looked at. */
export function lastSteps(n = WINDOW): string {
  return n === 1 ? 'the last step' : `each of the last ${n} steps`;
}

export function meanOfLast(n = WINDOW): string {
  return `mean of the last ${n} steps`;
}

/** Evidence with the threshold's own origin left out where it is a constant. */
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
