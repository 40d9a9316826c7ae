import type { RunLine } from '#contract/api/runs/overview.ts';
import { findFacts } from '#contract/page-words.ts';

/** Whether the run is a finished pipeline like the demo, whose result can be shown as before and after. */
export function hasReport({ recipe, state }: Pick<RunLine, 'recipe' | 'state'>, stages: readonly RunLine[]): boolean {
  const made = stages.map((stage) => findFacts(stage.recipe));
  const hasReward = made.some((stage) => stage?.artifacts[0] === 'reward_model');
  return recipe === 'pipeline' && state === 'finished' && hasReward && made.some((stage) => stage?.kind === 'online');
}

/** The stages of a pipeline in the order they were created. */
export function stagesOf(runs: readonly RunLine[], id: string): readonly RunLine[] {
  return runs.filter(({ parent }) => parent === id).sort((one, other) => one.number - other.number);
}
