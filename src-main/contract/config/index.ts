import type { CamelCased } from './camel-case.ts';
import type { OnlineFile } from './online.ts';
import type { SupervisedRecipeName } from './recipes.ts';
import type { RecipeConfig } from './resolve-recipe.ts';
import type { RewardFile } from './reward.ts';

export { camelValueAt } from './camel-case.ts';
export { filledUp, presetOf, readDraft, setInText, valueAt } from './config-draft.ts';
export { parseConfigText } from './config-text.ts';
export { BFLOAT16_IS_INERT } from './engine-settings.ts';
export { type FormField, formFields } from './form-fields.ts';
export { inertChoices } from './inert-choices.ts';
export { type ListedField, listFields } from './list-fields.ts';
export {
  type LiveChange,
  type LiveField,
  liveChangeFault,
  liveFields,
  liveFieldsOf,
  requireLiveChanges,
  withChanges,
} from './live-fields.ts';
export { modelInitSchema } from './model-init.ts';
export {
  artifactsOfStage,
  pipelineSchema,
  STAGE_NAMES,
  type StageName,
  stageOf,
} from './pipeline.ts';
export { PRESET_NAMES, presetSources, presetValues } from './preset.ts';
export {
  findRecipe,
  isRecipeName,
  RECIPE_NAMES,
  type RecipeName,
  recipeList,
  recipeOf,
} from './recipes.ts';
export { type ResolvedConfig, resolveConfig, resolveRecipeConfig } from './resolve-config.ts';
export {
  type ResolvedPipeline,
  type ResolvedStage,
} from './resolve-pipeline.ts';
export type { RecipeConfig } from './resolve-recipe.ts';
export { type RewardFile, rewardSchema, ruleSchema } from './reward.ts';
export { ruleFields } from './rule-fields.ts';

/** What the configs of all recipes that sample responses have in common. */
export type OnlineConfig = CamelCased<OnlineFile>;
/** The config of any recipe that learns from a fixed dataset. */
export type SupervisedConfig = RecipeConfig<SupervisedRecipeName>;
/** One reward of a config. */
export type RewardConfig = CamelCased<RewardFile>;
