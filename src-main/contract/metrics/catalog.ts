import { RECIPES } from '../recipes/all-recipes.ts';
import { evaluationMetrics } from './evaluation-metrics.ts';
import type { MetricEntry } from './metric-entry.ts';
import { advantageMetrics, objectiveMetrics, responseMetrics } from './objective-metrics.ts';
import { supervisedMetrics } from './supervised-metrics.ts';
import { systemMetrics } from './system-metrics.ts';
import { updateMetrics } from './update-metrics.ts';

type Recipes = typeof RECIPES;
type OwnKey = { [Name in keyof Recipes]: keyof Recipes[Name]['metrics'] }[keyof Recipes];

/** The metrics that each recipe emits in addition to those that all recipes of its kind share. */
const ownMetrics = Object.assign({}, ...Object.values(RECIPES).map(({ metrics }) => metrics)) as Readonly<
  Record<OwnKey, MetricEntry>
>;

/** Every metric that a run can emit. */
export const metricCatalog = {
  ...objectiveMetrics,
  ...responseMetrics,
  ...advantageMetrics,
  ...updateMetrics,
  ...ownMetrics,
  ...evaluationMetrics,
  ...supervisedMetrics,
  ...systemMetrics,
} as const satisfies Readonly<Record<string, MetricEntry>>;

export type MetricKey = keyof typeof metricCatalog;

export function isMetricKey(key: string): key is MetricKey {
  return Object.hasOwn(metricCatalog, key);
}
