import type { RunFinding } from '../api/run-doctor.ts';
import { REGIME_TITLES } from '../regimes.ts';
import type { MetricKey } from './catalog.ts';

type Sentences = Readonly<Partial<Record<MetricKey, string>>>;

/** What is normal in the plot of a metric, in one sentence. Docs: docs/algorithms/doctor.md. */
export const NORMAL_SENTENCES: Sentences = {
  'objective/scores': 'Rises and flattens; held-out follows close below, and the judge rises with both.',
  'eval/reward': 'Rises and flattens with the trained reward.',
  'eval/judge': 'Rises with the reward; where it falls while the reward rises, the reward is being gamed.',
  'objective/scores_std': 'Above 0: without a spread of scores there is nothing to learn.',
  'objective/kl': 'Rises and flattens at a level that falls with λ; k1 and k3 agree.',
  'objective/kl_per_token': "Rises and flattens, well below the start's entropy.",
  'objective/sampled_entropy_per_token': 'Falls slowly or even rises; far from a tenth of its start.',
  'objective/entropy_per_token': 'Falls slowly or even rises; far from a tenth of its start.',
  'eval/entropy_per_token': 'Falls slowly or even rises; far from a tenth of its start.',
  'loss/policy_avg': "Finite and of one size; at APA's optimum it stays above 0.",
  'loss/value_avg': 'Falls at first, then follows the spread of the returns.',
  'values/explained_variance': 'Above 0 after a few iterations, and noisy.',
  'completions/mean_length': 'Settles; where it only grows, look at whether the score pays for length.',
  'completions/clipped_ratio': 'Low and steady: most replies end by themselves.',
  'completions/distinct_share': 'Near 1: different prompts get different replies.',
  'completions/repeated_share': 'Low and steady.',
  'completions/length_score_correlation': 'Anything up to about 0.8; near 1 the score is the length.',
  'advantages/std': 'Of one size; where it falls to nothing there is nothing left to tell apart.',
  'advantages/scaled_std': 'About 1 with frozen deviations.',
  'apa/residual_mean': 'Near the KL of a token, positive at the optimum.',
  'apa/unreachable_share': 'Steady; high in a model that is sure of most of its tokens, whatever λ is.',
  'awr/ess_share': 'Above a twentieth.',
  'policy/clipfrac_avg': 'Below 0.3.',
  'val/ratio': 'Near 1.',
  'optimizer/grad_norm': 'Of one size; single peaks are cut.',
  'optimizer/clip_share': 'Anything below 1; at 1 every step has the same length.',
  'optimizer/skipped': '0.',
  'time/iteration': 'Flat; a resume and the first iterations take longer.',
  loss: 'Falls, fast at first; single batches jump.',
  'eval/loss': 'Falls with the training loss; where it turns up, more epochs do harm.',
  accuracy: 'Rises above a half and settles below 1.',
  'eval/accuracy': 'Rises and settles; its interval should not hold a half.',
  mean_token_accuracy: 'Rises and settles.',
  margin: 'Rises; held-out flattens first.',
  mean_reward: 'Anywhere: only differences between scores mean something.',
  grad_norm: 'Of one size; single peaks are cut.',
  learning_rate: 'As configured, or as changed by hand.',
  'time/step': 'Flat; a step with an evaluation or a checkpoint takes longer.',
  'system/memory_bytes': 'Flat after the first iterations.',
};

/** Keys that mean the same to a reader as the one that a finding's evidence names. */
const ALIKE: readonly (readonly string[])[] = [
  ['objective/kl', 'objective/kl_k3', 'objective/kl_per_token', 'objective/kl_k3_per_token'],
  ['objective/sampled_entropy_per_token', 'objective/entropy_per_token', 'eval/entropy_per_token'],
  ['objective/scores', 'objective/scores_std'],
  ['completions/mean_length', 'completions/clipped_ratio', 'completions/length_score_correlation'],
  ['loss/policy_avg', 'optimizer/skipped', 'loss/total'],
  ['loss/value_avg', 'values/explained_variance'],
  ['loss', 'training/skipped'],
  ['eval/reward', 'eval/judge', 'objective/scores', 'eval/judge_win_rate_high', 'eval/win_rate_low'],
];

/** True when a finding's evidence is about the metric. */
export function concerns(finding: RunFinding, key: string): boolean {
  const near = new Set([key, ...ALIKE.filter((group) => group.includes(key)).flat()]);
  return finding.evidence.some((one) => near.has(one.key));
}

/** What the doctor says in place of what is normal; null where no finding concerns the metric. */
export function doctorSentence(key: string, findings: readonly RunFinding[]): string | null {
  const finding = findings.find((one) => one.state === 'open' && concerns(one, key));
  return finding ? `${REGIME_TITLES[finding.regime]} since step ${finding.since}: ${finding.cause}` : null;
}

/** The sentence under the plot of a metric; null for one that none is written for. */
export function plotSentence(key: string, findings: readonly RunFinding[]): string | null {
  return doctorSentence(key, findings) ?? NORMAL_SENTENCES[key as MetricKey] ?? null;
}
