import { findFacts } from '#contract/page-words.ts';
import { onlinePlots } from '#contract/recipe-parts/online-plots.ts';
import type { PlotSpec } from '#contract/recipe-parts/plot-spec.ts';

export type { LineSpec, PlotSpec } from '#contract/recipe-parts/plot-spec.ts';

/** The default plots of a recipe's runs. */
export function defaultPlots(recipe: string): readonly PlotSpec[] {
  return findFacts(recipe)?.plots ?? onlinePlots;
}
