import { winRate } from '#contract/statistics/intervals.ts';
import { changeOfMean } from '#contract/statistics/paired-change.ts';
import type { AskedPrompt, Rollout } from '../records.ts';
import type { Reward } from '../reward/model-reward.ts';
import type { Point } from '../session/context.ts';
import { mean, standardDeviation } from './correlation.ts';
import { largestLogprobGap, perSequenceAndToken } from './reply-statistics.ts';

/** Scores of the starting policy's responses to the fixed prompts, with which later responses are compared. */
export interface Baseline {
  readonly scores: readonly number[];
  readonly judgments: readonly number[] | null;
}

export interface PolicyEvaluation {
  readonly rollout: Rollout;
  readonly scores: Float32Array;
  readonly judgments: Float32Array | null;
  readonly points: readonly Point[];
  /** The value that "best" refers to: the judge's if there is one, otherwise the reward's. */
  readonly merit: number;
  readonly baseline: Baseline;
}

export interface EvaluationParts {
  /** Returns the current policy's responses to the fixed prompts, always with the same seeds, policy evaluated. */
  readonly collect: () => Rollout;
  readonly prompts: readonly AskedPrompt[];
  readonly reward: Reward;
  readonly judge: Reward | null;
}

function winPoints(key: string, ours: ArrayLike<number>, theirs: readonly number[]): readonly Point[] {
  const { share, low, high } = winRate(ours, theirs);
  return [
    { key, value: share },
    { key: `${key}_low`, value: low },
    { key: `${key}_high`, value: high },
  ];
}

/** Change since the starting policy on the same prompts, with its paired interval. */
function changePoints(key: string, ours: ArrayLike<number>, theirs: readonly number[]): readonly Point[] {
  const { change, low, high } = changeOfMean(theirs, ours);
  return [
    { key, value: change },
    { key: `${key}_low`, value: low },
    { key: `${key}_high`, value: high },
  ];
}

function driftPoints(rollout: Rollout): readonly Point[] {
  if (!rollout.exactKl || !rollout.entropy) return [];
  const kl = perSequenceAndToken(rollout.exactKl, rollout);
  const entropy = perSequenceAndToken(rollout.entropy, rollout);
  const reference = perSequenceAndToken(rollout.refLogprobs, rollout);
  return [
    { key: 'eval/kl_exact', value: kl.perSequence },
    { key: 'eval/kl_exact_per_token', value: kl.perToken },
    { key: 'eval/entropy_per_token', value: entropy.perToken },
    { key: 'eval/reference_logprob_per_token', value: reference.perToken },
    { key: 'eval/logprob_gap', value: largestLogprobGap(rollout) },
  ];
}

function replyPoints(rollout: Rollout): readonly Point[] {
  const ended = rollout.endedByStop.filter(Boolean).length;
  const lengths = perSequenceAndToken({ ...rollout.oldLogprobs, data: rollout.oldLogprobs.data.map(() => 1) }, rollout);
  return [
    { key: 'eval/response_length', value: lengths.perSequence },
    { key: 'eval/ended_by_stop', value: ended / rollout.endedByStop.length },
    { key: 'eval/distinct_replies', value: new Set(rollout.responses).size / rollout.responses.length },
  ];
}

/**
 * Evaluates the policy on fixed held-out prompts: raw reward, judge, exact KL to the starting policy, win rate against
 * the starting policy's own responses.
 */
export function evaluatePolicy(parts: EvaluationParts, known: Baseline | null): PolicyEvaluation {
  const rollout = parts.collect();
  const scores = parts.reward(parts.prompts, rollout.responses);
  const judgments = parts.judge?.(parts.prompts, rollout.responses) ?? null;
  const baseline = known ?? { scores: [...scores], judgments: judgments ? [...judgments] : null };
  const judged = judgments
    ? [
        { key: 'eval/judge', value: mean(judgments) },
        { key: 'eval/judge_std', value: standardDeviation(judgments) },
        ...(baseline.judgments ? winPoints('eval/judge_win_rate', judgments, baseline.judgments) : []),
        ...(baseline.judgments ? changePoints('eval/judge_change', judgments, baseline.judgments) : []),
      ]
    : [];
  return {
    rollout,
    scores,
    judgments,
    baseline,
    merit: mean(judgments ?? scores),
    points: [
      { key: 'eval/prompts', value: scores.length },
      { key: 'eval/reward', value: mean(scores) },
      { key: 'eval/reward_std', value: standardDeviation(scores) },
      ...winPoints('eval/win_rate', scores, baseline.scores),
      ...changePoints('eval/reward_change', scores, baseline.scores),
      ...judged,
      ...driftPoints(rollout),
      ...replyPoints(rollout),
    ],
  };
}
