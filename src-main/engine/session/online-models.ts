import type { RecipeConfig } from '#contract/config/index.ts';
import type { LanguageModel } from '../model/language-model.ts';
import type { ValueModel } from '../model/value-model.ts';
import type { RecipeContext } from './context.ts';
import { type OpenedModel, openCritic, openPolicy, openReference } from './open-models.ts';

export type OnlineConfig = RecipeConfig<'apa' | 'ppo' | 'awr'>;
export type OnlineContext = RecipeContext<OnlineConfig>;

export interface OnlineModels {
  readonly policy: OpenedModel<LanguageModel>;
  readonly critic: OpenedModel<ValueModel>;
  readonly padTokenId: number;
  readonly stopTokenIds: readonly number[];
}

const HEADS = { mlp: 'value', linear: 'linear' } as const;

function criticFolder(context: OnlineContext, policyFolder: string): string {
  const { critic, reward } = context.config;
  if (critic.init === 'policy') return policyFolder;
  if (critic.init === 'reward_model' && reward.type === 'model') return context.locate(reward.model);
  return context.locate(critic.init);
}

/** Loads policy, frozen reference and critic; each has weights of its own. */
export function openOnlineModels(context: OnlineContext): OnlineModels {
  const { config } = context;
  const policy = openPolicy(context, config.model, config.updates.numLayersUnfrozen);
  openReference(context, policy, config.reference, config.engine.frozenDtype);
  const head = { kind: HEADS[config.critic.head], seed: config.seed };
  const critic = openCritic(context, criticFolder(context, policy.folder), head);
  const { tokenizer, model } = policy;
  return {
    policy,
    critic,
    padTokenId: config.rollouts.padToken === 'eos' ? tokenizer.eosTokenId : tokenizer.padTokenId,
    stopTokenIds: [...new Set([tokenizer.eosTokenId, ...model.config.eosTokenIds])],
  };
}
