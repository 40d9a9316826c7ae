import { liveFieldsOf, recipeList } from './config/index.ts';
import { metricCatalog } from './metrics/catalog.ts';
import type { MetricEntry } from './metrics/metric-entry.ts';
import type { RecipeDescriptor } from './recipe-parts/descriptor.ts';

/**
 * What every page draws of recipes and metrics: plain data alone. The build of the page puts the data itself in the place
 * of this module, since making the schemas of every config takes longer than a page may take to show something.
 */

/** A recipe without its form. */
export type RecipeFacts = Omit<RecipeDescriptor, 'schema' | 'presets' | 'checks' | 'metrics'>;

/** Every recipe, in the order of pickers and pipelines. */
export const recipeFacts: readonly RecipeFacts[] = recipeList.map(
  ({ schema: _, presets: __, checks: ___, metrics: ____, ...facts }) => facts,
);

/** Labels of the fields that may change while a run goes on, by path. */
export const liveLabels: Readonly<Record<string, string>> = Object.fromEntries(
  recipeList.flatMap(({ name }) => liveFieldsOf(name, () => undefined).map(({ path, label }) => [path, label])),
);

/** Every metric that a run may emit, by key. */
export const metricFacts: Readonly<Record<string, MetricEntry>> = metricCatalog;
