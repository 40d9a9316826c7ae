import type { RunFinding } from '#contract/api/run-doctor.ts';
import { isMetricKey, metricCatalog } from '#contract/metrics/catalog.ts';
import { plotSentence } from '#contract/metrics/normal-sentences.ts';

/** The sentence under a plot: what is normal, what the doctor says against it, or else what the metric is. */
export function plotNote(key: string, findings: readonly RunFinding[] = []): string {
  const sentence = plotSentence(key, findings);
  if (sentence) return sentence;
  if (!isMetricKey(key)) return '';
  const { formula, aggregation } = metricCatalog[key];
  return `${formula}; ${aggregation}.`;
}
