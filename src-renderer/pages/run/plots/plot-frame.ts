import type { Progress } from '#contract/api/runs/run-records.ts';
import type { RunDetail } from '#contract/api/runs/run-state.ts';
import { valueAt } from '#contract/config/index.ts';
import { findFacts } from '#contract/page-words.ts';
import type { NotedRun } from './plot-note.ts';

/** What all plots of a run have in common. */
export interface PlotFrame {
  /** The planned last step, of the config or of the data; null if it is not known. */
  readonly end: number | null;
  /** What a step is called. */
  readonly stepName: string;
  readonly noted: NotedRun;
}

function plannedEnd({ state, lastStep, config }: RunDetail, progress: Progress | null): number | null {
  if (state === 'finished') return lastStep;
  const planned = valueAt(config, 'updates.total_iterations') ?? valueAt(config, 'training.max_steps');
  return typeof planned === 'number' ? planned : (progress?.total ?? null);
}

/** What a step of a recipe is called. */
export function stepName(recipe: string): string {
  return findFacts(recipe)?.kind === 'online' ? 'iteration' : 'update';
}

export function plotFrame(detail: RunDetail, progress: Progress | null): PlotFrame {
  const { recipe, config } = detail;
  return {
    end: plannedEnd(detail, progress),
    stepName: stepName(recipe),
    noted: { recipe, hasJudge: Boolean(valueAt(config, 'judge')) },
  };
}
