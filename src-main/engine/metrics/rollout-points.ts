import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';
import type { RewardedRollout } from '../records.ts';
import { type FloatHost, float32 } from '../runtime/host-tensor.ts';
import { correlationOf, maskedStatistics, meanOf, rowSums } from './masked-statistics.ts';
import { repeatedShares } from './repeated-shares.ts';

function mapped(a: FloatHost, b: FloatHost, combine: (x: number, y: number) => number): FloatHost {
  return float32(
    a.data.map((x, i) => combine(x, b.data[i]!)),
    a.shape,
  );
}

function driftPoints(rollout: RewardedRollout): readonly MetricPoint[] {
  const { responseMask, oldLogprobs, refLogprobs, exactKl, entropy } = rollout;
  const perResponse = (x: FloatHost) => meanOf(rowSums(x, responseMask));
  const perToken = (x: FloatHost) => maskedStatistics(x.data, responseMask.data).mean;
  const k1 = mapped(oldLogprobs, refLogprobs, (logprob, ref) => logprob - ref);
  const k3 = mapped(
    oldLogprobs,
    refLogprobs,
    (logprob, ref) => Math.expm1(Math.min(ref - logprob, 60)) - (ref - logprob),
  );
  return metricPoints({
    'objective/kl': perResponse(k1),
    'objective/kl_k3': perResponse(k3),
    'objective/kl_per_token': perToken(k1),
    'objective/kl_k3_per_token': perToken(k3),
    'objective/kl_exact': exactKl ? perResponse(exactKl) : undefined,
    'objective/kl_exact_per_token': exactKl ? perToken(exactKl) : undefined,
    'objective/sampled_entropy': -perResponse(oldLogprobs),
    'objective/sampled_entropy_per_token': -perToken(oldLogprobs),
    'objective/entropy_per_token': entropy ? perToken(entropy) : undefined,
  });
}

/** Number of stored entries of each response, [b]. */
export function responseLengths({ responseMask }: Pick<RewardedRollout, 'responseMask'>): Float64Array {
  const ones = float32(new Float32Array(responseMask.data.length).fill(1), responseMask.shape);
  return rowSums(ones, responseMask);
}

function responsePoints(rollout: RewardedRollout): readonly MetricPoint[] {
  const { responses, endedByStop, scores } = rollout;
  const lengths = Array.from(responseLengths(rollout));
  const terminated = lengths.filter((_, row) => endedByStop[row]);
  return metricPoints({
    'completions/mean_length': meanOf(lengths),
    'completions/min_length': Math.min(...lengths),
    'completions/max_length': Math.max(...lengths),
    'completions/mean_terminated_length': meanOf(terminated),
    'completions/clipped_ratio': 1 - terminated.length / lengths.length,
    'completions/distinct_share': new Set(responses).size / responses.length,
    'completions/repeated_share': meanOf(repeatedShares(rollout)),
    'completions/length_score_correlation': correlationOf(lengths, scores.data),
  });
}

/** Scores of responses, raw and as used in the rewards. */
export function scorePoints({ scores, scaledScores }: RewardedRollout): readonly MetricPoint[] {
  const every = new Uint8Array(scores.data.length).fill(1);
  const { n, mean, variance } = maskedStatistics(scores.data, every);
  return metricPoints({
    'objective/scores': mean,
    'objective/scores_std': Math.sqrt((variance * n) / (n - 1)),
    'objective/scaled_scores': meanOf(scaledScores.data),
  });
}

/** Metrics of a finished rollout: scores, drift from the reference, and responses. */
export function rolloutPoints(rollout: RewardedRollout): readonly MetricPoint[] {
  return [...scorePoints(rollout), ...driftPoints(rollout), ...responsePoints(rollout)];
}

/** Metrics that the KL reward of PPO adds. */
export function klRewardPoints(rollout: RewardedRollout, klCoef: number): readonly MetricPoint[] {
  const total = meanOf(rowSums(rollout.rewards, rollout.responseMask));
  return metricPoints({
    'objective/non_score_reward': total - meanOf(rollout.scaledScores.data),
    'objective/rlhf_reward': total,
    'ppo/kl_coef': klCoef,
  });
}
