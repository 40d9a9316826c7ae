import { FRESH_SCALES, type ScalesState } from '../../advantage/scales.ts';
import { DATA_START, type DataCursor } from '../../dataset/data-cursor.ts';
import { type DoctorState, FRESH_DOCTOR } from '../../doctor/doctor-state.ts';
import type { Baseline } from '../../evaluation/evaluate-policy.ts';
import type { ScoreStandard } from './given-responses.ts';
import type { OnlineModels } from './online-models.ts';
import type { OptimalValues } from './reference-values.ts';

/** Name prefixes of the variables that an online run saves. */
export function onlineGroups({ critic }: Pick<OnlineModels, 'critic'>): readonly string[] {
  return ['policy', ...(critic ? ['critic'] : []), 'optimizer'];
}

/** Everything that an online run must keep between two iterations, in addition to its variables. */
export interface OnlineState {
  /** Number of finished iterations. */
  readonly iteration: number;
  /** Number of optimizer updates. */
  readonly update: number;
  readonly cursor: DataCursor;
  /** Running and frozen deviations of scores and advantages. */
  readonly scales: ScalesState;
  /** PPO's KL coefficient if a controller adjusts it. */
  readonly klCoef: number | null;
  readonly baseline: Baseline | null;
  /** Merit of the best evaluation so far. */
  readonly best: number;
  readonly skippedInRow: number;
  /** Mean and deviation of the scores of all given responses, for a method that learns from these. */
  readonly standard?: ScoreStandard;
  /** The optimal values that a method has estimated so far, by the index of the prompt. */
  readonly optimalValues?: OptimalValues;
  readonly doctor: DoctorState;
}

/** The state before the first iteration. */
export const FRESH_STATE: OnlineState = {
  iteration: 0,
  update: 0,
  cursor: DATA_START,
  scales: FRESH_SCALES,
  klCoef: null,
  baseline: null,
  best: Number.NEGATIVE_INFINITY,
  skippedInRow: 0,
  doctor: FRESH_DOCTOR,
};
