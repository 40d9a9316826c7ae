import { liveFieldsOf, recipeList } from './config/index.ts';
import { metricCatalog } from './metrics/catalog.ts';
import type { MetricEntry } from './metrics/metric-entry.ts';
import type { RecipeDescriptor } from './recipe-parts/descriptor.ts';

/**
 * What pages need to know about recipes and metrics, as plain data. The page build replaces this module with the data
 * itself, because building the schemas of all configs takes longer than a page may take to show its first content.
 */

/** A recipe without its schema, presets, checks, and metrics. */
export type RecipeFacts = Omit<RecipeDescriptor, 'schema' | 'presets' | 'checks' | 'metrics'>;

/** Every recipe, in the order of recipe pickers and pipelines. */
export const recipeFacts: readonly RecipeFacts[] = recipeList.map(
  ({ schema: _, presets: __, checks: ___, metrics: ____, ...facts }) => facts,
);

/** Labels of the fields that can be changed during a run, by path. */
export const liveLabels: Readonly<Record<string, string>> = Object.fromEntries(
  recipeList.flatMap(({ name }) => liveFieldsOf(name, () => undefined).map(({ path, label }) => [path, label])),
);

/** Every metric that a run can emit, by key. */
export const metricFacts: Readonly<Record<string, MetricEntry>> = metricCatalog;
