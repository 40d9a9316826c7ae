import { KeelError } from '#contract/errors.ts';
import type { AskedPrompt } from '../../records.ts';
import type { Reward } from '../../reward/model-reward.ts';

/** One term of a reward, by its position in the config. */
export interface RewardPart {
  readonly place: string;
  /** What the user can do if its score is not finite. */
  readonly fix: string;
  readonly score: Reward;
}

/** A reward model among the terms. */
export interface ScoringModel {
  readonly place: string;
  /** Number of tokens that a prompt loses at its beginning if its response has this many tokens. */
  readonly promptCut: (asked: AskedPrompt, responseTokens: number) => number;
}

export interface OpenedReward {
  readonly score: Reward;
  readonly models: readonly ScoringModel[];
  /** Used only if a score is not finite. */
  readonly parts: readonly RewardPart[];
}

export interface ScoredReplies {
  readonly prompts: readonly AskedPrompt[];
  readonly responses: readonly string[];
  readonly scores: Float32Array;
}

const OVERFLOW = 'Lower the weights in the config, then start a new run.';

/** The first part whose own score of a response is not finite, or null if only the sum is too large. */
function partAtFault({ parts }: OpenedReward, prompt: AskedPrompt, response: string) {
  for (const part of parts) {
    const [value = 0] = part.score([prompt], [response]);
    if (!Number.isFinite(value)) return { ...part, value };
  }
  return null;
}

/**
 * Rejects scores that are NaN or infinite: no update could use them, and every statistic of the step would be lost.
 * Throws `reward_not_finite` or `judge_not_finite` with the iteration, the response and the part of the config.
 */
export function requireFiniteScores(
  role: 'reward' | 'judge',
  opened: OpenedReward,
  iteration: number,
  { prompts, responses, scores }: ScoredReplies,
): void {
  const first = scores.findIndex((score) => !Number.isFinite(score));
  if (first < 0) return;
  const count = scores.filter((score) => !Number.isFinite(score)).length;
  const fault = partAtFault(opened, prompts[first]!, responses[first]!);
  const cause = fault ? `${fault.place} returns ${fault.value}` : `the sum of its parts is ${scores[first]}`;
  throw new KeelError({
    code: `${role}_not_finite`,
    why:
      `At iteration ${iteration}, the ${role} scored ${count} of ${scores.length} responses as NaN or infinite. For ` +
      `response ${first + 1}, ${cause}.`,
    fix: fault?.fix ?? OVERFLOW,
  });
}
