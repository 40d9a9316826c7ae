import { findFacts } from '#contract/page-words.ts';
import { onlinePlots } from '#contract/recipe-parts/online-plots.ts';
import type { PlotSpec } from '#contract/recipe-parts/plot-spec.ts';

export type { LineSpec, PlotSpec } from '#contract/recipe-parts/plot-spec.ts';

/** The plots that a recipe's run opens with. */
export function defaultPlots(recipe: string): readonly PlotSpec[] {
  return findFacts(recipe)?.plots ?? onlinePlots;
}
