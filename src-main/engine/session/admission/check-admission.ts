import { type OnlineConfig, type RecipeConfig, recipeOf } from '#contract/config/index.ts';
import type { Fault } from '#contract/errors.ts';
import type { Progress } from '../context.ts';
import { checkSharedBase, checkTargets } from './adapter-faults.ts';
import { checkData } from './data-faults.ts';
import { FaultList } from './fault-list.ts';
import { checkBesidePolicy, checkModelField, type KnownModel, type Locate } from './model-faults.ts';
import { checkRewards } from './reward-faults.ts';

/** A config to check, and what it needs from outside. */
export interface AdmissionCheck {
  readonly config: RecipeConfig;
  readonly locate: Locate;
  /** Folder of the run to resume; null for a new run. */
  readonly runFolder: string | null;
  readonly progress: (progress: Progress) => void;
  /** Whether there is time left for reading data. */
  readonly goesOn: () => boolean;
}

export interface Admission {
  readonly faults: readonly Fault[];
  /** What the user should know before the start although it prevents nothing. */
  readonly notes: readonly string[];
}

type Online = RecipeConfig & OnlineConfig;

const isOnline = (config: RecipeConfig): config is Online => 'rollouts' in config;

/** Longest sequence of a run: the model's context, or less if the config says so. */
function longest(faults: FaultList, { data, model }: RecipeConfig, { config }: KnownModel): number {
  const { maxLength } = data;
  if (maxLength !== null && maxLength > config.contextLength) {
    faults.note(
      `data.max_length is ${maxLength}, but the context of ${model} is ${config.contextLength} tokens, which is the limit.`,
    );
  }
  return Math.min(maxLength ?? config.contextLength, config.contextLength);
}

/** A response must leave room for at least one token of the prompt. */
function checkResponse(faults: FaultList, { generation, model }: OnlineConfig, length: number): number {
  const room = length - generation.maxNewTokens;
  if (room >= 1) return room;
  faults.add({
    where: 'generation.max_new_tokens',
    why: `is ${generation.maxNewTokens}, which leaves no room for a prompt in the ${length} tokens of ${model}`,
    fix: `Use less than ${length}.`,
    code: 'generation_no_room',
  });
  return room;
}

type Referring = Pick<OnlineConfig, 'reference'>;

function checkReference(faults: FaultList, locate: Locate, config: Referring, policy: KnownModel, length: number) {
  if (config.reference === null || locate(config.reference) === policy.folder) return;
  const field = { where: 'reference', named: config.reference, use: 'language' as const };
  const reference = checkModelField(faults, locate, field);
  if (reference) checkBesidePolicy(faults, 'reference', reference, policy, length);
}

function checkCritic(faults: FaultList, locate: Locate, config: Online, policy: KnownModel, length: number) {
  const { critic, reward } = config;
  if (!critic || critic.init === 'policy') return;
  const ofReward = critic.init === 'reward_model' && reward.type === 'model' ? reward.model : null;
  const field = { where: 'critic.init', named: ofReward ?? critic.init, use: 'trunk' as const };
  const model = checkModelField(faults, locate, field);
  if (!model) return;
  checkBesidePolicy(faults, 'critic.init', model, policy, length);
  checkSharedBase(faults, config, policy, model);
}

/** Checks what only recipes that sample responses have; returns the room for a prompt. */
function checkOnline(faults: FaultList, locate: Locate, config: Online, policy: KnownModel | null, length: number) {
  checkRewards(faults, locate, config);
  if (!policy) return length;
  checkCritic(faults, locate, config, policy, length);
  return checkResponse(faults, config, length);
}

/**
 * Checks everything that a run would open, without loading weights: models, tokenizers, rewards, certificates, lengths,
 * and data. Reports all faults, each at its config field, where a run would end with the first one.
 */
export async function checkAdmission(check: AdmissionCheck): Promise<Admission> {
  const { config, locate, runFolder, progress, goesOn } = check;
  const faults = new FaultList();
  const use = recipeOf(config.recipe).artifacts[0] === 'reward_model' ? 'trunk' : 'language';
  const model = checkModelField(faults, locate, { where: 'model', named: config.model, use });
  if (model) checkTargets(faults, config, model);
  const length = model ? longest(faults, config, model) : Number.POSITIVE_INFINITY;
  if (model && 'reference' in config) checkReference(faults, locate, config, model, length);
  const room = isOnline(config) ? checkOnline(faults, locate, config, model, length) : length;
  const tokenizer = room >= 1 ? model?.tokenizer : null;
  const rowModel = model && tokenizer ? { tokenizer, contextLength: model.config.contextLength } : null;
  await checkData(faults, { config, model: rowModel, locate, runFolder, progress, goesOn });
  return { faults: faults.faults, notes: faults.notes };
}
