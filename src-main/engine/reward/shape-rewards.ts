import { type BoolHost, type FloatHost, float32 } from '../runtime/host-tensor.ts';
import { type KlEstimator, klEstimate } from './kl-estimators.ts';

/** Adds each score to the last stored entry of its row; a row without entries gets none. */
function addScores(rewards: Float32Array, scores: FloatHost, responseMask: BoolHost): void {
  const width = responseMask.shape[1]!;
  scores.data.forEach((score, row) => {
    const last = responseMask.data.subarray(row * width, (row + 1) * width).lastIndexOf(1);
    if (last >= 0) rewards[row * width + last]! += score;
  });
}

/**
 * Rewards of APA and AWR: the score at the last entry, 0 before. Shape: scaledScores [b], responseMask and result [b,
 * r].
 */
export function terminalRewards(scaledScores: FloatHost, responseMask: BoolHost): FloatHost {
  const rewards = new Float32Array(responseMask.data.length);
  addScores(rewards, scaledScores, responseMask);
  return float32(rewards, responseMask.shape);
}

export interface KlRewardInputs {
  /** [b] */
  readonly scaledScores: FloatHost;
  /** [b, r] */
  readonly responseMask: BoolHost;
  /** [b, r] log π_old of the sampled entries. */
  readonly oldLogprobs: FloatHost;
  /** [b, r] */
  readonly refLogprobs: FloatHost;
  /** β. */
  readonly klCoef: number;
  readonly estimator: KlEstimator;
}

/** Rewards of PPO: -β times the KL of each entry, plus the score at the last entry. Shape: [b, r]. */
export function klRewards(inputs: KlRewardInputs): FloatHost {
  const { scaledScores, responseMask, oldLogprobs, refLogprobs, klCoef, estimator } = inputs;
  const rewards = Float32Array.from(responseMask.data, (isStored, i) =>
    isStored ? -klCoef * klEstimate(estimator, oldLogprobs.data[i]!, refLogprobs.data[i]!) : 0,
  );
  addScores(rewards, scaledScores, responseMask);
  return float32(rewards, responseMask.shape);
}

/** k1 of each response from the reference, summed over its entries. Shape: [b, r] to [b]. */
export function responseKl({
  responseMask,
  oldLogprobs,
  refLogprobs,
}: Pick<KlRewardInputs, 'responseMask' | 'oldLogprobs' | 'refLogprobs'>): Float64Array {
  const [rows, width] = responseMask.shape as [number, number];
  const sums = new Float64Array(rows);
  responseMask.data.forEach((isStored, i) => {
    if (isStored) sums[Math.floor(i / width)]! += klEstimate('k1', oldLogprobs.data[i]!, refLogprobs.data[i]!);
  });
  return sums;
}
