import { KeelError } from '#contract/errors.ts';
import { isAdapterFolder } from '../adapter-base.ts';
import { adaptedWeights, frozenWeights } from '../model/adapters/adapted-weights.ts';
import type { LoraSettings } from '../model/adapters/adapter.ts';
import { openModelFolder } from '../model/files/model-folder.ts';
import { copyVariables } from '../model/files/variable-files.ts';
import { headKindIn } from '../model/heads.ts';
import { initializeParameters } from '../model/initial-values.ts';
import type { LanguageModel } from '../model/language-model.ts';
import { headMissing, loadLanguageModel, loadValueModel, type NewHead } from '../model/load-model.ts';
import { createValueModel, type ValueModel } from '../model/value-model.ts';
import { type PlacedModel, plainWeights, type WeightsOf } from '../model/weights.ts';
import type { StoredDtype } from '../runtime/stored/stored-dtype.ts';
import { checkTokenizerRows } from '../tokenizer/files/check-tokenizer-json.ts';
import { loadTokenizer } from '../tokenizer/files/load-tokenizer.ts';
import { readingSpecials, type SpecialTokens } from '../tokenizer/special-text.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { inspectAdapter } from './adapters/inspect-adapter.ts';
import {
  BASE,
  isOnBase,
  loadSharedBase,
  type PlacedAdapter,
  placeAdapter,
  type SharedBase,
} from './adapters/shared-base.ts';
import type { RecipeContext } from './context.ts';

/**
 * Full names of the policy's trained variables. With `unfrozen`, only that many of the last blocks are trained;
 * embedding, final norm and head are always trained, as in the released code.
 */
function trainedNames(names: readonly string[], layers: number, unfrozen: number | null): readonly string[] {
  if (unfrozen === null || unfrozen >= layers) return names;
  const firstLearning = layers - unfrozen;
  return names.filter((name) => {
    const block = /\.(?:h|layers)\.(\d+)\./.exec(name)?.[1];
    return block === undefined || Number(block) >= firstLearning;
  });
}

type OpenContext = Pick<RecipeContext<unknown>, 'runtime' | 'locate'> & {
  readonly config?: {
    readonly seed: number;
    /** Whether the tokenizer parses special tokens in the data; without a config, they stay text. */
    readonly data: { readonly specialTokens: SpecialTokens };
    readonly adapter: LoraConfig;
    readonly engine: { readonly frozenDtype: StoredDtype };
  };
};

type LoraConfig = Omit<LoraSettings, 'targetModules'> & {
  readonly peftType: 'none' | 'lora';
  readonly targetModules: readonly string[];
};

/** The settings of new adapters; null if all weights are trained. */
export function loraOf({ adapter }: { readonly adapter: LoraConfig }): LoraSettings | null {
  const { peftType, targetModules, ...settings } = adapter;
  if (peftType === 'none') return null;
  return { ...settings, targetModules: targetModules.includes(ALL_LINEAR) ? ALL_LINEAR : targetModules };
}

const ALL_LINEAR = 'all-linear';

/** A network whose variables are below `<prefix>/`, and the tokenizer of its folder. */
export interface OpenedModel<Model extends LanguageModel | ValueModel> extends PlacedModel<Model> {
  readonly prefix: string;
  readonly folder: string;
  readonly tokenizer: Tokenizer;
  readonly generationConfig: Readonly<Record<string, unknown>> | null;
  /** Full names of the trained variables. */
  readonly trained: readonly string[];
  /** Set if only an adapter and, if any, a head are below the prefix. */
  readonly adapted: AdaptedModel | null;
}

/** An adapter on a base that it shares with other models. */
export interface AdaptedModel extends PlacedAdapter {
  readonly base: SharedBase;
}

function openedModel<Model extends LanguageModel | ValueModel>(
  context: OpenContext,
  prefix: string,
  folder: string,
  model: Model,
  unfrozen: number | null,
  adapted: AdaptedModel | null = null,
): OpenedModel<Model> {
  const tokenizer = readingSpecials(loadTokenizer(folder), context.config?.data.specialTokens ?? 'text');
  checkTokenizerRows(tokenizer, model.config.vocabSize);
  const { files, generationConfig } = openModelFolder(folder);
  files.close();
  const names = context.runtime.variables.names(`${prefix}/`);
  return {
    prefix,
    folder,
    model,
    weightsOf: adapted ? weightsOnBase(prefix, adapted, headNames(model)) : plainWeights(prefix),
    adapted,
    tokenizer,
    generationConfig,
    trained: trainedNames(names, model.config.layers, unfrozen),
  };
}

const headNames = (model: LanguageModel | ValueModel) =>
  'head' in model ? model.headParameters.map(({ name }) => name) : [];

function weightsOnBase(own: string, { adapter }: PlacedAdapter, names: readonly string[]): WeightsOf {
  return adaptedWeights({ base: BASE, own, adapter, ownNames: new Set(names) });
}

/** How the adapter of a model in a folder starts: as the folder's adapter, or new. */
function startOf(context: OpenContext, folder: string, lora: LoraSettings, offset = 0) {
  const seed = (context.config?.seed ?? 0) + offset;
  return isAdapterFolder(folder) ? { folder, dropout: lora.loraDropout, seed } : { settings: lora, seed };
}

/**
 * Loads a trained language model, below `policy/`; with `adapter` in the config, the frozen base below `base/` and the
 * trained adapter below `policy/`. An adapter folder goes on with its own settings.
 */
