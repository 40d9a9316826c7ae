import type { PipelinePlan, PlannedStage } from '#contract/api/runs/overview.ts';
import type { RunState } from '#contract/api/runs/run-state.ts';

/** The choice that shows the results of the whole pipeline. */
export const WHOLE = 'result';

/** The stage at work, the next one to begin, or the last one. */
function currentStage({ stages }: PipelinePlan): PlannedStage | undefined {
  return stages.find(({ state }) => state !== 'finished') ?? stages.at(-1);
}

/**
 * What is shown of a pipeline: what was asked for by its name, otherwise the current stage, and the results of the whole
 * once it has finished.
 */
export function chosenStage(plan: PipelinePlan, state: RunState, wanted: unknown): string {
  if (wanted === WHOLE || plan.stages.some(({ name }) => name === wanted)) return String(wanted);
  if (state === 'finished') return WHOLE;
  return currentStage(plan)?.name ?? WHOLE;
}

/** The stage that has to end before another one begins. */
export function stageBefore({ stages }: PipelinePlan, name: string): PlannedStage | null {
  return stages[stages.findIndex((stage) => stage.name === name) - 1] ?? null;
}
