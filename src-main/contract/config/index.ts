import type { CamelCased } from './camel-case.ts';
import type { OnlineFile } from './online.ts';
import type { SupervisedRecipeName } from './recipes.ts';
import type { RecipeConfig } from './resolve-recipe.ts';
import type { RewardFile, RuleFile } from './reward.ts';

export { type CamelCased, camelCased, camelValueAt } from './camel-case.ts';
export { type ConfigDraft, filledUp, presetOf, readDraft, setInText, valueAt } from './config-draft.ts';
export { parseConfigText } from './config-text.ts';
export { BFLOAT16_IS_INERT } from './engine-settings.ts';
export { type FieldKind, type FormField, formFields } from './form-fields.ts';
export { type InertChoice, inertChoices } from './inert-choices.ts';
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
export type { ChangedField } from './merge-preset.ts';
export { modelInitSchema } from './model-init.ts';
export {
  artifactsOfStage,
  pipelineSchema,
  STAGE_NAMES,
  type StageName,
  stageOf,
} from './pipeline.ts';
export { PRESET_NAMES, type PresetName, presetSources, presetValues } from './preset.ts';
export {
  findRecipe,
  isRecipeName,
  type OnlineRecipeName,
  RECIPE_NAMES,
  type RecipeFile,
  type RecipeName,
  recipeList,
  recipeOf,
  type SupervisedRecipeName,
} from './recipes.ts';
export { type ResolvedConfig, resolveConfig, resolveRecipeConfig } from './resolve-config.ts';
export {
  type ModelInitConfig,
  type ResolvedModelInit,
  type ResolvedPipeline,
  type ResolvedStage,
  resolveModelInit,
} from './resolve-pipeline.ts';
export type { RecipeConfig, ResolvedRecipe } from './resolve-recipe.ts';
export { type RewardFile, type RuleFile, rewardSchema, ruleSchema } from './reward.ts';
export { ruleFields } from './rule-fields.ts';

/** What the configs of all recipes that sample responses have in common. */
export type OnlineConfig = CamelCased<OnlineFile>;
/** The config of any recipe that learns from a fixed dataset. */
export type SupervisedConfig = RecipeConfig<SupervisedRecipeName>;
/** One reward of a config. */
export type RewardConfig = CamelCased<RewardFile>;
export type RuleConfig = CamelCased<RuleFile>;