export function openPolicy(
  context: OpenContext,
  reference: string,
  unfrozen: number | null,
): OpenedModel<LanguageModel> {
  const folder = context.locate(reference);
  const { variables } = context.runtime;
  const lora = context.config ? loraOf(context.config) : null;
  if (lora && context.config) {
    const base = loadSharedBase(variables, folder, context.config.engine.frozenDtype);
    const placed = placeAdapter(variables, 'policy', base, startOf(context, folder, lora));
    return openedModel(context, 'policy', folder, base.model, unfrozen, { ...placed, base });
  }
  const model = loadLanguageModel(variables, 'policy', folder);
  return openedModel(context, 'policy', folder, model, unfrozen);
}

/**
 * Loads the frozen policy of target and KL, below `reference/`: the policy as it was loaded, or another folder's
 * weights. Stored as float16, it is rounded, so a KL to it does not start at exactly 0. Returns the location of its
 * weights.
 */
export function openReference(
  context: OpenContext,
  policy: OpenedModel<LanguageModel>,
  reference: string | null,
  stored: StoredDtype,
): WeightsOf {
  const { variables } = context.runtime;
  const folder = reference === null ? policy.folder : context.locate(reference);
  if (policy.adapted && isOnBase(policy.adapted.base, folder)) {
    if (!isAdapterFolder(folder)) return frozenWeights(BASE);
    return weightsOnBase('reference', placeAdapter(variables, 'reference', policy.adapted.base, { folder }), []);
  }
  if (folder === policy.folder) copyVariables(variables, 'policy', 'reference', stored);
  else loadLanguageModel(variables, 'reference', folder, { stored });
  return frozenWeights('reference');
}

/** A value model on the policy's base, with a new head. */
function openValuesOnBase(
  context: OpenContext,
  place: { readonly prefix: string; readonly folder: string; readonly base: SharedBase },
  lora: LoraSettings,
  head: NewHead,
): OpenedModel<ValueModel> {
  const { prefix, folder, base } = place;
  const { variables } = context.runtime;
  const model = createValueModel(base.model.config, head.kind);
  const placed = placeAdapter(variables, prefix, base, startOf(context, folder, lora, 1));
  initializeParameters(variables, prefix, model.headParameters, head.seed);
  return openedModel(context, prefix, folder, model, null, { ...placed, base });
}

/** The error for a critic that cannot share the policy's base. */
export function notOnBase(where: string, folder: string, base: string): KeelError {
  return new KeelError({
    code: 'adapter_not_on_base',
    why: `With an adapter, the critic shares the policy's base, but ${folder} is not an adapter on ${base}.`,
    fix: `Set ${where} to "policy", or to an adapter on that base.`,
  });
}

/**
 * Loads a trunk with a trained value head, below `critic/`; all of its weights are trained. With an adapted policy, the
 * critic is an adapter with a head on the same base.
 * @throws KeelError `adapter_not_on_base`
 */
export function openCritic(
  context: OpenContext,
  folder: string,
  head: NewHead | null,
  policy: OpenedModel<LanguageModel> | null = null,
): OpenedModel<ValueModel> {
  const lora = context.config ? loraOf(context.config) : null;
  if (policy?.adapted && lora && head) {
    const { base } = policy.adapted;
    if (!isOnBase(base, folder)) throw notOnBase('critic.init', folder, base.folder);
    return openValuesOnBase(context, { prefix: 'critic', folder, base }, lora, head);
  }
  const model = loadValueModel(context.runtime.variables, 'critic', folder, head);
  return openedModel(context, 'critic', folder, model, null);
}

/**
 * Keeps a copy of a critic as it is now, below `initial_critic/`, and returns the location of its weights. Call it before
 * a checkpoint is restored: a run that resumes then has the same copy.
 */
export function keepInitialCritic({ runtime }: OpenContext, critic: OpenedModel<ValueModel>): WeightsOf {
  const own = 'initial_critic';
  copyVariables(runtime.variables, critic.prefix, own);
  return critic.adapted ? weightsOnBase(own, critic.adapted, headNames(critic.model)) : plainWeights(own);
}

/** Loads a trunk with a new, trained score head, below `reward_model/`. */
export function openRewardModel(
  context: OpenContext,
  reference: string,
  unfrozen: number | null,
  seed: number,
): OpenedModel<ValueModel> {
  const folder = context.locate(reference);
  const lora = context.config ? loraOf(context.config) : null;
  if (lora && context.config) {
    const base = loadSharedBase(context.runtime.variables, folder, context.config.engine.frozenDtype);
    const place = { prefix: 'reward_model', folder, base };
    return openValuesOnBase(context, place, lora, { kind: 'score', seed });
  }
  const model = loadValueModel(context.runtime.variables, 'reward_model', folder, { kind: 'score', seed });
  return openedModel(context, 'reward_model', folder, model, unfrozen);
}

/** Loads a frozen reward model below the given prefix; an adapter on the policy's base shares that base. */
export function openFrozenReward(
  context: OpenContext,
  reference: string,
  prefix: string,
  stored: StoredDtype,
  base: SharedBase | null = null,
): OpenedModel<ValueModel> {
  const folder = context.locate(reference);
  if (base && isAdapterFolder(folder) && isOnBase(base, folder)) {
    const { config } = base.model;
    const { ownNames, responseEnds } = inspectAdapter(folder, config);
    const kind = headKindIn(ownNames);
    if (kind === null) throw headMissing(folder);
    const model = createValueModel({ ...config, responseEnds: responseEnds ?? config.responseEnds }, kind);
    const whole = model.headParameters.map(({ name }) => name);
    const placed = placeAdapter(context.runtime.variables, prefix, base, { folder, whole });
    return openedModel(context, prefix, folder, model, null, { ...placed, base });
  }
  const model = loadValueModel(context.runtime.variables, prefix, folder, null, { stored });
  return { ...openedModel(context, prefix, folder, model, null), weightsOf: frozenWeights(prefix) };
}
