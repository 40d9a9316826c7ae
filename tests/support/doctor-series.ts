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
};

/** Values of an iteration that show a failure mode, with the setting that it takes. */
export const SICK: readonly (readonly [FailureMode, Values, Partial<Setting>?])[] = [
  ['not_finite', { 'objective/scores': Number.NaN }],
  ['collapse', { 'objective/sampled_entropy_per_token': 0.04 }],
  ['collapse', { 'completions/distinct_share': 0.1 }],
  ['kl_blow_up', { 'objective/kl_per_token': 0.6 }],
  ['kl_blow_up', { 'objective/kl_k3': 40 }],
  ['kl_blow_up', { 'objective/kl': 9 }, { maxKl: 8 }],
  ['length_hacking', { 'completions/length_score_correlation': 0.95 }],
  ['length_hacking', { 'completions/mean_length': 45, 'completions/clipped_ratio': 0.6 }],
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
