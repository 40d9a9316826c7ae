import type { RunLine } from '#contract/api/overview.ts';

/** True for a pipeline like the demo, whose end can be told as before and after. */
export function hasReport({ recipe, state }: Pick<RunLine, 'recipe' | 'state'>, stages: readonly RunLine[]): boolean {
  const names = new Set(stages.map(({ stage }) => stage));
  return recipe === 'pipeline' && state === 'finished' && names.has('reward_model') && names.has('apa');
}

/** The stages of a pipeline in the order in which they were made. */
export function stagesOf(runs: readonly RunLine[], id: string): readonly RunLine[] {
  return runs.filter(({ parent }) => parent === id).sort((one, other) => one.number - other.number);
}
