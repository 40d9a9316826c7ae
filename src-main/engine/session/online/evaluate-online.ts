import { evaluatePolicy } from '../../evaluation/evaluate-policy.ts';
import type { LanguageModel } from '../../model/language-model.ts';
import type { Rollout } from '../../records.ts';
import type { Checkpointer } from '../checkpoint/checkpointer.ts';
import type { OpenedModel } from '../open-models.ts';
import { type OpenedReward, requireFiniteScores } from './finite-scores.ts';
import type { OnlineContext } from './online-models.ts';
import type { EncodedPrompt } from './online-prompts.ts';
import type { OnlineState } from './online-state.ts';
import { sampleRows } from './sample-rows.ts';

export interface OnlineEvaluationParts {
  readonly policy: OpenedModel<LanguageModel>;
  readonly reward: OpenedReward;
  readonly judge: OpenedReward | null;
  /** The fixed prompts of every evaluation. */
  readonly fixed: readonly EncodedPrompt[];
  /** Responses of the current policy to these prompts, always with the same seeds. */
  readonly collect: () => Rollout;
}

export interface Evaluated {
  /** The state with the updated baseline and best merit. */
  readonly state: OnlineState;
  readonly isBest: boolean;
}

/** Evaluates the policy; reports metrics and samples. */
export function createOnlineEvaluation({ config, emit }: OnlineContext, parts: OnlineEvaluationParts) {
  const { collect, reward, judge } = parts;
  const { tokenizer } = parts.policy;
  const prompts = parts.fixed.map(({ asked }) => asked);
  return (checkpointer: Checkpointer<OnlineState>, state: OnlineState): Evaluated => {
    const scorers = { reward: reward.score, judge: judge?.score ?? null };
    const evaluation = evaluatePolicy({ collect, prompts, ...scorers }, state.baseline);
    const { points, merit, baseline, scores, judgments, rollout } = evaluation;
    const replies = { prompts, responses: rollout.responses };
    requireFiniteScores('reward', reward, state.iteration, { ...replies, scores });
    if (judge && judgments) requireFiniteScores('judge', judge, state.iteration, { ...replies, scores: judgments });
    checkpointer.metrics(state.iteration, points);
    const count = config.evaluation.numSamples;
    emit.samples(
      state.iteration,
      sampleRows(evaluation, count, config.method, (id) => tokenizer.decode([id])),
    );
    const isBest = merit > state.best;
    return { state: { ...state, baseline, best: isBest ? merit : state.best }, isBest };
  };
}
