import { openModelFolder } from '../model/files/model-folder.ts';
import { copyVariables } from '../model/files/variable-files.ts';
import type { LanguageModel } from '../model/language-model.ts';
import { loadLanguageModel, loadValueModel, type NewHead } from '../model/load-model.ts';
import type { ValueModel } from '../model/value-model.ts';
import { type PlacedModel, plainWeights, type WeightsOf } from '../model/weights.ts';
import type { StoredDtype } from '../runtime/stored/stored-dtype.ts';
import { checkTokenizerRows } from '../tokenizer/files/check-tokenizer-json.ts';
import { loadTokenizer } from '../tokenizer/files/load-tokenizer.ts';
import { readingSpecials, type SpecialTokens } from '../tokenizer/special-text.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
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
  /** Whether the tokenizer parses special tokens in the data; without it, they stay text. */
  readonly config?: { readonly data: { readonly specialTokens: SpecialTokens } };
};

/** A network whose variables are below `<prefix>/`, and the tokenizer of its folder. */
export interface OpenedModel<Model extends LanguageModel | ValueModel> extends PlacedModel<Model> {
  readonly prefix: string;
  readonly folder: string;
  readonly tokenizer: Tokenizer;
  readonly generationConfig: Readonly<Record<string, unknown>> | null;
  /** Full names of the trained variables. */
  readonly trained: readonly string[];
}

function openedModel<Model extends LanguageModel | ValueModel>(
  context: OpenContext,
  prefix: string,
  folder: string,
  model: Model,
  unfrozen: number | null,
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
    weightsOf: plainWeights(prefix),
    tokenizer,
    generationConfig,
    trained: trainedNames(names, model.config.layers, unfrozen),
  };
}

/** Loads a trained language model, below `policy/`. */
export function openPolicy(
  context: OpenContext,
  reference: string,
  unfrozen: number | null,
): OpenedModel<LanguageModel> {
  const folder = context.locate(reference);
  const model = loadLanguageModel(context.runtime.variables, 'policy', folder);
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
  if (folder === policy.folder) copyVariables(variables, 'policy', 'reference', stored);
  else loadLanguageModel(variables, 'reference', folder, { stored });
  return plainWeights('reference');
}

/** Loads a trunk with a trained value head, below `critic/`; all of its weights are trained. */
export function openCritic(context: OpenContext, folder: string, head: NewHead | null): OpenedModel<ValueModel> {
  const model = loadValueModel(context.runtime.variables, 'critic', folder, head);
  return openedModel(context, 'critic', folder, model, null);
}

/** Loads a trunk with a new, trained score head, below `reward_model/`. */
export function openRewardModel(
  context: OpenContext,
  reference: string,
  unfrozen: number | null,
  seed: number,
): OpenedModel<ValueModel> {
  const folder = context.locate(reference);
  const model = loadValueModel(context.runtime.variables, 'reward_model', folder, { kind: 'score', seed });
  return openedModel(context, 'reward_model', folder, model, unfrozen);
}

/** Loads a frozen reward model below the given prefix. */
export function openFrozenReward(
  context: OpenContext,
  reference: string,
  prefix: string,
  stored: StoredDtype,
): OpenedModel<ValueModel> {
  const folder = context.locate(reference);
  const model = loadValueModel(context.runtime.variables, prefix, folder, null, { stored });
  return openedModel(context, prefix, folder, model, null);
}
