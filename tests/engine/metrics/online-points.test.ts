import { expect, test } from 'vitest';
import { isMetricKey } from '#contract/metrics/catalog.ts';
import type { MetricPoint } from '#contract/metrics/metric-point.ts';
import { onlinePoints } from '#engine/metrics/online-points.ts';
import { klRewardPoints } from '#engine/metrics/rollout-points.ts';
import { evaluationPoints, supervisedPoints } from '#engine/metrics/supervised-points.ts';
import { updatePoints, updateStatistics } from '#engine/metrics/update-points.ts';
import type { AdvantageBatch } from '#engine/records.ts';
import { bool, float32, int32 } from '#engine/runtime/host-tensor.ts';
import { apaPoints } from '#engine/update/losses/apa.ts';
import { awrPoints } from '#engine/update/losses/awr.ts';
import { ppoPoints } from '#engine/update/losses/ppo.ts';

const shape = [2, 3];
const cells = (...values: number[]) => float32(values, shape);

/** Two responses of 2 and 1 entries; 9 stands where nothing is stored. The first ended by itself. */
const batch: AdvantageBatch = {
  promptIds: int32([1, 1], [2, 1]),
  promptMask: bool([true, true], [2, 1]),
  responseIds: int32([1, 2, 0, 3, 0, 0], shape),
  responseMask: bool([true, true, false, true, false, false], shape),
  samplingLogprobs: cells(-1, -2, 9, -3, 9, 9),
  oldLogprobs: cells(-1, -2, 9, -3, 9, 9),
  refLogprobs: cells(-2, -2, 9, -2.5, 9, 9),
  exactKl: cells(0.5, 0.25, 9, 1, 9, 9),
  entropy: cells(1, 2, 9, 3, 9, 9),
  values: cells(0, 1, 9, 2, 9, 9),
  endedByStop: [true, false],
  prompts: ['a', 'b'],
  responses: ['same', 'same'],
  scores: float32([1, 3], [2]),
  scaledScores: float32([0.5, 1.5], [2]),
  rewards: cells(-0.5, 0.5, 9, 2, 9, 9),
  advantages: cells(-1, 0, 9, 1, 9, 9),
  rawAdvantages: cells(-2, 0, 9, 2, 9, 9),
  returns: cells(1, 2, 9, 6, 9, 9),
};

const byKey = (points: readonly MetricPoint[]) => Object.fromEntries(points.map(({ key, value }) => [key, value]));

test('a batch worked by hand; nothing outside the responses enters', () => {
  const reports = [{ policy_loss: 4, loss: 5, residual_mean: 1, skipped: 0 }];
  const points = [...onlinePoints(batch, { reports, learningRate: 0.1 }), ...apaPoints(updateStatistics(reports))];
  const got = byKey(points);
  const k3 = (d: number) => Math.exp(d) - 1 - d;
  expect(got).toMatchObject({
    'objective/scores': 2,
    'objective/scores_std': Math.SQRT2,
    'objective/scaled_scores': 1,
    // log π_old - log π_ref: 1, 0 | -0.5.
    'objective/kl': 0.25,
    'objective/kl_per_token': 0.5 / 3,
    'objective/kl_exact': (0.75 + 1) / 2,
    'objective/kl_exact_per_token': 1.75 / 3,
    'objective/sampled_entropy': 3,
    'objective/entropy_per_token': 2,
    'completions/mean_length': 1.5,
    'completions/min_length': 1,
    'completions/max_length': 2,
    'completions/mean_terminated_length': 2,
    'completions/clipped_ratio': 0.5,
    'completions/distinct_share': 0.5,
    'advantages/mean': 0,
    'advantages/valid_share': 0.5,
    'returns/mean': 3,
    'values/mean': 1,
    'loss/policy_avg': 4,
    'apa/residual_rms': 2,
    'apa/residual_mean': 1,
    lr: 0.1,
  });
  expect(got['objective/kl_k3']).toBeCloseTo((k3(-1) + k3(0.5)) / 2, 6);
  expect(got['objective/kl_k3_per_token']).toBeCloseTo((k3(-1) + k3(0.5)) / 3, 6);
  expect(got['advantages/std']).toBeCloseTo(Math.sqrt(8 / 3), 6);
  expect(got['advantages/scaled_std']).toBeCloseTo(Math.sqrt(2 / 3), 6);
  expect(got['returns/std']).toBeCloseTo(Math.sqrt(14 / 3), 6);
  // Errors 1, 1, 4: variance 2.
  expect(got['values/explained_variance']).toBeCloseTo(1 - 2 / (14 / 3), 6);
  expect(points.filter(({ key }) => !isMetricKey(key))).toEqual([]);
});

test('the KL reward is what the rewards hold beside the score', () => {
  expect(byKey(klRewardPoints(batch, 0.5))).toEqual({
    'objective/non_score_reward': 0,
    'objective/rlhf_reward': 1,
    'ppo/kl_coef': 0.5,
  });
});

test('updates: means, the largest weight, the variance of the ratio; a skipped one is only counted', () => {
  const reports = [
    { weight_mean: 1, weight_square: 2, weight_max: 3, ratio: 1, skipped: 0 },
    { weight_mean: 2, weight_square: 4, weight_max: 9, ratio: 2, skipped: 0 },
    { weight_mean: Number.NaN, weight_square: Number.NaN, weight_max: Number.NaN, ratio: Number.NaN, skipped: 1 },
  ];
  const statistics = updateStatistics(reports);
  expect(byKey(updatePoints(reports, 1))).toEqual({ 'optimizer/skipped': 1, lr: 1 });
  expect(byKey(awrPoints(statistics))).toEqual({ 'awr/ess_share': 0.75, 'awr/weight_mean': 1.5, 'awr/weight_max': 9 });
  expect(byKey(ppoPoints(statistics))).toEqual({ 'val/ratio': 1.5, 'val/ratio_var': 0.5 });
  expect(apaPoints(updateStatistics([]))).toEqual([]);
});

test('constant returns explain nothing, and no response ended by itself', () => {
  const flat = { ...batch, returns: cells(1, 1, 9, 1, 9, 9), endedByStop: [false, false] };
  const got = byKey(onlinePoints(flat, { reports: [], learningRate: 1 }));
  expect(got['values/explained_variance']).toBeNaN();
  expect(got['completions/mean_terminated_length']).toBeNaN();
});

test('supervised reports become points by name', () => {
  const report = { loss: 2, grad_norm: 3, clipped: 1, skipped: 0, accuracy: 0.5, count: 7 };
  expect(byKey(supervisedPoints(report, 0.1))).toEqual({
    loss: 2,
    grad_norm: 3,
    accuracy: 0.5,
    learning_rate: 0.1,
    'training/clipped': 1,
    'training/skipped': 0,
  });
  expect(byKey(evaluationPoints(report))).toEqual({ 'eval/loss': 2, 'eval/accuracy': 0.5 });
});
