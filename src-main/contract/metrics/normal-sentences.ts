import type { RunFinding } from '../api/runs/run-doctor.ts';
import { FAILURE_MODE_TITLES } from '../failure-modes.ts';
import { metricFacts } from '../page-facts.ts';

/** Groups of keys that mean the same to a reader; a finding's evidence names one key of a group. */
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

/** True if a finding's evidence is about the metric. */
export function concerns(finding: RunFinding, key: string): boolean {
  const near = new Set([key, ...ALIKE.filter((group) => group.includes(key)).flat()]);
  return finding.evidence.some((one) => near.has(one.key));
}

/** The doctor's sentence, shown instead of what to expect; null if no finding concerns the metric. */
export function doctorSentence(key: string, findings: readonly RunFinding[]): string | null {
  const finding = findings.find((one) => one.state === 'open' && concerns(one, key));
  return finding ? `${FAILURE_MODE_TITLES[finding.regime]} since step ${finding.since}: ${finding.cause}` : null;
}

/** The sentence below the plot of a metric; null if there is none. */
export function plotSentence(key: string, findings: readonly RunFinding[]): string | null {
  return doctorSentence(key, findings) ?? metricFacts[key]?.normal ?? null;
}
