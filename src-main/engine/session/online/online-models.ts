import type { OnlineConfig } from '#contract/config/index.ts';
import type { LanguageModel } from '../../model/language-model.ts';
import type { ValueModel } from '../../model/value-model.ts';
import type { WeightsOf } from '../../model/weights.ts';
import type { RecipeContext } from '../context.ts';
import { type OpenedModel, openCritic, openPolicy, openReference } from '../open-models.ts';
import { openRunStops, type RunStops } from '../run-stops.ts';

export type OnlineContext = RecipeContext<OnlineConfig>;

export interface OnlineModels {
  readonly policy: OpenedModel<LanguageModel>;
  /** Location of the frozen policy's weights. */
  readonly reference: WeightsOf;
  /** Null for a method without a value model. */
  readonly critic: OpenedModel<ValueModel> | null;
  readonly padTokenId: number;
  readonly stops: RunStops;
}

const HEADS = { mlp: 'value', linear: 'linear' } as const;

type CriticConfig = NonNullable<OnlineConfig['critic']>;

function criticFolder(context: OnlineContext, critic: CriticConfig, policyFolder: string): string {
  const { reward } = context.config;
  if (critic.init === 'policy') return policyFolder;
  if (critic.init === 'reward_model' && reward.type === 'model') return context.locate(reward.model);
  return context.locate(critic.init);
}

/**
 * Loads the policy, the frozen reference and, if configured, the critic; each has its own weights, or an adapter of its
 * own on one frozen base.
 */
export function openOnlineModels(context: OnlineContext): OnlineModels {
  const { config } = context;
  const policy = openPolicy(context, config.model, config.updates.numLayersUnfrozen);
  const reference = openReference(context, policy, config.reference, config.engine.frozenDtype);
  const critic =
    config.critic === undefined
      ? null
      : openCritic(
          context,
          criticFolder(context, config.critic, policy.folder),
          { kind: HEADS[config.critic.head], seed: config.seed },
          policy,
        );
  const { tokenizer } = policy;
  return {
    policy,
    reference,
    critic,
    padTokenId: config.rollouts.padToken === 'eos' ? tokenizer.eosTokenId : tokenizer.padTokenId,
    stops: openRunStops(context.runFolder, policy),
  };
}
