import type { FailureMode } from '#contract/failure-modes.ts';
import type { Setting } from '#engine/doctor/detector.ts';

export type Values = Readonly<Record<string, number>>;

/** An iteration of a run in which nothing is wrong; its unreachable and clipped shares are those of a measured one. */
export const WELL: Values = {
  'objective/scores': 1,
  'objective/scores_std': 0.4,
  'objective/kl': 1,
  'objective/kl_k3': 1.1,
  'objective/kl_per_token': 0.05,
  'objective/kl_k3_per_token': 0.05,
  'objective/sampled_entropy_per_token': 0.5,
  'completions/mean_length': 20,
  'completions/clipped_ratio': 0.05,
  'completions/distinct_share': 1,
  'completions/repeated_share': 0.01,
  'completions/length_score_correlation': 0.7,
  'advantages/std': 0.7,
  'advantages/scaled_std': 1,
  'values/explained_variance': 0.3,
  'optimizer/clip_share': 1,
  'optimizer/skipped': 0,
  'apa/unreachable_share': 0.5,
  'awr/ess_share': 0.6,
  'policy/clipfrac_avg': 0.1,
  'val/ratio': 1,
  'loss/total': 1,
  'eval/judge_change_high': 0.2,
  'eval/reward_change_low': 0.1,
  'eval/prompts': 64,
  'eval/entropy_per_token': 0.5,
  'eval/distinct_replies': 0.95,
  'eval/kl_exact_per_token': 0.05,
  'eval/reference_logprob_per_token': -0.55,
  'eval/response_length': 20,
  'eval/reward': 1,
  'eval/reward_std': 0.4,
};

/** λ at a value, as a live field. */
export function anchorAt(value: number) {
  return {
    ...({ path: 'method.apa_lambda', unit: 'scaled_advantage', value, isLive: true } as const),
    range: { minimum: 1e-6, maximum: 1e6 },
  };
}
/** The evaluation of the starting policy. */
export const ORIGIN = { step: 0, values: WELL };
/** What the doctor knows of that run. */
export const SETTING: Setting = {
  anchor: anchorAt(1),
  ...{ learningRate: 1e-3, rateRange: { minimum: 1e-12, maximum: 1 }, vfCoef: 1 },
  ...{ responses: 32, maxNewTokens: 48, contextLength: 128, whitens: false, maxKl: null },
  ...{ minEntropyShare: 0.1, maxTruncatedShare: 0.95, maxSkippedUpdates: 3, skippedInRow: 0, notFinite: null },
};

/** Values of an iteration that show a failure mode, with the setting that it takes. */
export const SICK: readonly (readonly [FailureMode, Values, Partial<Setting>?])[] = [
  ['not_finite', { 'objective/scores': Number.NaN }],
  ['collapse', { 'objective/sampled_entropy_per_token': 0.04 }],
  ['collapse', { 'completions/distinct_share': 0.1 }],
  ['collapse', { 'objective/sampled_entropy_per_token': 0.14, 'completions/distinct_share': 0.45 }],
  ['collapse', { 'eval/distinct_replies': 0.35 }],
  ['collapse', { 'eval/entropy_per_token': 0.04 }],
  ['kl_blow_up', { 'objective/kl_per_token': 1.1 }],
  ['kl_blow_up', { 'objective/kl_per_token': 0.7, 'objective/sampled_entropy_per_token': 1 }],
  ['kl_blow_up', { 'eval/kl_exact_per_token': 1.1 }],
  ['kl_blow_up', { 'eval/reference_logprob_per_token': -1.6 }],
  ['kl_blow_up', { 'objective/kl_k3': 40 }],
  ['kl_blow_up', { 'objective/kl': 9 }, { maxKl: 8 }],
  ['length_hacking', { 'completions/length_score_correlation': 0.95 }],
  ['length_hacking', { 'completions/mean_length': 45, 'completions/clipped_ratio': 0.6 }],
  ['length_hacking', { 'completions/length_score_correlation': -0.95 }],
  ['length_hacking', { 'completions/mean_length': 12, 'objective/scores': 1.2 }],
  ['length_hacking', { 'eval/response_length': 12, 'eval/reward': 1.2 }],
  ['eos_missing', { 'completions/clipped_ratio': 1 }],
  ['repetition', { 'completions/repeated_share': 0.5 }],
  ['dead_reward', { 'objective/scores_std': 0 }],
  ['over_optimization', { 'eval/judge_change_high': -0.1 }],
  ['critic_useless', { 'values/explained_variance': -0.01 }],
  ['whitened_noise', { 'advantages/std': 0.001 }, { whitens: true }],
  ['few_weights', { 'awr/ess_share': 0.01 }],
  ['ppo_instability', { 'val/ratio': 0.8 }],
  ['ppo_instability', { 'policy/clipfrac_avg': 0.5 }],
];
