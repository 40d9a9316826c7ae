import { isMetricKey, metricCatalog } from '#contract/metrics/catalog.ts';

/** The sentence under a plot. */
export function plotNote(key: string): string {
  if (!isMetricKey(key)) return '';
  const { formula, aggregation } = metricCatalog[key];
  return `${formula}; ${aggregation}.`;
}
