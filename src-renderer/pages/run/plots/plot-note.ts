import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import { plotSentence } from '#contract/metrics/normal-sentences.ts';
import { metricFacts } from '#contract/page-facts.ts';

/** The note under a plot: a finding of the doctor, the typical values, or the definition of the metric. */
export function plotNote(key: string, findings: readonly RunFinding[] = []): string {
  const sentence = plotSentence(key, findings);
  if (sentence) return sentence;
  const facts = metricFacts[key];
  return facts ? `${facts.formula}; ${facts.aggregation}.` : '';
}
