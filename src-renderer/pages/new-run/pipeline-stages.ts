import { artifactsOfStage, recipeList, STAGE_NAMES, type StageName, stageOf } from '#contract/config/index.ts';
import type { MadeByStage } from './fields/pick-context.ts';

export { STAGE_NAMES };

/** The recipe of a stage: `reward_model` runs `reward-model`; `model_init` is not a recipe and maps to itself. */
export function stageRecipe(stage: string): string {
  return recipeList.find(({ name }) => stageOf(name) === stage)?.name ?? stage;
}

/** The stages that a config names, in the order they run. */
export function stagesIn(stages: unknown): readonly StageName[] {
  if (typeof stages !== 'object' || stages === null) return [];
  return STAGE_NAMES.filter((name) => name in stages);
}

/** The models that the stages before a given one will produce. */
export function madeBefore(stages: readonly string[], stage: string | null): readonly MadeByStage[] {
  const before = stage === null ? [] : stages.slice(0, Math.max(0, stages.indexOf(stage)));
  return before.flatMap((name) => artifactsOfStage(name as StageName).map((kind) => ({ stage: name, kind })));
}
