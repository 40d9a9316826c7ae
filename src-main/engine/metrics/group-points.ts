import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { RewardedRollout } from '../records.ts';
import { responseLengths } from './rollout-points.ts';

/** Below it, torch.isclose takes a deviation for zero. */
const ZERO = 1e-8;

/** Share of the groups whose scores are all equal. Rows of a group are adjacent. */
function equalShare(scores: Float32Array, groupSize: number): number {
  const groups = Array.from({ length: scores.length / groupSize }, (_, group) =>
    scores.subarray(group * groupSize, (group + 1) * groupSize),
  );
  return groups.filter((group) => Math.max(...group) - Math.min(...group) <= ZERO).length / groups.length;
}

/** Metrics of groups of responses to one prompt, under TRL's keys. */
export function groupPoints(
  { scores, endedByStop, ...rollout }: RewardedRollout,
  groupSize: number,
): readonly MetricPoint[] {
  const { data } = scores;
  const mean = data.reduce((sum, score) => sum + score, 0) / data.length;
  const squares = data.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  const terminated = Array.from(responseLengths(rollout)).filter((_, row) => endedByStop[row]);
  return metricPoints({
    reward: mean,
    reward_std: Math.sqrt(squares / (data.length - 1)),
    frac_reward_zero_std: equalShare(data, groupSize),
    'completions/min_terminated_length': terminated.length > 0 ? Math.min(...terminated) : Number.NaN,
    'completions/max_terminated_length': terminated.length > 0 ? Math.max(...terminated) : Number.NaN,
  });
}
