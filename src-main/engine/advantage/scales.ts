import type { AdvantageBatch } from '../records.ts';
import { type BoolHost, type FloatHost, float32 } from '../runtime/host-tensor.ts';
import type { Estimated } from './estimate-advantages.ts';
import { whitened } from './whiten.ts';

/** Mean and variance of all values so far; a plain object, saved with the run. */
export interface RunningMoments {
  readonly mean: number;
  /** Population variance, with divisor n. */
  readonly variance: number;
  /** Sample standard deviation, with divisor n - 1; Infinity after a single value. */
  readonly deviation: number;
  readonly count: number;
}

/** The moments before any values. The tiny count makes the first merge well defined, as in trlX. */
export const NO_MOMENTS: RunningMoments = { mean: 0, variance: 1, deviation: 1, count: 1e-24 };

/** Merges a batch into the moments (Chan et al.). An empty batch changes nothing. Source: docs/algorithms/apa.md. */
export function mergeMoments(before: RunningMoments, batch: ArrayLike<number>): RunningMoments {
  const k = batch.length;
  if (k === 0) return before;
  let sum = 0;
  for (let i = 0; i < k; i++) sum += batch[i]!;
  const batchMean = sum / k;
  let squares = 0;
  for (let i = 0; i < k; i++) squares += (batch[i]! - batchMean) ** 2;
  const delta = batchMean - before.mean;
  const count = before.count + k;
  const total = squares + before.variance * before.count + (delta ** 2 * before.count * k) / count;
  const variance = total / count;
  return {
    mean: before.mean + (delta * k) / count,
    variance,
    deviation: count - 1 === 0 ? Number.POSITIVE_INFINITY : Math.sqrt((variance * count) / (count - 1)),
    count,
  };
}

const LEAST = 1e-6;

/**
 * The divisor to use: the deviation, or 1 where the deviation is meaningless (a single value, or values that are equal
 * up to rounding), so that a constant reward is neither amplified nor erased.
 */
export function usableDeviation({ deviation, mean }: RunningMoments): number {
  return Number.isFinite(deviation) && deviation > LEAST * Math.max(1, Math.abs(mean)) ? deviation : 1;
}

/** Deviations of scores and advantages, measured and later frozen; saved with the run. */
export interface ScalesState {
  readonly scores: RunningMoments;
  readonly advantages: RunningMoments;
  /** Deviation of the first collection's scores; null before it. */
  readonly firstScoreDeviation: number | null;
  /** Number of responses in finished collections. */
  readonly responses: number;
}

export interface ScalingOptions {
  readonly scaleReward: 'none' | 'running' | 'frozen' | 'ref';
  readonly cliprangeReward: number;
  readonly advantages: 'none' | 'running' | 'frozen' | 'whiten_padded' | 'whiten_masked';
  readonly warmupRollouts: number;
}

export const FRESH_SCALES: ScalesState = {
  scores: NO_MOMENTS,
  advantages: NO_MOMENTS,
  firstScoreDeviation: null,
  responses: 0,
};

/** Whether the warm-up is over. Deviations that freeze are kept from then on, both from the same collection. */
export function isFrozen(state: ScalesState, { warmupRollouts }: Pick<ScalingOptions, 'warmupRollouts'>): boolean {
  return state.responses >= warmupRollouts;
}

/** The divisors of scores and advantages after a collection. Whitening divides by each batch's own deviation. */
export function scalesInForce(state: ScalesState, options: ScalingOptions) {
  const isDivided = options.advantages === 'running' || options.advantages === 'frozen';
  return {
    scoreDeviation: scoreDivisor(state, options),
    advantageDeviation: isDivided ? usableDeviation(state.advantages) : 1,
    isFrozen: freezes(options) && isFrozen(state, options),
  };
}

function freezes({ scaleReward, advantages }: ScalingOptions): boolean {
  return scaleReward === 'frozen' || advantages === 'frozen';
}

function scoreDivisor({ scores, firstScoreDeviation }: ScalesState, { scaleReward }: ScalingOptions): number {
  if (scaleReward === 'none') return 1;
  return scaleReward === 'ref' ? (firstScoreDeviation ?? 1) : usableDeviation(scores);
}

function clip(x: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, x));
}

/**
 * Scales scores for use in the rewards: divides them by a deviation without centering, then clips them.
 * @param scores [b] raw scores.
 * Source: docs/algorithms/apa.md, reward shaping; the frozen variant is specific to Keel.
 */
export function scaleScores(
  scores: FloatHost,
  state: ScalesState,
  options: ScalingOptions,
): { readonly scaledScores: FloatHost; readonly scales: ScalesState } {
  const isHeld = options.scaleReward === 'frozen' && isFrozen(state, options);
  const scales = {
    ...state,
    scores: isHeld ? state.scores : mergeMoments(state.scores, scores.data),
    firstScoreDeviation: state.firstScoreDeviation ?? usableDeviation(mergeMoments(NO_MOMENTS, scores.data)),
  };
  const divisor = scoreDivisor(scales, options);
  const scaled = scores.data.map((score) => clip(score / divisor, options.cliprangeReward));
  return { scaledScores: float32(scaled, scores.shape), scales };
}

function stored(x: FloatHost, responseMask: BoolHost): Float32Array {
  return x.data.filter((_, i) => responseMask.data[i]! > 0);
}

/**
 * Scales advantages for use in the loss, and updates the warm-up state with this collection.
 * `whiten_padded` works on a minibatch, see {@link whitenPadded}; here the advantages stay unchanged.
 */
export function scaleAdvantages(
  batch: Estimated,
  state: ScalesState,
  options: ScalingOptions,
): { readonly batch: AdvantageBatch; readonly scales: ScalesState } {
  const { rawAdvantages, responseMask } = batch;
  const isHeld = options.advantages === 'frozen' && isFrozen(state, options);
  const moments = isHeld ? state.advantages : mergeMoments(state.advantages, stored(rawAdvantages, responseMask));
  const scales = { ...state, advantages: moments, responses: state.responses + rawAdvantages.shape[0]! };
  const divided = () => {
    const divisor = usableDeviation(moments);
    return rawAdvantages.data.map((x, i) => (responseMask.data[i]! > 0 ? x / divisor : 0));
  };
  const scaled = {
    none: () => rawAdvantages.data,
    running: divided,
    frozen: divided,
    whiten_padded: () => rawAdvantages.data,
    whiten_masked: () => Float32Array.from(whitened(rawAdvantages.data, responseMask.data, { unbiased: true })),
  };
  return { batch: { ...batch, advantages: float32(scaled[options.advantages](), rawAdvantages.shape) }, scales };
}

/**
 * Whitens a minibatch over all cells up to its longest response, padding included, as the released code does.
 * Shape: advantages and responseMask [b, r], result [b, r]. Source: docs/algorithms/apa.md, whitening.
 */
export function whitenPadded(advantages: FloatHost, responseMask: BoolHost): FloatHost {
  const [rows, width] = advantages.shape as [number, number];
  const longest = 1 + responseMask.data.reduce((last, on, i) => (on ? Math.max(last, i % width) : last), 0);
  const cells = Array.from({ length: rows }, (_, row) =>
    advantages.data.subarray(row * width, row * width + longest),
  ).flatMap((row) => Array.from(row));
  const result = new Float32Array(rows * width);
  const white = whitened(cells, null, { unbiased: false });
  for (let row = 0; row < rows; row++) result.set(white.subarray(row * longest, (row + 1) * longest), row * width);
  return float32(result, advantages.shape);
}
