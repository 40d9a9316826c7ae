import type { CamelCased } from './fields/camel-case.ts';
import type { OnlineFile } from './groups/online.ts';
import type { RewardFile } from './groups/reward.ts';
import type { SupervisedRecipeName } from './recipes.ts';
import type { RecipeConfig } from './resolving/resolve-recipe.ts';

export { filledUp, presetOf, readDraft, setInText } from './config-draft.ts';
export { camelValueAt } from './fields/camel-case.ts';
export { type FormField, formFields } from './fields/form-fields.ts';
export { inertChoices } from './fields/inert-choices.ts';
export { type ListedField, listFields } from './fields/list-fields.ts';
export {
  type LiveChange,
  type LiveField,
  liveChangeFault,
  liveFields,
  liveFieldsOf,
  requireLiveChanges,
  withChanges,
} from './fields/live-fields.ts';
export { BFLOAT16_NEEDS, FROZEN_DTYPES } from './groups/engine-settings.ts';
export { modelInitSchema } from './groups/model-init.ts';
export { rewardSchema, ruleSchema } from './groups/reward.ts';
export { ruleFields } from './groups/rule-fields.ts';
export {
  artifactsOfStage,
  pipelineSchema,
  STAGE_NAMES,
  type StageName,
  stageOf,
} from './pipeline.ts';
export { isPlain, type Plain, PRESET_NAMES, presetSources, presetValues } from './preset.ts';
export {
  findRecipe,
  isRecipeName,
  RECIPE_NAMES,
  type RecipeName,
  recipeList,
  recipeOf,
} from './recipes.ts';
export { parseConfigText } from './resolving/config-text.ts';
export { describeFollowed, followGiven } from './resolving/follow-given.ts';
export {
  configInvalid,
  type ResolvedConfig,
  resolveConfig,
  resolveDespiteFaults,
  resolveRecipeConfig,
} from './resolving/resolve-config.ts';
export type {
  ResolvedPipeline,
  ResolvedStage,
} from './resolving/resolve-pipeline.ts';
export type { RecipeConfig } from './resolving/resolve-recipe.ts';
export { isInside } from './resolving/usable-config.ts';
export {
  type ResolvedEntry,
  type ResolvedStudy,
  resolveStudy,
  resolveStudyDespiteFaults,
} from './study/resolve-study.ts';
export { studyMethodSchema, studySchema as studyFileSchema } from './study/study-schema.ts';
export { valueAt } from './value-at.ts';

/** The fields that the configs of all recipes that sample responses have in common. */
export type OnlineConfig = CamelCased<OnlineFile>;
/** The config of any recipe that learns from a fixed dataset. */
export type SupervisedConfig = RecipeConfig<SupervisedRecipeName>;
/** One reward of a config. */
export type RewardConfig = CamelCased<RewardFile>;
export { workerFaults } from './worker-limits.ts';
