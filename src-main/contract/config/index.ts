import type { CamelCased } from './camel-case.ts';
import type { OnlineGroups } from './online.ts';
import type { RecipeConfig } from './resolve-recipe.ts';
import type { RewardFile, RuleFile } from './reward.ts';

export type { ApaFile } from './apa.ts';
export type { AwrFile } from './awr.ts';
export { type CamelCased, camelCased } from './camel-case.ts';
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
  requireLiveChanges,
  withChanges,
} from './live-fields.ts';
export type { ChangedField } from './merge-preset.ts';
export { modelInitSchema } from './model-init.ts';
export { pipelineSchema, STAGE_ARTIFACTS, type StageName } from './pipeline.ts';
export type { PpoFile } from './ppo.ts';
export { PRESET_NAMES, type PresetName, presetSources, presetValues } from './preset.ts';
export { RECIPE_NAMES, type RecipeName, recipeSchema, recipeSchemas } from './recipes.ts';
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

export type SftConfig = RecipeConfig<'sft'>;
export type RewardModelConfig = RecipeConfig<'reward-model'>;
export type ApaConfig = RecipeConfig<'apa'>;
export type PpoConfig = RecipeConfig<'ppo'>;
export type AwrConfig = RecipeConfig<'awr'>;
/** What the three online recipes share. */
export type OnlineConfig = CamelCased<OnlineGroups> & Pick<ApaConfig, 'name' | 'seed'>;
/** One reward of a config. */
export type RewardConfig = CamelCased<RewardFile>;
export type RuleConfig = CamelCased<RuleFile>;
