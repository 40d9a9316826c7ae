import { STAGE_ARTIFACTS, type StageName } from '#contract/config/index.ts';
import type { MadeModel } from '../../state/use-made-models.ts';

/** In the order in which they run. */
export const STAGE_NAMES = Object.keys(STAGE_ARTIFACTS) as readonly StageName[];

/** `reward_model` is the stage of the recipe `reward-model`. */
export function stageRecipe(stage: string): string {
  return stage === 'reward_model' ? 'reward-model' : stage;
}

/** The stages that a config names, in the order in which they run. */
export function stagesIn(stages: unknown): readonly StageName[] {
  if (typeof stages !== 'object' || stages === null) return [];
  return STAGE_NAMES.filter((name) => name in stages);
}

/** What the stages before one will have made. */
export function madeBefore(stages: readonly string[], stage: string | null): readonly MadeModel[] {
  const before = stage === null ? [] : stages.slice(0, Math.max(0, stages.indexOf(stage)));
  return before.flatMap((name) =>
    (STAGE_ARTIFACTS[name as StageName] ?? []).map((kind) => ({
      reference: `stage:${name}/${kind}`,
      run: 'this pipeline',
      kind: `${name}: ${kind}`,
    })),
  );
}
