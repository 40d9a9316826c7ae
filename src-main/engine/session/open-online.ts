import type { RecipeConfig } from '#contract/config/index.ts';
import type { AdvantageBatch, Rollout, RewardedRollout } from '../records.ts';
import { type DataCursor, DataOrder } from '../dataset/data-cursor.ts';
import { evaluatePolicy, type PolicyEvaluation } from '../evaluation/evaluate-policy.ts';
import { createCollector, type PromptChunk } from '../rollout/collect-rollout.ts';
import { createGenerator } from '../rollout/generate.ts';
import { createRolloutScorer } from '../rollout/score-rollout.ts';
import { takeRollout } from '../rollout/take-rows.ts';
import { seededGenerator } from '../runtime/host-random.ts';
import type { OnlineUpdateParts } from '../update/online-update.ts';
import type { Asked, RecipeContext } from './context.ts';
import type { Keeper } from './keeper.ts';
import { loadData, promptsOf } from './load-data.ts';
import { openCritic, openPolicy, openReference } from './open-models.ts';
import { openReward } from './open-reward.ts';
import { encodePrompts, type EncodedPrompt, promptChunks } from './online-prompts.ts';
import type { OnlineState } from './online-state.ts';

export type OnlineConfig = RecipeConfig<'apa' | 'ppo' | 'awr'>;
export type OnlineContext = RecipeContext<OnlineConfig>;

export interface OnlineNeeds {
  /** PPO evaluates the policy once more by the training forward; APA and AWR take the sampling pass's log-probs. */
  readonly oldLogprobs: boolean;
}
